/**
 * Kernel lines: `[12345.678901] text`, `dmesg -T` with a date in the locale's language
 * (`[So Dez  6 10:31:12 2020]`, `[二 9月  3 05:57:48 2024]`), `dmesg -x` with facility and level in front.
 * journalctl's short-monotonic looks the same and has host and tag behind.
 */
import { skipSpaces } from './key-values.js';
import { startsPayload } from './payload.js';
import type { Peeled } from './peeled.js';
import { readSyslogTime, skipPriority } from './rfc3164.js';
import { readTag } from './syslog-tag.js';
import type { Stamp } from './types.js';

const FACILITY = /^(?:kern|user|daemon|syslog) {0,4}:[a-z]{3,8} {0,4}: /;
const UPTIME = /^\[ {0,8}(\d{1,10}\.\d{3,9})\](?:\[ {0,6}[TC]\d{1,8}\])? ?/;
const DATED = /^\[([^\][]{15,60})\] ?/;

/** Month, day, time and year between brackets, with or without a weekday in front. */
function readDated(inside: string): Stamp | null {
  const gap = inside.indexOf(' ');
  // The year stands at the end, and the reader of headers wants a blank behind it.
  const text = `${inside} `;
  const found = readSyslogTime(text, 0) ?? (gap > 0 ? readSyslogTime(text, skipSpaces(text, gap)) : null);
  return found?.stamp ?? null;
}

export function peelDmesg(text: string): Peeled | null {
  const start = skipPriority(text, skipSpaces(text, 0));
  const line = text.slice(start);
  const facility = FACILITY.exec(line)?.[0].length ?? 0;
  if (line[facility] !== '[') return null;
  const head = line.slice(facility, facility + 96);
  const uptime = UPTIME.exec(head);
  const mark = uptime ?? DATED.exec(head);
  if (mark === null) return null;
  const inside = mark[1] ?? '';
  const time: Stamp | null =
    uptime === null ? readDated(inside.trim()) : { kind: 'uptime', seconds: Number(inside) };
  if (time === null) return null;
  const body = facility + mark[0].length;
  const who = readTag(line, body, startsPayload);
  if (who.hasPid) {
    const { end, hasPid: _, ...named } = who;
    return { name: 'journal-short', kind: 'outer', rest: line.slice(end), time, ...named };
  }
  return { name: 'dmesg', kind: 'outer', rest: line.slice(body), time, tag: 'kernel' };
}
