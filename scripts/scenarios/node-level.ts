/** A whole node whose runtime does not answer, and a stuck container that explains it. */
import { starts, v1 } from './docker-voice.js';
import { DEADLINE, OPERATION_TIMEOUT, podContainer, relistLate, stopFailed } from './kubelet-voice.js';
import { createLog } from './log.js';
import { type ExpectedIncident, loud, type Scenario, short } from './types.js';

function wedged(node: string, rest: Partial<ExpectedIncident>): ExpectedIncident {
  return { defect: 'runtime-unresponsive', node, state: 'open', certainty: 'confirmed', ...rest };
}

function relists(): Scenario[] {
  const long = createLog('pleg-unhealthy-10-min', { start: '2021-09-30T14:00:00Z', host: 'node-9' });
  for (let i = 0; i <= 60; i++) relistLate(long, 5 + i * 10, 185.30015 + i * 10, '1.20');
  const once = createLog('pleg-unhealthy-twice', { start: '2023-09-30T14:00:00Z', host: 'node-9' });
  once.chatter(0, 60, 15);
  relistLate(once, 62, 180.41675, '1.28');
  relistLate(once, 67, 185.41675, '1.28');
  const ready = createLog('node-ready-again', { start: '2023-09-30T14:00:00Z', host: 'node-9' });
  for (let i = 0; i < 30; i++) relistLate(ready, 5 + i * 5, 180.41675 + i * 5, '1.28');
  ready.kubelet(
    12,
    'I',
    'kubelet_node_status.go:696',
    '"Recording event message for node" node="node-9" event="NodeNotReady"',
  );
  ready.kubelet(
    12.01,
    'I',
    'setters.go:602',
    '"Node became not ready" node="node-9" condition={"type":"Ready","status":"False","reason":"KubeletNotReady","message":"PLEG is not healthy: pleg was last seen active 3m5.4s ago; threshold is 3m0s"}',
  );
  ready.kubelet(
    165,
    'I',
    'kubelet_node_status.go:696',
    '"Recording event message for node" node="node-9" event="NodeReady"',
  );
  ready.chatter(170, 900, 90);
  return [
    loud(
      'pleg-unhealthy-10-min',
      'ten minutes without a relist, and no line names a container',
      ['for-minutes'],
      [wedged('node-9', {})],
      long,
    ),
    loud(
      'pleg-unhealthy-twice',
      'one relist was late by more than its threshold',
      ['relist-late'],
      [wedged('node-9', { certainty: 'likely' })],
      once,
    ),
    loud(
      'node-ready-again',
      'PLEG and the node status say so, then the node is ready again',
      ['two-signs'],
      [wedged('node-9', { state: 'resolved' })],
      ready,
    ),
  ];
}

function daemons(): Scenario[] {
  const socket = createLog('docker-sock-too-many-open-files', {
    start: '2019-09-30T14:00:00Z',
    host: 'swarm-7',
  });
  for (let i = 0; i < 40; i++) {
    const clock = `2019/09/30 14:00:${String(5 + i).padStart(2, '0')}`;
    socket.say(
      5 + i,
      'dockerd',
      1359,
      `${clock} http: Accept error: accept unix /var/run/docker.sock: accept4: too many open files; retrying in 1s`,
    );
  }
  const loading = createLog('loading-containers-hangs', { start: '2021-09-30T14:00:00Z', host: 'node-11' });
  loading.systemd(0, 'Starting Docker Application Container Engine...');
  starts(loading, 0.2, '19.03.15', false);
  loading.chatter(10, 260, 15);
  return [
    loud(
      'docker-sock-too-many-open-files',
      'dockerd has no file descriptor left for another client',
      ['socket-full'],
      [wedged('swarm-7', { certainty: 'likely' })],
      socket,
    ),
    loud(
      'loading-containers-hangs',
      'the daemon started four minutes ago and is still loading its containers',
      ['loading-hangs'],
      [wedged('node-11', { certainty: 'likely' })],
      loading,
    ),
  ];
}

function timeouts(): Scenario[] {
  const few = createLog('runtime-timeouts-without-id', { start: '2021-09-30T14:00:00Z', host: 'node-12' });
  few.kubelet(
    5,
    'E',
    'remote_runtime.go:182',
    `ListPodSandbox with filter nil from runtime service failed: ${OPERATION_TIMEOUT}`,
  );
  few.kubelet(65, 'E', 'kubelet.go:1290', `Container garbage collection failed: ${OPERATION_TIMEOUT}`);
  few.chatter(70, 200, 20);
  const many = createLog('cri-deadlines-on-everything', { start: '2024-09-30T14:00:00Z', host: 'node-13' });
  const err = `err="${DEADLINE}"`;
  for (let i = 0; i < 6; i++) {
    const at = 5 + i * 120;
    many.kubelet(
      at,
      'E',
      'remote_runtime.go:333',
      `"ListPodSandbox with filter from runtime service failed" ${err} filter=nil`,
    );
    many.kubelet(at + 20, 'E', 'remote_image.go:136', `"ImageFsInfo from image service failed" ${err}`);
    many.kubelet(at + 40, 'E', 'remote_runtime.go:613', `"Status from runtime service failed" ${err}`);
  }
  return [
    loud(
      'runtime-timeouts-without-id',
      'two calls to the runtime timed out, no line says for which container',
      ['calls-time-out'],
      [wedged('node-12', { certainty: 'likely' })],
      few,
    ),
    loud(
      'cri-deadlines-on-everything',
      'every kind of call runs into its deadline for ten minutes',
      ['for-minutes'],
      [wedged('node-13', {})],
      many,
    ),
  ];
}

function explained(): Scenario {
  const name = 'pleg-with-stuck-container';
  const log = createLog(name, { start: '2021-09-30T14:00:00Z', host: 'node-14' });
  const pod = podContainer(log, 'etl-4', { runtime: 'docker', name: 'etl' });
  for (let i = 0; i < 5; i++) {
    v1.stuckCall(log, 5 + i * 131, pod.id, 30);
    stopFailed(log, 125 + i * 131, pod, OPERATION_TIMEOUT, '1.20');
  }
  for (let i = 0; i < 30; i++) relistLate(log, 200 + i * 15, 181.30015 + i * 15, '1.20');
  log.kubelet(
    210,
    'I',
    'kubelet_node_status.go:446',
    'Recording NodeNotReady event message for node node-14',
  );
  return loud(
    name,
    'the stuck container is the finding; that the node is not ready follows from it',
    ['second-failure', 'client-deadline'],
    [
      {
        defect: 'stuck-stop',
        container: short(pod.id),
        node: 'node-14',
        state: 'open',
        certainty: 'confirmed',
        attempts: 5,
        mechanism: 'hung-call',
        affected: 'yes',
        pod: 'payments/etl-4',
        goroutines: { min: 10, max: 10 },
      },
    ],
    log,
  );
}

export function nodeLevel(): Scenario[] {
  return [...relists(), ...daemons(), ...timeouts(), explained()];
}
