/** Containers that containerd or CRI-O cannot stop, and what the kubelet alone tells of it. */
import { cri, crio } from './cri-voice.js';
import {
  DEADLINE,
  killing,
  OPERATION_TIMEOUT,
  type PodContainer,
  podContainer,
  stopFailed,
} from './kubelet-voice.js';
import { createLog, type Log } from './log.js';
import { loud, type Scenario, stuck } from './types.js';

/** Seconds between StopContainer calls: grace 30, two minutes of request time-out, a short pause. */
const PERIOD = 154;

/** Five calls with the kubelet's side of them. */
export function criLoop(log: Log, pod: PodContainer, calls: number): void {
  log.containerd(
    0,
    'info',
    `RunPodSandbox for &PodSandboxMetadata{Name:${pod.pod},Uid:${pod.uid},Namespace:${pod.namespace},Attempt:0,} returns sandbox id "${pod.sandbox}"`,
  );
  for (let i = 0; i < calls; i++) {
    const at = 5 + i * PERIOD;
    killing(log, at, pod, '1.28');
    cri.stuckCall(log, at + 0.002, pod.id, pod.grace, i === 0);
    stopFailed(log, at + pod.grace + 120.02, pod, DEADLINE, '1.28');
  }
}

function containerdLoops(): Scenario[] {
  const arrange: Readonly<Record<string, (lines: readonly string[]) => readonly string[]>> = {
    'containerd-cri-loop': (lines) => lines,
    'containerd-cri-loop-newest-first': (lines) => lines.toReversed(),
    'containerd-cri-loop-kubelet-block-first': (lines) => [
      ...lines.filter((line) => line.includes(' kubelet[')),
      ...lines.filter((line) => !line.includes(' kubelet[')),
    ],
  };
  return Object.entries(arrange).map(([name, order]) => {
    const log = createLog(name, { start: '2024-08-06T10:00:00Z', host: 'worker-g1', zone: 120 });
    const pod = podContainer(log, 'ledger-worker-0', { name: 'compute' });
    criLoop(log, pod, 5);
    return loud(
      name,
      'five calls that each run into their deadline; the order of the lines in the file does not matter',
      ['second-failure', 'client-deadline'],
      [
        stuck(pod.id, {
          attempts: 5,
          attemptsAtLeast: true,
          intervalSeconds: PERIOD,
          mechanism: 'hung-call',
          rootCause: null,
          affected: 'no',
          pod: 'payments/ledger-worker-0',
          goroutines: null,
        }),
      ],
      { ...log, lines: () => order(log.lines()) },
    );
  });
}

function execExit(): Scenario {
  const log = createLog('exec-exit-is-not-the-containers', {
    start: '2024-08-07T10:00:00Z',
    host: 'worker-g2',
  });
  const pod = podContainer(log, 'redis-0', { name: 'redis' });
  criLoop(log, pod, 3);
  for (let i = 0; i < 20; i++) cri.exitEvent(log, 7 + i * 20, pod.id, 9000 + i, 137, log.id(`probe ${i}`));
  return loud(
    'exec-exit-is-not-the-containers',
    'probes of the container exit, the container does not',
    ['second-failure', 'client-deadline'],
    [stuck(pod.id, { attempts: 3, mechanism: 'hung-call', affected: 'no' })],
    log,
  );
}

function crioLoops(): Scenario[] {
  const full = createLog('crio-loop', { start: '2024-03-07T21:50:00Z', host: 'app52', zone: -300 });
  const pod = podContainer(full, 'registry-0', { runtime: 'cri-o', namespace: 'infra', name: 'registry' });
  for (let i = 0; i < 4; i++) {
    const at = 5 + i * PERIOD;
    killing(full, at, pod, '1.28');
    crio.requested(full, at + 0.002, pod.id, 30);
    if (i === 0) crio.timedOut(full, at + 30.01, pod.id);
    stopFailed(full, at + 150.02, pod, DEADLINE, '1.28');
  }
  const bare = createLog('crio-three-calls', { start: '2023-07-08T04:50:00Z', host: 'app51', zone: -420 });
  for (let i = 0; i < 3; i++) crio.requested(bare, 37 + i * 75, bare.id('registry'), 30);
  return [
    loud(
      'crio-loop',
      'CRI-O sends SIGKILL once, the kubelet asks again and again',
      ['second-failure', 'client-deadline'],
      [
        stuck(pod.id, {
          attempts: 4,
          mechanism: 'hung-call',
          affected: 'no',
          pod: 'infra/registry-0',
          goroutines: null,
        }),
      ],
      full,
    ),
    loud(
      'crio-three-calls',
      'three stop calls and no "Stopped container"',
      ['three-calls'],
      [
        stuck(bare.id('registry'), {
          certainty: 'likely',
          attempts: 3,
          mechanism: 'unknown',
          affected: 'no',
          goroutines: null,
        }),
      ],
      bare,
    ),
  ];
}

function kubeletOnly(): Scenario[] {
  const text = createLog('kubelet-only', { start: '2024-07-01T10:00:00Z', host: 'worker-h1' });
  const textPod = podContainer(text, 'cart-0', { namespace: 'shop', name: 'cart' });
  for (let i = 0; i < 4; i++) stopFailed(text, 10 + i * PERIOD, textPod, DEADLINE, '1.28');
  const once = createLog('kubelet-one-deadline', { start: '2024-07-01T10:00:00Z', host: 'worker-h1' });
  const oncePod = podContainer(once, 'cart-1', { namespace: 'shop', name: 'cart' });
  stopFailed(once, 10, oncePod, DEADLINE, '1.28');
  once.chatter(12, 100, 12);
  const json = createLog('kubelet-klog-json', { start: '2024-07-01T10:00:00Z' });
  const jsonPod = podContainer(json, 'cart-0', { namespace: 'shop', name: 'cart' });
  for (let i = 0; i < 3; i++) klogJson(json, 1.7204 + i * PERIOD, jsonPod);
  const failures = { mechanism: 'hung-call', affected: 'no', goroutines: null } as const;
  return [
    loud(
      'kubelet-only',
      'four calls ran into their deadline; nothing but the kubelet speaks',
      ['second-failure', 'client-deadline'],
      [stuck(textPod.id, { ...failures, attempts: 4, intervalSeconds: PERIOD, pod: 'shop/cart-0' })],
      text,
    ),
    loud(
      'kubelet-one-deadline',
      'one call ran into its own deadline, and the log ends soon after',
      ['own-deadline', 'client-deadline'],
      [stuck(oncePod.id, { ...failures, certainty: 'likely', attempts: 1, pod: 'shop/cart-1' })],
      once,
    ),
    loud(
      'kubelet-klog-json',
      'the same as JSON: the pod and the id are objects',
      ['second-failure', 'client-deadline'],
      [stuck(jsonPod.id, { ...failures, attempts: 3, pod: 'shop/cart-0' })],
      json,
    ),
  ];
}

function klogJson(log: Log, at: number, pod: PodContainer): void {
  const head = { ts: Math.round(log.ms(at) * 10) / 10 };
  const whose = {
    pod: { name: pod.pod, namespace: pod.namespace },
    podUID: pod.uid,
    containerName: pod.name,
  };
  const err = { err: DEADLINE };
  const said: readonly object[] = [
    {
      ...head,
      caller: 'remote/remote_runtime.go:366',
      msg: 'StopContainer from runtime service failed',
      containerID: pod.id,
      ...err,
    },
    {
      ...head,
      caller: 'kuberuntime/kuberuntime_container.go:784',
      msg: 'Container termination failed with gracePeriod',
      ...whose,
      containerID: `containerd://${pod.id}`,
      gracePeriod: pod.grace,
      ...err,
    },
    {
      ...head,
      caller: 'kuberuntime/kuberuntime_container.go:822',
      msg: 'Kill container failed',
      ...whose,
      containerID: { Type: 'containerd', ID: pod.id },
      ...err,
    },
  ];
  for (const [i, line] of said.entries()) log.say(at + i * 0.008, null, 0, JSON.stringify(line));
}

function repeated(): Scenario {
  const log = createLog('message-repeated', { start: '2021-11-30T07:00:00Z', host: 'k8s-w9' });
  const id = log.id('api');
  const failure = `E1130 07:01:03.100410    3122 remote_runtime.go:366] "StopContainer from runtime service failed" err="${OPERATION_TIMEOUT}" containerID="${id}"`;
  log.say(63.1, 'kubelet', 3122, failure);
  log.say(453, 'kubelet', 3122, `message repeated 3 times: [ ${failure}]`);
  return loud(
    'message-repeated',
    'rsyslog folded three equal lines into one: four failed calls',
    ['second-failure', 'client-deadline'],
    [stuck(id, { attempts: 4, mechanism: 'hung-call' })],
    log,
  );
}

function rollover(): Scenario {
  const log = createLog('year-rollover', { start: '2022-12-31T23:48:00Z', host: 'k8s-w9' });
  const pod = podContainer(log, 'cart-0', { runtime: 'docker', namespace: 'shop', name: 'cart' });
  for (let i = 0; i < 10; i++) stopFailed(log, 20 + i * 131, pod, OPERATION_TIMEOUT, '1.21');
  return loud(
    'year-rollover',
    'no line states a year, and the loop goes on past New Year: still one loop',
    ['second-failure', 'client-deadline'],
    [
      stuck(pod.id, {
        attempts: 10,
        intervalSeconds: 131,
        mechanism: 'hung-call',
        affected: 'unknown',
        pod: 'shop/cart-0',
      }),
    ],
    log,
  );
}

export function stuckCri(): Scenario[] {
  return [...containerdLoops(), execExit(), ...crioLoops(), ...kubeletOnly(), repeated(), rollover()];
}
