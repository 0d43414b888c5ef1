/**
 * A log in the making: lines are added with their time in any order and come out sorted, each in the envelope
 * that its node's log has. Ids and the digits below a second come from a seed, so that the same scenario is
 * always the same bytes.
 */
import { createHash } from 'node:crypto';

export type Level = 'debug' | 'info' | 'warning' | 'error';
export type Severity = 'I' | 'W' | 'E';
export type Fields = Readonly<Record<string, string>>;

/** How a line is wrapped: syslog or `journalctl`, rsyslog's ISO form, a daemon's bare stderr, or JSON. */
export type Envelope = 'syslog' | 'iso' | 'bare' | 'journal-json' | 'docker-json';

export interface LogOptions {
  /** Time 0, UTC. */
  readonly start: string;
  readonly host?: string;
  /** Local time of the node against UTC, minutes. */
  readonly zone?: number;
  readonly envelope?: Envelope;
  /** Syslog tags by daemon, where they are not the usual ones. */
  readonly tags?: Readonly<Record<string, string>>;
}

export interface Log {
  /** Seconds since `start` wherever a time is asked for. */
  dockerd(at: number, level: Level, msg: string, fields?: Fields): void;
  containerd(at: number, level: Level, msg: string, fields?: Fields): void;
  crio(at: number, level: Level, msg: string, fields?: Fields): void;
  /** klog: severity, source position, text. */
  kubelet(at: number, severity: Severity, caller: string, text: string): void;
  kernel(at: number, text: string): void;
  systemd(at: number, text: string): void;
  /** Any other program, or a line without an envelope where the tag is null. */
  say(at: number, tag: string | null, pid: number, text: string, extra?: Fields): void;
  /** What a node says all day long and nobody needs, one line every so many seconds. */
  chatter(from: number, to: number, every: number): void;
  /** 64 hex digits that belong to this name in this scenario. */
  id(name: string): string;
  uid(name: string): string;
  /** Whole number from 0 up to below `n`, the next of the scenario's own sequence. */
  random(n: number): number;
  /** Another node that writes into the same file. */
  on(host: string): Log;
  /** UTC milliseconds of a time of this log. */
  ms(at: number): number;
  lines(): readonly string[];
}

interface Entry {
  readonly ms: number;
  readonly text: string;
}

const PIDS: Readonly<Record<string, number>> = { dockerd: 1359, containerd: 1031, crio: 1200, kubelet: 3122 };
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const NOISE: readonly (readonly [string, number, string])[] = [
  ['systemd', 1, 'Started Session 4211 of user root.'],
  ['CRON', 20117, '(root) CMD (test -x /usr/sbin/anacron || run-parts /etc/cron.hourly)'],
  ['systemd-logind', 702, 'New session 4212 of user deploy.'],
  ['chronyd', 655, 'Selected source 10.20.0.5'],
  ['kernel', 0, 'br-5c11d8a3f1e2: port 4(veth3c1f2a9) entered forwarding state'],
  ['sshd', 20391, 'Accepted publickey for deploy from 10.20.4.11 port 51544 ssh2: ED25519'],
  ['systemd', 1, 'Starting Cleanup of Temporary Directories...'],
  ['dhclient', 640, 'DHCPREQUEST of 10.20.1.17 on eth0 to 10.20.0.1 port 67'],
];

export function createLog(name: string, options: LogOptions): Log {
  return logOf(name, options, [], mulberry(name));
}

function logOf(name: string, options: LogOptions, entries: Entry[], next: () => number): Log {
  const start = Date.parse(options.start);
  const zone = options.zone ?? 0;
  const host = options.host ?? 'node-17';
  const envelope = options.envelope ?? 'syslog';
  const tagOf = (daemon: string): string => options.tags?.[daemon] ?? daemon;

  /** A line's time: what was asked for plus less than a millisecond, so that lines keep their order. */
  const timeOf = (at: number): number => start + at * 1000 + next() * 0.9;

  function put(ms: number, tag: string | null, pid: number, text: string, extra: Fields = {}): void {
    entries.push({ ms, text: wrap(envelope, { ms, zone, host, tag, pid, text, extra }) });
  }

  function goLog(
    daemon: string,
    at: number,
    level: Level,
    msg: string,
    fields: Fields = {},
    space = 'T',
  ): void {
    const ms = timeOf(at);
    const nanos = String(Math.floor((ms % 1) * 1e6)).padStart(6, '0');
    const time = `${local(ms, zone).slice(0, 23).replace('T', space)}${nanos}${offset(zone)}`;
    const pairs = Object.entries(fields).map(([key, value]) => `${key}=${quoteIfNeeded(value)}`);
    const head = `time="${time}" level=${level} msg=${quoteIfNeeded(msg)}`;
    put(ms, tagOf(daemon), PIDS[daemon] ?? 1, [head, ...pairs].join(' '));
  }

  const log: Log = {
    dockerd: (at, level, msg, fields) => goLog('dockerd', at, level, msg, fields),
    containerd: (at, level, msg, fields) => goLog('containerd', at, level, msg, fields),
    crio: (at, level, msg, fields) => goLog('crio', at, level, msg, fields, ' '),
    kubelet(at, severity, caller, text) {
      const ms = timeOf(at);
      const clock = local(ms, zone);
      const micros = String(Math.floor((ms % 1) * 1e3)).padStart(3, '0');
      const stamp = `${severity}${clock.slice(5, 7)}${clock.slice(8, 10)} ${clock.slice(11, 23)}${micros}`;
      put(ms, tagOf('kubelet'), 3122, `${stamp} ${String(PIDS['kubelet']).padStart(7)} ${caller}] ${text}`);
    },
    kernel: (at, text) => put(timeOf(at), 'kernel', 0, text),
    systemd: (at, text) => put(timeOf(at), 'systemd', 1, text),
    say(at, tag, pid, text, extra) {
      if (tag === null) entries.push({ ms: timeOf(at), text });
      else put(timeOf(at), tag, pid, text, extra);
    },
    chatter(from, to, every) {
      for (let at = from; at <= to; at += every) {
        const [tag, pid, text] = NOISE[log.random(NOISE.length)] as (typeof NOISE)[number];
        put(timeOf(at), tag, pid, text);
      }
    },
    id: (what) => hex(`${name}/${what}`),
    uid: (what) => hex(`${name}/${what}`).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5'),
    random: (n) => Math.floor(next() * n),
    on: (other) => logOf(name, { ...options, host: other }, entries, next),
    ms: (at) => start + at * 1000,
    lines: () => entries.toSorted((a, b) => a.ms - b.ms).map((entry) => entry.text),
  };
  return log;
}

interface Wrapped {
  readonly ms: number;
  readonly zone: number;
  readonly host: string;
  readonly tag: string | null;
  readonly pid: number;
  readonly text: string;
  readonly extra: Fields;
}

function wrap(envelope: Envelope, { ms, zone, host, tag, pid, text, extra }: Wrapped): string {
  const clock = local(ms, zone);
  const from = pid === 0 ? `${tag}:` : `${tag}[${pid}]:`;
  switch (envelope) {
    case 'bare':
      return text;
    case 'syslog': {
      const day = String(Number(clock.slice(8, 10))).padStart(2);
      return `${MONTHS[Number(clock.slice(5, 7)) - 1]} ${day} ${clock.slice(11, 19)} ${host} ${from} ${text}`;
    }
    case 'iso':
      return `${clock.slice(0, 23)}${String(Math.floor((ms % 1) * 1e3)).padStart(3, '0')}${offset(zone)} ${host} ${from} ${text}`;
    case 'journal-json':
      return JSON.stringify({
        __REALTIME_TIMESTAMP: String(Math.floor(ms * 1000)),
        _HOSTNAME: host,
        PRIORITY: '6',
        SYSLOG_IDENTIFIER: tag,
        _SYSTEMD_UNIT: tag === 'dockerd' ? 'docker.service' : `${tag}.service`,
        _PID: String(pid),
        ...extra,
        MESSAGE: text,
      });
    case 'docker-json': {
      const time = `${new Date(ms + 0.2).toISOString().slice(0, 23)}104211Z`;
      return JSON.stringify({ log: `${text}\n`, stream: 'stderr', time })
        .replaceAll('<', '\\u003c')
        .replaceAll('>', '\\u003e');
    }
  }
}

/** Local time as `2021-09-30T14:50:52.855`. */
function local(ms: number, zone: number): string {
  return new Date(Math.floor(ms) + zone * 60_000).toISOString().slice(0, 23);
}

function offset(zone: number): string {
  if (zone === 0) return 'Z';
  const minutes = Math.abs(zone);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${zone < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** As logrus quotes a value. */
function quoteIfNeeded(value: string): string {
  return /^[\w\-./@^+]+$/.test(value) ? value : goQuote(value);
}

/** As Go's %q has it, as far as these lines need it. */
export function goQuote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('\t', '\\t')}"`;
}

function hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A small seeded generator (mulberry32): numbers from 0 up to below 1. */
function mulberry(seed: string): () => number {
  let state = Number.parseInt(hex(seed).slice(0, 8), 16);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
