/**
 * What the two stamps of one record tell about each other: how far the envelope lags behind the program's own
 * time, which offset its host has, which year it is. Pure functions; the clock collects what they find.
 */
import { diffMs } from './instant.js';
import { isPossible, type LocalStamp, localMs, MINUTE, nearestYear } from './local-time.js';
import { isOffsetInUse } from './time-zone.js';
import type { LogRecord, Stamp } from './types.js';
import { WEAK, type ZoneRank } from './zone-history.js';

/** What the clock needs of a record. Without `line` it counts as the newest of its source. */
export type ClockRecord = Pick<LogRecord, 'source' | 'host' | 'envelopeTime' | 'innerTime'> & {
  readonly line?: number;
};

export type Timed = Exclude<Stamp, { kind: 'uptime' }>;
export type Absolute = Extract<Stamp, { kind: 'absolute' }>;

/** The last year that leaves room for a year more. */
const LAST_MS = Date.UTC(9998, 0, 1);
/** A century, in seconds. */
const MAX_UPTIME = 100 * 365.25 * 86_400;
const QUARTER = 15 * MINUTE;

/** The stamp if it is a time at all: Go prints year 1 where it knows none. */
export function timed(stamp: Stamp | null): Timed | null {
  if (stamp === null || stamp.kind === 'uptime') return null;
  if (stamp.kind === 'absolute') return stamp.at.ms >= 0 && stamp.at.ms <= LAST_MS ? stamp : null;
  return isPossible(stamp) ? stamp : null;
}

export function uptimeOf({ innerTime, envelopeTime }: ClockRecord): number | null {
  for (const stamp of [innerTime, envelopeTime]) {
    if (stamp?.kind === 'uptime' && stamp.seconds >= 0 && stamp.seconds < MAX_UPTIME) return stamp.seconds;
  }
  return null;
}

export function withoutYear(stamp: Timed | null): LocalStamp | null {
  return stamp?.kind === 'local' && stamp.year === null ? stamp : null;
}

/** How far the envelope is behind the inner time (ms), and the host's offset where the two tell it. */
export function comparePair(outer: Timed, inner: Timed): { lag: number; offset: number | null } | null {
  if (inner.kind === 'absolute' && outer.kind === 'absolute') {
    return { lag: diffMs(outer.at, inner.at), offset: null };
  }
  if (inner.kind === 'absolute' && outer.kind === 'local') {
    const near = inner.at.ms + (inner.offsetMinutes ?? 0) * MINUTE;
    const difference = (localMs(outer, outer.year ?? nearestYear(outer, near)) as number) - inner.at.ms;
    const rounded = Math.round(difference / QUARTER) * QUARTER;
    const lag = difference - rounded;
    const offset = rounded / MINUTE;
    return isOffsetInUse(offset) && Math.abs(lag) <= 7 * MINUTE ? { lag, offset } : null;
  }
  if (inner.kind === 'local' && outer.kind === 'absolute') {
    const local = localMs(inner, inner.year ?? nearestYear(inner, outer.at.ms)) as number;
    const told = outer.offsetMinutes;
    // A program may print UTC inside an envelope in local time: then it says nothing of the host.
    const offset = told ? null : offsetBehind(local, outer.at.ms);
    const minutes = told || offset;
    return minutes === null ? null : { lag: outer.at.ms - (local - minutes * MINUTE), offset };
  }
  if (inner.kind === 'local' && outer.kind === 'local') {
    const year = inner.year ?? outer.year ?? 2000;
    const local = localMs(inner, inner.year ?? nearestYear(inner, Date.UTC(year, 6, 1))) as number;
    return { lag: (localMs(outer, outer.year ?? nearestYear(outer, local)) as number) - local, offset: null };
  }
  return null;
}

/** The offset that puts a local time up to 13 minutes before the envelope's absolute one (2 after). */
export function offsetBehind(local: number, outerMs: number): number | null {
  const offset = (Math.ceil((local - outerMs - 2 * MINUTE) / QUARTER) * QUARTER) / MINUTE;
  return isOffsetInUse(offset) ? offset : null;
}

/**
 * Minutes to take off where inner and envelope are whole half hours apart: a program in a container prints the
 * container's zone. Anything less regular is a lag.
 */
export function otherZone(difference: number, hostOffset: number): number {
  const rounded = Math.round(difference / (30 * MINUTE)) * 30;
  if (rounded === 0 || Math.abs(difference - rounded * MINUTE) > 5 * MINUTE) return 0;
  return isOffsetInUse(hostOffset - rounded) ? rounded : 0;
}

/** Offsets that a record states or implies: [UTC ms, minutes, rank]. */
export function zoneStatements(outer: Timed | null, inner: Timed | null, implied: number | null) {
  const statements: [number, number, ZoneRank][] = [];
  const at = inner?.kind === 'absolute' ? inner : outer?.kind === 'absolute' ? outer : null;
  if (at === null) return statements;
  if (implied !== null) statements.push([at.at.ms, implied, 1]);
  if (inner?.kind === 'absolute' && inner.offsetMinutes !== null) {
    // An implied offset contradicts a bare `Z` often enough: then it is the better one.
    statements.push([at.at.ms, inner.offsetMinutes, inner.offsetMinutes === 0 ? WEAK : 2]);
  }
  if (outer?.kind === 'absolute' && outer.offsetMinutes !== null) {
    // Docker's json-file and CI prefixes print `Z` wherever they run.
    statements.push([outer.at.ms, outer.offsetMinutes, outer.offsetMinutes === 0 ? WEAK : 3]);
  }
  return statements;
}

/** The record's time with its year as local milliseconds, where any of its stamps states a year. */
export function withYear(outer: Timed | null, inner: Timed | null, implied: number | null): number | null {
  for (const stamp of [inner, outer]) {
    if (stamp?.kind === 'absolute') return stamp.at.ms + (implied ?? stamp.offsetMinutes ?? 0) * MINUTE;
  }
  for (const stamp of [inner, outer]) {
    if (stamp?.kind === 'local' && stamp.year !== null) return localMs(stamp, stamp.year);
  }
  return null;
}
