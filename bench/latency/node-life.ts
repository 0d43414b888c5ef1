/**
 * What a busy node writes at this moment: ordinary lines of all daemons, containers that stop as they should, and
 * now and then one whose stop ends in its deadline, which is an incident with that very line. Each daemon has an
 * envelope of its own, and its lines come up to a few milliseconds late.
 */
import type { Random } from '../random.js';
import { ordinaryLine } from '../throughput/node-log.js';

export type Envelope = 'rfc3164' | 'iso' | 'rfc5424';

export interface WrittenLine {
  readonly daemon: string;
  /** Behind the tag. */
  readonly message: string;
  readonly at: Date;
  /** Id of the container whose incident begins with this line. */
  readonly decides: string | null;
}

export interface NodeLife {
  /** The next line, as of this time. */
  next(now: Date): WrittenLine;
}

export interface LifeOptions {
  readonly random: Random;
  /** Share of lines that decide an incident. */
  readonly incidents: number;
  /** Share of lines that begin an ordinary stop. */
  readonly stops: number;
}

export const NODE = 'node-17';
/** Lateness of a line behind the moment that it states, ms. */
const LATE_MS = 5;
/** From the request to stop to the end that it comes to, lines of the log. */
const LINES_BETWEEN = 400;

type Telling = (id: string, random: Random) => readonly [daemon: string, message: (at: Date) => string];

const logrus =
  (level: string, rest: string) =>
  (at: Date): string =>
    `time="${at.toISOString().slice(0, -1)}000000Z" level=${level} ${rest}`;

const klog =
  (caller: string, rest: string) =>
  (at: Date): string => {
    const [, month, day, clock] = /-(\d\d)-(\d\d)T([\d:.]+)Z/.exec(at.toISOString()) ?? [];
    return `E${month}${day} ${clock}000    1402 ${caller}] ${rest}`;
  };

const asked: Telling = (id) => [
  'containerd[988]',
  logrus('info', `msg="StopContainer for \\"${id}\\" with timeout 30 (s)"`),
];

/** Each makes the incident at least likely at once. */
const DEADLINES: readonly Telling[] = [
  (id) => [
    'kubelet[1402]',
    klog(
      'remote_runtime.go:276',
      `"StopContainer from runtime service failed" err="rpc error: code = DeadlineExceeded desc = context deadline exceeded" containerID="${id}"`,
    ),
  ],
  (id) => [
    'kubelet[1402]',
    klog(
      'remote_runtime.go:243',
      `StopContainer "${id}" from runtime service failed: rpc error: code = Unknown desc = operation timeout: context deadline exceeded`,
    ),
  ],
  (id) => [
    'containerd[988]',
    logrus(
      'error',
      `msg="StopContainer for \\"${id}\\" failed" error="rpc error: code = DeadlineExceeded desc = an error occurs during waiting for container \\"${id}\\" to be killed: wait container \\"${id}\\": context deadline exceeded"`,
    ),
  ],
];

/** Nothing is told of these, not even where the force was used once. */
const GOOD_ENDS: readonly (readonly Telling[])[] = [
  [
    (id, random) => [
      'containerd[988]',
      logrus(
        'info',
        `msg="received exit event container_id:\\"${id}\\"  id:\\"${id}\\"  pid:${random.int(99_999) + 1}  exit_status:143  exited_at:{seconds:1701389844  nanos:504395334}"`,
      ),
    ],
    (id) => ['containerd[988]', logrus('info', `msg="StopContainer for \\"${id}\\" returns successfully"`)],
  ],
  [
    (id) => [
      'dockerd[1359]',
      logrus(
        'info',
        `msg="Container failed to exit within 10s of signal 15 - using the force" container=${id}`,
      ),
    ],
    (id) => [
      'dockerd[1359]',
      logrus(
        'info',
        `msg="ignoring event" container=${id} module=libcontainerd namespace=moby topic=/tasks/delete type="*events.TaskDelete"`,
      ),
    ],
  ],
];

interface Planned {
  readonly line: number;
  readonly id: string;
  readonly telling: Telling;
  readonly decides: boolean;
}

export function createNodeLife({ random, incidents, stops }: LifeOptions): NodeLife {
  /** Sorted by line, soonest first. */
  const planned: Planned[] = [];
  let line = 0;

  const plan = (id: string, tellings: readonly Telling[], decides: boolean): void => {
    for (const [i, telling] of [asked, ...tellings].entries()) {
      const when = line + i * Math.ceil(random.fraction() * LINES_BETWEEN);
      const isLast = i === tellings.length;
      const at = planned.findIndex((other) => other.line > when);
      planned.splice(at < 0 ? planned.length : at, 0, {
        line: when,
        id,
        telling,
        decides: decides && isLast,
      });
    }
  };

  return {
    next(now) {
      line += 1;
      const at = new Date(now.getTime() - random.int(LATE_MS));
      const chance = random.fraction();
      if (chance < incidents) plan(random.hex(64), [random.pick(DEADLINES)], true);
      else if (chance < incidents + stops) plan(random.hex(64), random.pick(GOOD_ENDS), false);
      const [due] = planned;
      if (due === undefined || due.line > line) {
        const [, daemon = '', message = ''] =
          /^.{15} \S+ ([^:]+): (.*)$/s.exec(ordinaryLine({ at, node: NODE, random })) ?? [];
        return { daemon, message, at, decides: null };
      }
      planned.shift();
      const [daemon, message] = due.telling(due.id, random);
      return { daemon, message: message(at), at, decides: due.decides ? due.id : null };
    },
  };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** With its newline. */
export function inEnvelope(envelope: Envelope, { at, daemon, message }: WrittenLine): string {
  const iso = at.toISOString();
  switch (envelope) {
    case 'rfc3164':
      return `${MONTHS[at.getUTCMonth()]} ${String(at.getUTCDate()).padStart(2)} ${iso.slice(11, 19)} ${NODE} ${daemon}: ${message}\n`;
    case 'iso':
      return `${iso.slice(0, -1)}000+00:00 ${NODE} ${daemon}: ${message}\n`;
    case 'rfc5424': {
      const [, name = daemon, pid = '-'] = /^([^[]+)(?:\[(\d+)\])?$/.exec(daemon) ?? [];
      return `<30>1 ${iso.slice(0, -1)}000Z ${NODE} ${name} ${pid} - - ${message}\n`;
    }
  }
}

/** As `journalctl --output=json` prints an entry; `entry` counts from 1. */
export function asJournalEntry({ at, daemon, message }: WrittenLine, entry: number): string {
  const [, name = daemon, pid] = /^([^[]+)(?:\[(\d+)\])?$/.exec(daemon) ?? [];
  const micros = `${at.getTime()}000`;
  return `${JSON.stringify({
    __CURSOR: `s=0123456789abcdef0123456789abcdef;i=${entry.toString(16)};b=22222222222222222222222222222222;m=${entry.toString(16)};t=${BigInt(micros).toString(16)};x=${entry.toString(16)}`,
    __REALTIME_TIMESTAMP: micros,
    __MONOTONIC_TIMESTAMP: String(entry),
    _BOOT_ID: '22222222222222222222222222222222',
    _HOSTNAME: NODE,
    SYSLOG_IDENTIFIER: name,
    ...(pid !== undefined && { _PID: pid, SYSLOG_PID: pid }),
    MESSAGE: message,
  })}\n`;
}
