/**
 * RFC 3164 as daemons, rsyslog files and `journalctl -o short` write it: `<30>Nov 21 01:01:08 host tag[pid]: `.
 * The priority is mostly gone, the host sometimes, the year nearly always, and the month may be in any
 * language. A fraction behind the seconds tells journald's short-precise.
 */
import { skipSpaces } from './key-values.js';
import { monthNumber } from './months.js';
import { startsPayload } from './payload.js';
import type { Peeled } from './peeled.js';
import { endOfDigits, fixedDigits, isDay, localStamp, readClock, type StampAt } from './stamp.js';
import { readTag } from './syslog-tag.js';

/** Index behind `<0>` to `<191>`, `at` where there is none. */
export function skipPriority(text: string, at: number): number {
  if (text[at] !== '<') return at;
  const end = endOfDigits(text, at + 1);
  return end > at + 1 && end - at <= 4 && text[end] === '>' ? end + 1 : at;
}

function readYear(text: string, at: number): number | null {
  const year = fixedDigits(text, at, 4);
  return year >= 1970 && year < 2200 && text[at + 4] === ' ' ? year : null;
}

/** `Nov 21 01:01:08`, with a year before the month, behind the day or behind the time where it has one. */
export function readSyslogTime(text: string, at: number): StampAt | null {
  let year = readYear(text, at);
  const monthStart = year === null ? at : skipSpaces(text, at + 4);
  const gap = text.indexOf(' ', monthStart);
  if (gap < 0 || gap - monthStart > 16) return null;
  const month = monthNumber(text.slice(monthStart, gap));
  if (month === null) return null;
  const dayStart = skipSpaces(text, gap);
  const dayEnd = endOfDigits(text, dayStart);
  if (dayEnd - dayStart < 1 || dayEnd - dayStart > 2) return null;
  const day = Number(text.slice(dayStart, dayEnd));
  // Some locales put a dot, 日 or 일 behind the day.
  const mark = text[dayEnd] === '.' || text[dayEnd] === '日' || text[dayEnd] === '일' ? 1 : 0;
  if (!isDay(month, day) || text[dayEnd + mark] !== ' ') return null;
  let at2 = skipSpaces(text, dayEnd + mark);
  if (year === null) {
    year = readYear(text, at2);
    if (year !== null) at2 = skipSpaces(text, at2 + 4);
  }
  const clock = readClock(text, at2);
  if (clock === null) return null;
  let end = clock.end;
  if (year === null && text[end] === ' ') {
    year = readYear(text, end + 1);
    if (year !== null) end += 5;
  }
  return { stamp: localStamp(year, month, day, clock), end };
}

export function peelRfc3164(text: string): Peeled | null {
  const start = skipPriority(text, skipSpaces(text, 0));
  const time = readSyslogTime(text, start);
  if (time === null) return null;
  const next = text[time.end];
  if (next !== undefined && next !== ' ' && next !== ':') return null;
  const { end, hasPid: _, ...who } = readTag(text, next === ':' ? time.end + 1 : time.end, startsPayload);
  const precise = time.stamp.kind === 'local' && time.stamp.digits > 0;
  return {
    name: precise ? 'journal-short' : 'rfc3164',
    kind: 'outer',
    rest: text.slice(end),
    time: time.stamp,
    ...who,
  };
}

/** `dockerd[1957]: time="…"`: a syslog line whose time somebody cut off. Only in front of a program's format. */
export function peelBareTag(text: string): Peeled | null {
  const colon = text.slice(0, 128).indexOf(': ');
  if (colon < 1 || /\s/.test(text.slice(0, colon))) return null;
  if (!startsPayload(text, skipSpaces(text, colon + 1))) return null;
  const { end, hasPid: _, ...who } = readTag(text, 0, startsPayload);
  return who.tag === null && who.unit === null
    ? null
    : { name: 'rfc3164', kind: 'outer', rest: text.slice(end), ...who };
}
