/** A shim that hangs or leaves something behind, and an exit that the runtime could not record. */
import { cri } from './cri-voice.js';
import { DEADLINE, killing, podContainer, stopFailed } from './kubelet-voice.js';
import { createLog } from './log.js';
import { loud, type Scenario, stuck } from './types.js';

function shims(): Scenario[] {
  const hung = createLog('shim-hung-get-state', { start: '2024-09-09T10:00:00Z', host: 'gvisor-2' });
  const hungPod = podContainer(hung, 'sandboxed-0', { name: 'app' });
  for (let i = 0; i < 3; i++) {
    const at = 5 + i * 154;
    killing(hung, at, hungPod, '1.28');
    cri.requested(hung, at + 0.002, hungPod.id, 30);
    if (i === 0) cri.signalled(hung, at + 0.003, hungPod.id);
    hung.containerd(at + 60, 'error', `get state for ${hungPod.id}`, {
      error: 'context deadline exceeded: unknown',
    });
    hung.containerd(at + 60.01, 'warning', 'unknown status', { status: '0' });
    cri.failed(hung, at + 150.01, hungPod.id, DEADLINE);
    stopFailed(hung, at + 150.02, hungPod, DEADLINE, '1.28');
  }

  const cleanup = createLog('shim-cleanup-failed', { start: '2023-09-09T10:00:00Z', host: 'worker-k2' });
  const cleanupPod = podContainer(cleanup, 'spark-3', { name: 'executor' });
  for (let i = 0; i < 4; i++) {
    const at = 5 + i * 154;
    killing(cleanup, at, cleanupPod, '1.28');
    cri.stuckCall(cleanup, at + 0.002, cleanupPod.id, 30, i === 0);
    stopFailed(cleanup, at + 150.02, cleanupPod, DEADLINE, '1.28');
  }
  const shim = { id: cleanupPod.id, namespace: 'k8s.io' };
  cleanup.containerd(40, 'info', 'shim disconnected', shim);
  cleanup.containerd(40.001, 'warning', 'cleaning up after shim disconnected', shim);
  cleanup.containerd(40.002, 'info', 'cleaning up dead shim', { namespace: 'k8s.io' });
  cleanup.containerd(45.01, 'warning', 'failed to clean up after shim disconnected', {
    error: 'context deadline exceeded',
    ...shim,
  });
  return [
    loud(
      'shim-hung-get-state',
      'containerd asks the shim for its state and gets no answer',
      ['cause-named', 'client-deadline'],
      [
        stuck(hungPod.id, {
          attempts: 3,
          mechanism: 'hung-call',
          rootCause: 'shim-hung',
          rootCauseBasis: 'named',
          affected: 'no',
        }),
      ],
      hung,
    ),
    loud(
      'shim-cleanup-failed',
      'the shim went away but what it left could not be cleaned up: not an end',
      ['second-failure', 'client-deadline'],
      [stuck(cleanupPod.id, { attempts: 4, mechanism: 'hung-call', affected: 'no' })],
      cleanup,
    ),
  ];
}

/** The exit event comes, fails to be handled after 10 s, and is tried again with a growing pause. */
function exitsNotHandled(): Scenario[] {
  const of = (name: string, secondCall: number, why: string): Scenario => {
    const log = createLog(name, { start: '2023-10-13T01:10:00Z', host: 'worker-k1' });
    const pod = podContainer(log, 'kafka-1', { namespace: 'bus', name: 'kafka' });
    const event = cri.exitStruct(log, 35, pod.id, 12412);
    for (const [i, at] of [5, secondCall].entries()) {
      killing(log, at, pod, '1.28');
      cri.stuckCall(log, at + 0.002, pod.id, 30, i === 0);
      stopFailed(log, at + 150.02, pod, DEADLINE, '1.28');
    }
    for (const [i, at] of [35.5, 47.5, 60, 75, 95, 125, 175, 240].entries()) {
      log.containerd(at, 'info', `TaskExit event ${event}`);
      const error =
        'failed to handle container TaskExit event: failed to stop container: context deadline exceeded: unknown';
      log.containerd(
        at + 10,
        'error',
        i === 0
          ? `failed to handle container TaskExit event ${event}`
          : `Failed to handle backOff event ${event} for ${pod.id}`,
        { error: i === 0 ? 'failed to stop container: context deadline exceeded: unknown' : error },
      );
      log.containerd(at + 10.5, 'info', `Events for "${pod.id}" is in backoff, enqueue event ${event}`);
    }
    return loud(
      name,
      why,
      ['cause-named', 'exit-not-handled'],
      [
        stuck(pod.id, {
          attempts: 2,
          mechanism: 'lost-exit',
          rootCause: 'exit-lost',
          rootCauseBasis: 'named',
          affected: 'no',
          pod: 'bus/kafka-1',
          goroutines: null,
        }),
      ],
      log,
    );
  };
  return [
    of(
      'exit-not-handled',
      160,
      'the exit line is withdrawn: the runtime could not record it and goes on waiting',
    ),
    of(
      'exit-not-handled-retry-in-between',
      178,
      'the next stop call comes between an exit line and its withdrawal: still one loop',
    ),
  ];
}

export function stuckShims(): Scenario[] {
  return [...shims(), ...exitsNotHandled()];
}
