/**
 * How often a stop is tried. Calls are compared by when they came in, not by when they first complained, so
 * that a log that starts in the middle of a loop gives the same interval. Two callers (the kubelet's pod
 * worker and its garbage collector) that interleave are told apart and not mixed.
 */
import type { Attempt } from './types.js';

export interface Cadence {
  /** Median spacing in seconds of one caller's calls, rounded to 0.1 s; null below two calls. */
  readonly seconds: number | null;
  /** Stop time-out of those calls in seconds, null where no line states it. */
  readonly grace: number | null;
  /** 2 where two interleaved callers were told apart. */
  readonly callers: 1 | 2;
}

/** When the call came in, float ms: a stop line is printed a known time after that. */
export function callStart(attempt: Attempt): number {
  const graceMs = (attempt.grace ?? 0) * 1000;
  if (attempt.requested !== null) return attempt.requested;
  if (attempt.forced !== null) return attempt.forced - graceMs;
  if (attempt.survived !== null) return attempt.survived - 10_000 - graceMs;
  return attempt.first;
}

export function cadenceOf(attempts: readonly Attempt[]): Cadence {
  const graces = attempts.filter((a) => a.grace !== null && (a.forced !== null || a.requested !== null));
  const usualGrace = mostCommon(graces.map((a) => a.grace as number));
  // A direct-SIGKILL line does not state the time-out: take the one its neighbours state.
  const starts = attempts.map((a) =>
    callStart(a.grace === null && usualGrace !== null ? { ...a, grace: usualGrace } : a),
  );
  const ofUsual = attempts.flatMap((a, i) =>
    a.grace === null || a.grace === usualGrace ? [starts[i] as number] : [],
  );
  const own = (ofUsual.length >= 2 ? ofUsual : starts).toSorted((a, b) => a - b);
  const single = spacings(own, 1);
  if (single.length === 0) return { seconds: null, grace: usualGrace, callers: 1 };
  if (single.length >= 4) {
    const pairs = spacings(own, 2);
    if (spread(single) > 0.2 && spread(pairs) < 0.1) {
      return { seconds: round(median(pairs)), grace: usualGrace, callers: 2 };
    }
  }
  const seconds = round(median(single));
  // Stamps of whole seconds, or one call told twice: no cadence.
  return { seconds: seconds < 1 ? null : seconds, grace: usualGrace, callers: 1 };
}

function spacings(sorted: readonly number[], lag: number): number[] {
  const out: number[] = [];
  for (let i = lag; i < sorted.length; i++)
    out.push(((sorted[i] as number) - (sorted[i - lag] as number)) / 1000);
  return out;
}

/** Mean distance from the median, relative: 0 for a perfectly regular loop. A median would not see a second caller. */
function spread(values: readonly number[]): number {
  const middle = median(values);
  if (middle === 0) return 0;
  const away = values.reduce((sum, value) => sum + Math.abs(value - middle), 0);
  return away / values.length / middle;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2;
}

function mostCommon(values: readonly number[]): number | null {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let best: number | null = null;
  for (const [value, count] of counts) {
    if (best === null || count > (counts.get(best) as number)) best = value;
  }
  return best;
}

function round(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
