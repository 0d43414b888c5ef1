/** Stuck containers whose neighbours, pods or late exits could lead astray. */
import { cri } from './cri-voice.js';
import { exited, exitedAnonymously, starts, v1, v2 } from './docker-voice.js';
import {
  DEADLINE,
  killing,
  OPERATION_TIMEOUT,
  podContainer,
  sandboxFailed,
  stopFailed,
} from './kubelet-voice.js';
import { createLog, goQuote } from './log.js';
import { loop } from './stuck-loops.js';
import { loud, type Scenario, stuck } from './types.js';

const PERIOD = 154;

function anonymousExits(): Scenario[] {
  const others = createLog('anonymous-exits-of-others', { start: '2020-09-30T14:00:00Z', host: 'batch-1' });
  loop(others, others.id('nfs'), 5, 6, 75);
  for (const at of [40, 130, 215, 340]) exitedAnonymously(others, at);
  const two = createLog('anonymous-exit-with-two-open', { start: '2020-09-30T14:00:00Z', host: 'batch-2' });
  loop(two, two.id('nfs 1'), 5, 4, 75);
  loop(two, two.id('nfs 2'), 12, 4, 75);
  exitedAnonymously(two, 252);
  two.chatter(255, 600, 40);
  const heal = createLog('autoheal-then-stuck', { start: '2020-09-30T14:00:00Z', host: 'edge-10' });
  for (let i = 0; i < 5; i++) {
    v1.force(heal, 10 + i * 600, heal.id('app'));
    exitedAnonymously(heal, 10.07 + i * 600);
  }
  loop(heal, heal.id('app'), 3000, 3, 75);
  const hung = { mechanism: 'hung-call', affected: 'yes' } as const;
  return [
    loud(
      'anonymous-exits-of-others',
      'other containers exit without a name; further stop lines show that this one did not',
      ['second-failure', 'cadence-long'],
      [stuck(others.id('nfs'), { ...hung, attempts: 6 })],
      others,
    ),
    loud(
      'anonymous-exit-with-two-open',
      'one exit without a name, two stuck containers: nobody can say whose it was',
      ['second-failure', 'cadence-long'],
      [stuck(two.id('nfs 1'), { ...hung, attempts: 4 }), stuck(two.id('nfs 2'), { ...hung, attempts: 4 })],
      two,
    ),
    loud(
      'autoheal-then-stuck',
      'five restarts went well, the sixth stop does not end: the healthy ones are no attempts of it',
      ['second-failure', 'cadence-long'],
      [stuck(heal.id('app'), { ...hung, attempts: 3, goroutines: { min: 6, max: 6 } })],
      heal,
    ),
  ];
}

function sandboxes(): Scenario[] {
  const docker = createLog('sandbox-hung-dockershim', { start: '2021-09-30T14:00:00Z', host: 'node-31' });
  const dockerPod = podContainer(docker, 'fluentd-hjj42', {
    runtime: 'docker',
    namespace: 'kube-system',
    name: 'fluentd',
  });
  const sandbox = dockerPod.sandbox as string;
  for (let i = 0; i < 4; i++) {
    const at = 5 + i * 131;
    const failure = `failed to "KillPodSandbox" for "${dockerPod.uid}" with KillPodSandboxError: ${goQuote(OPERATION_TIMEOUT)}`;
    v1.stuckCall(docker, at, sandbox, 10);
    docker.kubelet(
      at + 120.02,
      'E',
      'remote_runtime.go:143',
      `StopPodSandbox "${sandbox}" from runtime service failed: ${OPERATION_TIMEOUT}`,
    );
    docker.kubelet(
      at + 120.03,
      'E',
      'kuberuntime_manager.go:909',
      `Failed to stop sandbox {"docker" "${sandbox}"}`,
    );
    docker.kubelet(
      at + 120.04,
      'E',
      'pod_workers.go:191',
      `Error syncing pod ${dockerPod.uid} ("fluentd-hjj42_kube-system(${dockerPod.uid})"), skipping: error killing pod: ${failure}`,
    );
  }

  const both = createLog('cri-sandbox-waits-for-container', {
    start: '2024-08-06T10:00:00Z',
    host: 'worker-n1',
  });
  const pod = podContainer(both, 'ledger-worker-0', { name: 'compute' });
  for (let i = 0; i < 3; i++) {
    const at = 5 + i * 310;
    killing(both, at, pod, '1.28');
    cri.stuckCall(both, at + 0.002, pod.id, 30, i === 0);
    stopFailed(both, at + 150.02, pod, DEADLINE, '1.28');
    // With the container's stop failed, the pod worker goes on to the sandbox, which stops its containers first.
    const error = cri.deadline(pod.id).replace('desc = ', `desc = failed to stop container "${pod.id}": `);
    cri.sandboxStopping(both, at + 151, pod.sandbox as string);
    cri.killed(both, at + 151.01, pod.id);
    cri.sandboxFailed(both, at + 271.01, pod.sandbox as string, error);
    sandboxFailed(both, at + 271.02, pod, pod.sandbox as string, DEADLINE);
  }
  return [
    loud(
      'sandbox-hung-dockershim',
      "for dockerd a pod's sandbox is a container like any other",
      ['second-failure', 'client-deadline'],
      [
        stuck(sandbox, {
          attempts: 4,
          mechanism: 'hung-call',
          affected: 'yes',
          pod: 'kube-system/fluentd-hjj42',
          goroutines: { min: 8, max: 8 },
        }),
      ],
      docker,
    ),
    loud(
      'cri-sandbox-waits-for-container',
      'the sandbox fails only because its container does: one finding',
      ['second-failure', 'client-deadline'],
      [stuck(pod.id, { mechanism: 'hung-call', affected: 'no', pod: 'payments/ledger-worker-0' })],
      both,
    ),
  ];
}

function resolutions(): Scenario[] {
  const loopEnds = createLog('containerd-cri-then-exits', {
    start: '2024-08-06T10:00:00Z',
    host: 'worker-n2',
  });
  const pod = podContainer(loopEnds, 'ledger-worker-0', { name: 'compute' });
  for (let i = 0; i < 3; i++) {
    const at = 5 + i * PERIOD;
    cri.stuckCall(loopEnds, at, pod.id, 30, i === 0);
    stopFailed(loopEnds, at + 150.02, pod, DEADLINE, '1.28');
  }
  cri.requested(loopEnds, 467, pod.id, 30);
  cri.skipped(loopEnds, 467.001, pod.id);
  cri.exitEvent(loopEnds, 480, pod.id, 48213, 137);
  loopEnds.containerd(480.03, 'info', 'shim disconnected', { id: pod.id, namespace: 'k8s.io' });
  cri.stopped(loopEnds, 480.05, pod.id);
  // A call after the resolution is no attempt.
  cri.requested(loopEnds, 498, pod.id, 30);
  loopEnds.containerd(
    498.001,
    'info',
    `Container to stop "${pod.id}" must be in running or unknown state, current state "CONTAINER_EXITED"`,
  );
  cri.stopped(loopEnds, 498.002, pod.id);

  const once = createLog('kubelet-deadline-then-exit', { start: '2024-08-06T10:00:00Z', host: 'worker-n3' });
  const oncePod = podContainer(once, 'jvm-0', { name: 'jvm' });
  cri.stuckCall(once, 5, oncePod.id, 30, true);
  stopFailed(once, 155.02, oncePod, DEADLINE, '1.28');
  cri.exitEvent(once, 190, oncePod.id, 48213, 137);
  once.containerd(190.03, 'info', 'shim disconnected', { id: oncePod.id, namespace: 'k8s.io' });
  once.chatter(200, 600, 40);
  return [
    loud(
      'containerd-cri-then-exits',
      'the fourth call ends with the exit; a fifth finds it exited',
      ['second-failure', 'client-deadline'],
      [stuck(pod.id, { state: 'resolved', attempts: 4, mechanism: 'hung-call', affected: 'no' })],
      loopEnds,
    ),
    loud(
      'kubelet-deadline-then-exit',
      'one call ran into its deadline, then it died: it was stuck, and is resolved',
      ['outlived-sigkill', 'client-deadline'],
      [stuck(oncePod.id, { state: 'resolved', certainty: 'likely', attempts: 1, affected: 'no' })],
      once,
    ),
  ];
}

function criDockerd(): Scenario {
  const log = createLog('cri-dockerd-24.0', { start: '2024-09-30T14:00:00Z', host: 'node-41' });
  const pod = podContainer(log, 'ledger-worker-0', { runtime: 'docker', name: 'compute' });
  for (let i = 0; i < 4; i++) {
    const at = 5 + i * 131;
    killing(log, at, pod, '1.28');
    v2.force(log, at + 30.01, pod.id, '30s');
    v2.direct(log, at + 40.02, pod.id, '24.0');
    v2.noExit(log, at + 44.03, pod.id, '24.0');
    stopFailed(
      log,
      at + 44.04,
      pod,
      `rpc error: code = Unknown desc = Error response from daemon: cannot stop container: ${pod.id}: tried to kill container, but did not receive an exit event`,
      '1.28',
    );
  }
  return loud(
    'cri-dockerd-24.0',
    'behind cri-dockerd the same daemon says the same; it returns and does not leak',
    ['no-exit-event', 'bounded-wait'],
    [
      stuck(pod.id, {
        attempts: 4,
        intervalSeconds: 131,
        mechanism: 'hung-call',
        affected: 'no',
        pod: 'payments/ledger-worker-0',
        goroutines: null,
      }),
    ],
    log,
  );
}

function denied(): Scenario {
  const log = createLog('signal-denied-apparmor', { start: '2024-09-30T14:00:00Z', host: 'node-42' });
  const pod = podContainer(log, 'collector-0', { name: 'collector' });
  const error = `rpc error: code = Unknown desc = failed to kill container "${pod.id}": unknown error after kill: runc did not terminate successfully: exit status 1: unable to signal init: permission denied: unknown`;
  for (let i = 0; i < 6; i++) {
    const at = 5 + i * 45;
    killing(log, at, pod, '1.28');
    cri.requested(log, at + 0.002, pod.id, 30);
    cri.failed(log, at + 30.2, pod.id, error);
    stopFailed(log, at + 30.21, pod, error, '1.28');
  }
  return loud(
    'signal-denied-apparmor',
    'six calls and no exit: no signal reaches the process',
    ['three-calls'],
    [
      stuck(pod.id, {
        certainty: 'likely',
        attempts: 6,
        rootCause: 'signal-denied',
        rootCauseBasis: 'named',
        affected: 'no',
      }),
    ],
    log,
  );
}

function longGrace(): Scenario {
  const log = createLog('long-grace-really-stuck', { start: '2023-03-09T23:10:00Z', host: 'game-6' });
  const pod = podContainer(log, 'lobby-1', { namespace: 'games', name: 'lobby', grace: 300 });
  for (let i = 0; i < 2; i++) {
    killing(log, 1 + i * 424, pod, '1.28');
    cri.stuckCall(log, 1.002 + i * 424, pod.id, 300, i === 0);
    stopFailed(log, 421.02 + i * 424, pod, DEADLINE, '1.28');
  }
  return loud(
    'long-grace-really-stuck',
    'twice the long grace period and two minutes are over',
    ['second-failure', 'client-deadline'],
    [stuck(pod.id, { attempts: 2, mechanism: 'hung-call', affected: 'no', pod: 'games/lobby-1' })],
    log,
  );
}

function slowStart(): Scenario {
  const log = createLog('slow-start-200s', { start: '2020-03-09T23:10:00Z', host: 'swarm-10' });
  starts(log, 0, '19.03.15', false);
  log.dockerd(200, 'info', 'Loading containers: done.');
  log.dockerd(200.1, 'info', 'Daemon has completed initialization');
  exited(log, 210, log.id('job'));
  log.chatter(215, 600, 50);
  return loud(
    'slow-start-200s',
    'the daemon loaded its containers for more than three minutes, then it was there',
    ['loading-hangs'],
    [{ defect: 'runtime-unresponsive', node: 'swarm-10', state: 'resolved', certainty: 'likely' }],
    log,
  );
}

export function stuckEdges(): Scenario[] {
  return [
    ...anonymousExits(),
    ...sandboxes(),
    ...resolutions(),
    criDockerd(),
    denied(),
    longGrace(),
    slowStart(),
  ];
}
