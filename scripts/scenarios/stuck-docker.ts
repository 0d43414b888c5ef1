/** Containers that dockerd cannot stop: both loops of the old generation, the bounded wait of the new one. */
import { eventsLost, exited, shimDisconnected, starts, type V2, v1, v2 } from './docker-voice.js';
import { killing, OPERATION_TIMEOUT, podContainer, stopFailed } from './kubelet-voice.js';
import { createLog, type Log, type LogOptions } from './log.js';
import { type ExpectedIncident, loud, type Scenario, short } from './types.js';

/** Seconds from one StopContainer of the kubelet to the next: two minutes of waiting and a short pause. */
const KUBELET_PERIOD = 131;

/** A loop of calls; returns when the last direct-SIGKILL line came. */
export function loop(log: Log, id: string, from: number, calls: number, period: number, grace = 10): number {
  for (let i = 0; i < calls; i++) v1.stuckCall(log, from + i * period, id, grace);
  return from + (calls - 1) * period + grace + 10;
}

function stuck(id: string, rest: Partial<ExpectedIncident>): ExpectedIncident {
  return { defect: 'stuck-stop', container: short(id), state: 'open', certainty: 'confirmed', ...rest };
}

function debugCall(log: Log, at: number, id: string, gone: boolean): void {
  log.dockerd(at, 'debug', `Calling POST /v1.40/containers/${id}/stop?t=10`);
  log.dockerd(at + 0.001, 'debug', `Sending kill signal 15 to container ${id}`);
  v1.force(log, at + 10.006, id);
  log.dockerd(at + 10.0102, 'debug', `Sending kill signal 9 to container ${id}`);
  if (gone) {
    log.dockerd(
      at + 10.013,
      'debug',
      "container kill failed because of 'container not found' or 'no such process'",
      {
        action: 'kill',
        container: id,
        error: 'container is not running',
      },
    );
  }
  v1.direct(log, at + 20.014, id);
  if (gone)
    log.dockerd(at + 20.0182, 'debug', 'Cannot kill process (pid=23423) with signal 9: no such process.');
}

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

function lostExits(): Scenario[] {
  const options: LogOptions = { start: '2021-02-21T02:00:00Z', host: 'node-3' };
  const info = createLog('lost-exit-info', options);
  starts(info, 0, '19.03.15');
  eventsLost(info, 720);
  loop(info, info.id('web'), 732, 8, 22);
  const cadence = createLog('lost-exit-cadence-only', { ...options, zone: 480 });
  loop(cadence, cadence.id('web'), 5, 8, 22);
  const debug = createLog('lost-exit-debug', options);
  for (let i = 0; i < 6; i++) debugCall(debug, 5 + i * 22, debug.id('web'), true);
  const common = {
    mechanism: 'lost-exit',
    affected: 'yes',
    attemptsAtLeast: true,
    intervalSeconds: 22,
  } as const;
  return [
    loud(
      'lost-exit-info',
      'containerd went away before the loop; the calls return after 20 s and nothing leaks',
      ['second-failure', 'cadence-and-lost-events'],
      [
        stuck(info.id('web'), {
          ...common,
          attempts: 8,
          rootCause: 'exit-lost',
          rootCauseBasis: 'by-time',
          goroutines: { min: 0, max: 0 },
        }),
      ],
      info,
    ),
    loud(
      'lost-exit-cadence-only',
      'every 22 s with a stop time-out of 10: the calls return, as far as cadence can tell',
      ['second-failure', 'cadence-short-pause'],
      [
        stuck(cadence.id('web'), {
          ...common,
          attempts: 8,
          rootCause: null,
          goroutines: { min: 0, max: 16 },
        }),
      ],
      cadence,
    ),
    loud(
      'lost-exit-debug',
      'at debug level kill(2) says that there is no such process',
      ['cause-named', 'no-such-process'],
      [
        stuck(debug.id('web'), {
          ...common,
          attempts: 6,
          rootCause: 'exit-lost',
          rootCauseBasis: 'named',
          goroutines: { min: 0, max: 0 },
        }),
      ],
      debug,
    ),
  ];
}

function cadences(): Scenario[] {
  const abort = createLog('client-aborts-at-12s', { start: '2021-11-21T01:30:00Z', host: 'vm' });
  loop(abort, abort.id('frozen'), 11, 10, 14);
  const debug = createLog('hung-call-debug', { start: '2021-11-21T01:30:00Z', host: 'vm' });
  for (let i = 0; i < 5; i++) debugCall(debug, 11 + i * 14, debug.id('frozen'), false);
  const compose = createLog('hung-call-cadence-only', {
    start: '2020-11-21T01:30:00Z',
    host: 'compose-2',
    envelope: 'bare',
  });
  loop(compose, compose.id('nfs'), 11, 5, 75);
  return [
    loud(
      'client-aborts-at-12s',
      'a retry every 14 s comes before a call could return: cadence cannot tell the two loops apart',
      ['second-failure', 'cadence-below-call'],
      [
        stuck(abort.id('frozen'), {
          attempts: 10,
          attemptsAtLeast: true,
          intervalSeconds: 14,
          mechanism: 'unknown',
          rootCause: null,
          affected: 'yes',
          goroutines: { min: 0, max: 20 },
        }),
      ],
      abort,
    ),
    loud(
      'hung-call-debug',
      'debug lines are printed and none says "no such process": the process is there',
      ['second-failure', 'debug-without-no-such-process'],
      [
        stuck(debug.id('frozen'), {
          attempts: 5,
          mechanism: 'hung-call',
          affected: 'yes',
          goroutines: { min: 10, max: 10 },
        }),
      ],
      debug,
    ),
    loud(
      'hung-call-cadence-only',
      'retries 75 s apart are the client giving up at 60 s',
      ['second-failure', 'cadence-long'],
      [
        stuck(compose.id('nfs'), {
          attempts: 5,
          intervalSeconds: 75,
          mechanism: 'hung-call',
          rootCause: null,
          affected: 'yes',
          goroutines: { min: 10, max: 10 },
        }),
      ],
      compose,
    ),
  ];
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
  return [dockershim(), ...lostExits(), ...cadences(), ...boundedWaits(), ...singles(), vendor()];
}
