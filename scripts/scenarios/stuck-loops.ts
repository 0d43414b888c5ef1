/** The two loops of dockerd up to 20.10.9, and what tells them apart: cadence, debug lines, lost events. */
import { eventsLost, starts, v1 } from './docker-voice.js';
import { createLog, type Log, type LogOptions } from './log.js';
import { loud, type Scenario, stuck } from './types.js';

/** A loop of calls; returns when the last direct-SIGKILL line came. */
export function loop(log: Log, id: string, from: number, calls: number, period: number, grace = 10): number {
  for (let i = 0; i < calls; i++) v1.stuckCall(log, from + i * period, id, grace);
  return from + (calls - 1) * period + grace + 10;
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

function lostExits(): Scenario[] {
  const options: LogOptions = { start: '2021-02-21T02:00:00Z', host: 'node-3' };
  const info = createLog('lost-exit-info', options);
  starts(info, 0, '19.03.15');
  eventsLost(info, 720);
  loop(info, info.id('web'), 732, 8, 22);
  const cadence = createLog('lost-exit-cadence-only', { ...options, zone: 480 });
  loop(cadence, cadence.id('web'), 5, 8, 22);
  const later = createLog('lost-exit-later-kill', options);
  v1.stuckCall(later, 5, later.id('web'));
  later.dockerd(
    350,
    'warning',
    `container kill failed because of 'container not found' or 'no such process': Cannot kill container ${later.id('web')}: rpc error: code = 2 desc = no such process`,
  );
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
      'lost-exit-later-kill',
      'minutes after the only call a kill finds no such process, and dockerd still keeps the container',
      ['five-minutes', 'later-kill-finds-no-process'],
      [
        stuck(later.id('web'), {
          affected: 'yes',
          mechanism: 'lost-exit',
          attempts: 1,
          rootCause: null,
          goroutines: { min: 0, max: 2 },
        }),
      ],
      later,
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

export function stuckLoops(): Scenario[] {
  return [...lostExits(), ...cadences()];
}
