/** Containers that dockerd cannot stop: behind the kubelet, alone, in the new generation's bounded wait. */
import { exited, shimDisconnected, type V2, v1, v2 } from './docker-voice.js';
import { killing, OPERATION_TIMEOUT, podContainer, stopFailed } from './kubelet-voice.js';
import { createLog } from './log.js';
import { loop } from './stuck-loops.js';
import { loud, type Scenario, stuck } from './types.js';

/** Seconds from one StopContainer of the kubelet to the next: two minutes of waiting and a short pause. */
const KUBELET_PERIOD = 131;

function dockershim(): Scenario {
  const name = 'hung-call-dockershim-v1';
  const log = createLog(name, { start: '2021-09-30T14:50:00Z', host: 'node-17', zone: 180 });
  const pod = podContainer(log, 'ledger-worker-0', { runtime: 'docker', name: 'compute' });
  for (let i = 0; i < 8; i++) {
    const worker = 10 + i * KUBELET_PERIOD;
    killing(log, worker, pod, '1.20');
    v1.stuckCall(log, worker + 0.01, pod.id, 30);
    stopFailed(log, worker + 120.02, pod, OPERATION_TIMEOUT, '1.20');
    if (i === 7) break;
    // The pod killer stops it, too, on a clock of its own.
    const killer = 57 + i * KUBELET_PERIOD;
    v1.stuckCall(log, killer, pod.id, 30);
    log.kubelet(
      killer + 120.02,
      'E',
      'remote_runtime.go:274',
      `StopContainer "${pod.id}" from runtime service failed: ${OPERATION_TIMEOUT}`,
    );
    log.kubelet(
      killer + 120.03,
      'E',
      'kuberuntime_container.go:644',
      `Container "docker://${pod.id}" termination failed with gracePeriod 30: ${OPERATION_TIMEOUT}`,
    );
  }
  for (let i = 0; i < 4; i++)
    log.kernel(140 + i * 121, `INFO: task java:48213 blocked for more than ${120 + i * 121} seconds.`);
  return loud(
    name,
    'the kubelet gives up after two minutes and asks again; two callers take turns',
    ['second-failure', 'client-deadline'],
    [
      stuck(pod.id, {
        attempts: 15,
        attemptsAtLeast: true,
        intervalSeconds: KUBELET_PERIOD,
        mechanism: 'hung-call',
        rootCause: 'd-state',
        rootCauseBasis: 'by-time',
        affected: 'yes',
        pod: 'payments/ledger-worker-0',
        goroutines: { min: 30, max: 30 },
      }),
    ],
    log,
  );
}

function boundedWaits(): Scenario[] {
  const of = (version: V2, start: string, period: number, trace = {}): Scenario => {
    const name = `dockerd-${version}-stuck`;
    const log = createLog(name, { start, host: 'ci-04', zone: 60 });
    const id = log.id('build');
    for (let i = 0; i < 6; i++) v2.stuckCall(log, 3 + i * period, id, version, trace);
    return loud(
      name,
      'the daemon itself says that no exit event came; from 20.10.10 on the call returns and nothing leaks',
      ['no-exit-event', 'bounded-wait'],
      [
        stuck(id, {
          attempts: 6,
          intervalSeconds: period,
          mechanism: 'hung-call',
          rootCause: null,
          affected: 'no',
          goroutines: null,
        }),
      ],
      log,
    );
  };
  const late = createLog('v2-direct-then-exit-after-4-min', {
    start: '2024-06-17T22:08:00Z',
    host: 'nas',
    zone: 120,
  });
  v2.force(late, 1.3, late.id('plex'));
  v2.direct(late, 11.5, late.id('plex'), '24.0');
  exited(late, 260.8, late.id('plex'));
  shimDisconnected(late, 260.9, late.id('plex'));
  late.chatter(270, 1400, 90);
  return [
    of('20.10.24', '2022-11-21T01:00:58Z', 12.2),
    of('24.0', '2024-01-21T01:00:58Z', 26),
    of('27', '2025-03-12T14:50:10Z', 26, {
      spanID: '5be1f1c4c5e0a7d1',
      traceID: '9d0b23e3af7e50f3a3a7cf6a3b4ba1de',
    }),
    loud(
      'v2-direct-then-exit-after-4-min',
      'it outlived the direct SIGKILL by four minutes, then died: was stuck, is resolved',
      ['outlived-sigkill', 'bounded-wait'],
      [
        stuck(late.id('plex'), {
          state: 'resolved',
          certainty: 'likely',
          attempts: 1,
          affected: 'no',
          goroutines: null,
        }),
      ],
      late,
    ),
  ];
}

function singles(): Scenario[] {
  const six = createLog('one-direct-sigkill-then-6-min', { start: '2020-06-17T22:08:00Z', host: 'db2' });
  v1.stuckCall(six, 5, six.id('mysql'), 30);
  six.chatter(50, 415, 20);
  const end = createLog('one-direct-sigkill-at-the-end', { start: '2020-06-17T22:08:00Z', host: 'db2' });
  end.chatter(0, 40, 10);
  v1.stuckCall(end, 5, end.id('mysql'), 30);
  return [
    loud(
      'one-direct-sigkill-then-6-min',
      'one call, and six minutes of log without an exit',
      ['five-minutes'],
      [
        stuck(six.id('mysql'), {
          attempts: 1,
          mechanism: 'unknown',
          rootCause: null,
          affected: 'yes',
          goroutines: { min: 0, max: 2 },
        }),
      ],
      six,
    ),
    loud(
      'one-direct-sigkill-at-the-end',
      'it outlived SIGKILL by 10 s and the log ends there',
      ['outlived-sigkill'],
      [stuck(end.id('mysql'), { certainty: 'likely', attempts: 1, affected: 'yes' })],
      end,
    ),
  ];
}

function vendor(): Scenario {
  const name = 'vendor-docker-current';
  const log = createLog(name, {
    start: '2018-10-02T09:00:00Z',
    host: 'okd-4',
    tags: { dockerd: 'dockerd-current' },
  });
  loop(log, log.id('router'), 5, 4, KUBELET_PERIOD);
  return loud(
    name,
    "a distribution's own 1.13 may carry patches: its wording proves less",
    ['second-failure', 'cadence-long'],
    [stuck(log.id('router'), { attempts: 4, mechanism: 'hung-call', affected: 'unknown' })],
    log,
  );
}

export function stuckDocker(): Scenario[] {
  return [dockershim(), ...boundedWaits(), ...singles(), vendor()];
}
