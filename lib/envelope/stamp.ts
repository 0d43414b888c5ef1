/**
 * Time texts: ISO 8601 and its relatives, `hh:mm:ss`, epochs of any unit. Each reader takes a text and a
 * position and gives the stamp and where it ended, or null. Scanned by hand because every record passes
 * through here, several times where envelopes nest.
 */
import type { Stamp } from './types.js';

export interface StampAt<S extends Stamp = Stamp> {
  readonly stamp: S;
  /** Index of the first character behind the time. */
  readonly end: number;
}

export interface Clock {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanos: number;
  readonly digits: number;
  readonly end: number;
}

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - 48;
  return value >= 0 && value <= 9 ? value : -1;
}

/** Exactly `count` digits as a number, -1 where there are fewer. */
export function fixedDigits(text: string, at: number, count: number): number {
  let value = 0;
  for (let i = 0; i < count; i++) {
    const next = digit(text, at + i);
    if (next < 0) return -1;
    value = value * 10 + next;
  }
  return value;
}

/** Index behind the run of digits that starts at `at`. */
export function endOfDigits(text: string, at: number): number {
  let end = at;
  while (digit(text, end) >= 0) end++;
  return end;
}

export function isDay(month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= (DAYS[month - 1] ?? 0);
}

/** Second 60 is a leap second. */
export function isTimeOfDay(hour: number, minute: number, second: number): boolean {
  return hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 60;
}

/** `hh:mm:ss` with an optional fraction behind `.` or `,`. Nine digits of it are kept. */
export function readClock(text: string, at: number): Clock | null {
  const hour = fixedDigits(text, at, 2);
  const minute = fixedDigits(text, at + 3, 2);
  const second = fixedDigits(text, at + 6, 2);
  if (!isTimeOfDay(hour, minute, second)) return null;
  if (text[at + 2] !== ':' || text[at + 5] !== ':') return null;
  let end = at + 8;
  let nanos = 0;
  let digits = 0;
  if ((text[end] === '.' || text[end] === ',') && digit(text, end + 1) >= 0) {
    const start = end + 1;
    end = endOfDigits(text, start);
    digits = Math.min(9, end - start);
    nanos = Number(text.slice(start, start + digits).padEnd(9, '0'));
  }
  return { hour, minute, second, nanos, digits, end };
}

type LocalStamp = Extract<Stamp, { kind: 'local' }>;

export function localStamp(year: number | null, month: number, day: number, clock: Clock): LocalStamp {
  const { hour, minute, second, nanos, digits } = clock;
  return { kind: 'local', year, month, day, hour, minute, second, nanos, digits };
}

/** The same wall time with its offset known. */
export function absoluteStamp(local: LocalStamp, offsetMinutes: number): Stamp {
  const utc = Date.UTC(
    local.year ?? 1970,
    local.month - 1,
    local.day,
    local.hour,
    local.minute,
    local.second,
  );
  const ms = utc - offsetMinutes * 60_000 + Math.floor(local.nanos / 1e6);
  return { kind: 'absolute', at: { ms, nanos: local.nanos % 1e6, digits: local.digits }, offsetMinutes };
}

/** `Z`, `+08`, `+0800` or `+08:00`: minutes and end, null where there is none of them. */
export function readOffset(text: string, at: number): { minutes: number; end: number } | null {
  const sign = text[at];
  if (sign === 'Z' || sign === 'z') return { minutes: 0, end: at + 1 };
  if (sign !== '+' && sign !== '-') return null;
  const hours = fixedDigits(text, at + 1, 2);
  if (hours < 0 || hours > 18) return null;
  let end = at + 3;
  let minutes = 0;
  const colon = text[end] === ':' ? 1 : 0;
  const stated = fixedDigits(text, end + colon, 2);
  if (stated >= 0 && stated < 60) {
    minutes = stated;
    end += colon + 2;
  }
  const total = hours * 60 + minutes;
  return { minutes: sign === '-' ? -total : total, end };
}

/** `2026-11-21` or with slashes, as year, month and day. Years before 1970 are no log time. */
export function readDate(
  text: string,
  at: number,
  separator: '-' | '/',
): { year: number; month: number; day: number; end: number } | null {
  if (text[at + 4] !== separator || text[at + 7] !== separator) return null;
  const year = fixedDigits(text, at, 4);
  const month = fixedDigits(text, at + 5, 2);
  const day = fixedDigits(text, at + 8, 2);
  return year >= 1970 && isDay(month, day) ? { year, month, day, end: at + 10 } : null;
}

/**
 * ISO 8601 and RFC 3339 with `T` or a space between date and time (CRI-O writes a space), an optional
 * fraction, an optional offset. Without an offset the stamp is local.
 */
export function readIso(text: string, at: number): StampAt | null {
  const date = readDate(text, at, '-');
  if (date === null) return null;
  const between = text[date.end];
  if (between !== 'T' && between !== ' ' && between !== 't') return null;
  const clock = readClock(text, date.end + 1);
  if (clock === null) return null;
  const local = localStamp(date.year, date.month, date.day, clock);
  const offset = readOffset(text, clock.end);
  if (offset === null) return { stamp: local, end: clock.end };
  return { stamp: absoluteStamp(local, offset.minutes), end: offset.end };
}

/** A whole text that is one ISO time and nothing else, else null. */
export function isoStamp(text: string): Stamp | null {
  const found = readIso(text.trim(), 0);
  return found !== null && found.end === text.trim().length ? found.stamp : null;
}

/**
 * Digits since the epoch in seconds, milliseconds, microseconds or nanoseconds, told by their number: 11
 * digits of seconds reach beyond the year 5000, 12 of milliseconds begin in 1973.
 */
export function epochStamp(whole: string, fraction = ''): Stamp | null {
  const length = whole.length;
  if (length < 9 || length > 19 || endOfDigits(whole, 0) !== length) return null;
  if (endOfDigits(fraction, 0) !== fraction.length) return null;
  const below = length <= 11 ? 0 : length <= 14 ? 3 : length <= 17 ? 6 : 9;
  const seconds = Number(whole.slice(0, length - below));
  const stated = (whole.slice(length - below) + fraction).slice(0, 9);
  const nanos = Number(stated.padEnd(9, '0'));
  const at = { ms: seconds * 1000 + Math.floor(nanos / 1e6), nanos: nanos % 1e6, digits: stated.length };
  return { kind: 'absolute', at, offsetMinutes: null };
}

/** A time as a JSON value or field holds it: ISO text, epoch digits, or a number's text with a fraction. */
export function anyStamp(text: string): Stamp | null {
  if (text.length > 64) return null;
  const iso = isoStamp(text);
  if (iso !== null) return iso;
  const dot = text.indexOf('.');
  return dot < 0 ? epochStamp(text) : epochStamp(text.slice(0, dot), text.slice(dot + 1));
}
