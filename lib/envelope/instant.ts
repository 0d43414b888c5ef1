/**
 * Arithmetic on `Instant`: a point in time that keeps nanoseconds and the number of digits its log stated.
 * Everything that compares, shifts or prints event times uses these few functions. They exist because a
 * `Date` stops at milliseconds, and two lines of one daemon are often closer than that.
 */
import type { Instant } from './types.js';

const NANOS_PER_MS = 1_000_000;
/** 0001-01-01 to 9999-12-31: what four digits of a year can print. */
const MIN_MS = -62_135_596_800_000;
const MAX_MS = 253_402_300_799_999;

/** Negative where `a` is earlier, 0 where both are the same nanosecond. Stated digits do not count. */
export function compare(a: Instant, b: Instant): number {
  return a.ms - b.ms || a.nanos - b.nanos;
}

/** `a - b` in milliseconds, nanoseconds as the fraction. */
export function diffMs(a: Instant, b: Instant): number {
  return a.ms - b.ms + (a.nanos - b.nanos) / NANOS_PER_MS;
}

/** The instant `ms` milliseconds later (earlier if negative); a fraction counts to the nanosecond. */
export function addMs(at: Instant, ms: number): Instant {
  const whole = Math.floor(ms);
  return carry(at.ms + whole, at.nanos + Math.round((ms - whole) * NANOS_PER_MS), at.digits);
}

/** UTC in ISO 8601 with exactly the digits that the log stated: `2023-05-01T16:10:24.148458112Z`. */
export function format(at: Instant): string {
  const iso = new Date(Math.min(MAX_MS, Math.max(MIN_MS, at.ms))).toISOString();
  if (at.digits <= 0) return `${iso.slice(0, 19)}Z`;
  const fraction = iso.slice(20, 23) + String(at.nanos).padStart(6, '0');
  return `${iso.slice(0, 20)}${fraction.slice(0, Math.min(9, at.digits))}Z`;
}

/** From milliseconds since the epoch; a fraction counts to the nanosecond. `digits` defaults to 3. */
export function fromEpochMillis(ms: number, digits = 3): Instant {
  const whole = Math.floor(ms);
  return carry(whole, Math.round((ms - whole) * NANOS_PER_MS), digits);
}

function carry(ms: number, nanos: number, digits: number): Instant {
  const over = Math.floor(nanos / NANOS_PER_MS);
  return { ms: ms + over, nanos: nanos - over * NANOS_PER_MS, digits };
}
