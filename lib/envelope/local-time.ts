/**
 * Local stamps (`May  1 11:03:37`, `E0501 11:03:37.635343`) as numbers. A local stamp is first read as if it
 * were UTC ("local milliseconds"); year and zone are chosen elsewhere. Impossible dates are refused here, so
 * that no later stage has to wonder about hour 25 or the 30th of February.
 */
import type { Instant, Stamp } from './types.js';

export type LocalStamp = Extract<Stamp, { kind: 'local' }>;

export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

/** Any leap year: gives every month and day a place. */
const SOME_LEAP_YEAR = 2000;
const START_OF_LEAP_YEAR = Date.UTC(SOME_LEAP_YEAR, 0, 1);

/** Local milliseconds of the stamp in that year; null where the year has no such day. */
export function localMs(stamp: LocalStamp, year: number): number | null {
  const { month, day, hour, minute, second } = stamp;
  // Date.UTC takes the years 0 to 99 for 1900 to 1999.
  if (!Number.isInteger(year) || year < 1970 || year > 9999) return null;
  if (!(month >= 1 && month <= 12 && day >= 1 && hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59)) {
    return null;
  }
  // 60 is a leap second.
  if (!(second >= 0 && second <= 60 && stamp.nanos >= 0 && stamp.nanos < 1e9)) return null;
  if (day > (DAYS_IN_MONTH[month - 1] ?? 0) + (month === 2 && isLeap(year) ? 1 : 0)) return null;
  return (
    midnightOf(year, month, day) +
    hour * HOUR +
    minute * MINUTE +
    second * 1000 +
    Math.floor(stamp.nanos / 1e6)
  );
}

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** The same day comes line after line, and is asked for in several years: it is looked up once. */
const days = new Int32Array(256).fill(-1);
const midnights = new Float64Array(256);

function midnightOf(year: number, month: number, day: number): number {
  const key = (year * 16 + month) * 32 + day;
  const slot = ((year & 7) << 5) | day;
  if (days[slot] !== key) {
    days[slot] = key;
    midnights[slot] = Date.UTC(year, month - 1, day);
  }
  return midnights[slot] as number;
}

/** False for hour 25, month 13, February 30, or the 29th in a stated year that has none. */
export function isPossible(stamp: LocalStamp): boolean {
  return localMs(stamp, stamp.year ?? SOME_LEAP_YEAR) !== null;
}

/** Milliseconds from the start of a leap year: where in a year the stamp lies, whichever year that is. */
export function placeInYear(stamp: LocalStamp): number {
  return (localMs(stamp, SOME_LEAP_YEAR) ?? 0) - START_OF_LEAP_YEAR;
}

/** The same place for local milliseconds. */
export function placeOf(local: number): number {
  const date = new Date(local);
  return local - Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) + dayPlace(date);
}

function dayPlace(date: Date): number {
  return Date.UTC(SOME_LEAP_YEAR, date.getUTCMonth(), date.getUTCDate()) - START_OF_LEAP_YEAR;
}

/** The year that brings the stamp nearest to `target` (local milliseconds); the later one of two equals. */
export function nearestYear(stamp: LocalStamp, target: number): number {
  const around = yearOf(target);
  const inIt = localMs(stamp, around);
  // Any other year is further away.
  if (inIt !== null && Math.abs(inIt - target) < HALF_A_YEAR) return around;
  let best = around;
  let distance = Number.POSITIVE_INFINITY;
  // Eight years hold a leap year even around 2100; every other day is in each year.
  const reach = stamp.month === 2 && stamp.day === 29 ? 8 : 1;
  for (let year = around - reach; year <= around + reach; year++) {
    const local = localMs(stamp, year);
    if (local !== null && Math.abs(local - target) <= distance) {
      best = year;
      distance = Math.abs(local - target);
    }
  }
  return best;
}

const HALF_A_YEAR = 182 * DAY;

/** Lines follow each other within one year for long: its bounds are remembered. */
let lastYear = SOME_LEAP_YEAR;
let lastStart = START_OF_LEAP_YEAR;
let lastEnd = Date.UTC(SOME_LEAP_YEAR + 1, 0, 1);

function yearOf(ms: number): number {
  if (ms >= lastStart && ms < lastEnd) return lastYear;
  const year = new Date(ms).getUTCFullYear();
  // Date.UTC takes the years 0 to 99 for 1900 to 1999.
  if (year < 1970) return year;
  lastYear = year;
  lastStart = Date.UTC(year, 0, 1);
  lastEnd = Date.UTC(year + 1, 0, 1);
  return year;
}

/** The year itself, or for February 29 the nearest one that has it, the earlier of two equals. */
export function yearThatHas(stamp: LocalStamp, year: number): number {
  for (let step = 0; step <= 8; step++) {
    if (localMs(stamp, year - step) !== null) return year - step;
    if (localMs(stamp, year + step) !== null) return year + step;
  }
  return year;
}

/** The instant at `utcMs`, with the sub-millisecond digits that the stamp stated. */
export function instantOf(stamp: LocalStamp, utcMs: number): Instant {
  return { ms: utcMs, nanos: stamp.nanos % 1_000_000, digits: stamp.digits };
}
