/**
 * journalctl's forms that no syslog daemon writes: short-full and with-unit
 * (`Sat 2026-11-21 01:01:08 UTC host tag[pid]: `) and short-unix (`1795222868.841126 host tag[pid]: `).
 * Zone names other than UTC and GMT mean several offsets each (CST: three), so that their times stay local.
 */
import { startsPayload } from './payload.js';
import type { Peeled } from './peeled.js';
import {
  absoluteStamp,
  endOfDigits,
  epochStamp,
  localStamp,
  readClock,
  readDate,
  readOffset,
} from './stamp.js';
import { readTag } from './syslog-tag.js';
import type { Stamp } from './types.js';

const UTC = /^(?:UTC|GMT|Z|Etc\/UTC)$/;

export function peelJournalFull(text: string): Peeled | null {
  const gap = text.slice(0, 20).indexOf(' ');
  if (gap < 1 || /[\d"=:]/.test(text.slice(0, gap))) return null;
  const date = readDate(text, gap + 1, '-');
  if (date === null || text[date.end] !== ' ') return null;
  const clock = readClock(text, date.end + 1);
  if (clock === null || text[clock.end] !== ' ') return null;
  const zone = /^(?:[A-Za-z/_]{1,32}|[+-]\d{2}(?::?\d{2})?)(?= )/.exec(
    text.slice(clock.end + 1, clock.end + 40),
  )?.[0];
  if (zone === undefined) return null;
  const local = localStamp(date.year, date.month, date.day, clock);
  const offset = UTC.test(zone) ? 0 : (readOffset(zone, 0)?.minutes ?? null);
  const time: Stamp = offset === null ? local : absoluteStamp(local, offset);
  const { end, hasPid: _, ...who } = readTag(text, clock.end + 1 + zone.length, startsPayload);
  return { name: 'journal-short-full', kind: 'outer', rest: text.slice(end), time, ...who };
}

export function peelJournalUnix(text: string): Peeled | null {
  const dot = endOfDigits(text, 0);
  if (dot < 9 || dot > 10 || text[dot] !== '.') return null;
  const gap = endOfDigits(text, dot + 1);
  if (gap - dot !== 7 || text[gap] !== ' ') return null;
  const time = epochStamp(text.slice(0, dot), text.slice(dot + 1, gap));
  const { end, hasPid: _, ...who } = readTag(text, gap, startsPayload);
  if (who.tag === null && who.unit === null && who.host === null) return null;
  return { name: 'journal-short-unix', kind: 'outer', rest: text.slice(end), time, ...who };
}
