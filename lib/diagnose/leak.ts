/**
 * What hung stop calls left behind in dockerd, as a range: the low end is what the lines prove, the high end
 * what they cannot exclude. Attempts that returned leave nothing.
 */
import type { Defect } from './defect.js';
import type { StopFacts } from './stop-facts.js';
import type { Affected, Leak, Mechanism, Range } from './types.js';
import { isSingleGoroutine, type Runtime } from './versions.js';

const SECONDS_A_DAY = 86_400;

export interface LeakInput {
  readonly defect: Defect;
  readonly stop: StopFacts;
  readonly affected: Affected;
  readonly mechanism: Mechanism;
  readonly decisive: boolean;
  readonly runtime: Runtime;
}

export function leakOf(input: LeakInput): Leak | null {
  const { defect, stop, affected, mechanism, decisive, runtime } = input;
  const perCall = defect.leakPerCall;
  if (perCall === null || affected === 'no') return null;
  if (affected === 'unknown' && runtime.runtime !== 'docker') return null;
  const goroutines = isSingleGoroutine(defect, runtime) ? 1 : perCall.goroutines;

  const calls = hangingCalls(input);
  // No call has come since the daemon was started: what the calls before it would leave in a day says nothing of it.
  const isRetried = stop.intervalSeconds !== null && stop.callsSinceRestart > 0;
  const perDayCalls = isRetried ? SECONDS_A_DAY / stop.intervalSeconds : null;
  const share: Range =
    mechanism === 'hung-call' ? { min: 1, max: 1 } : { min: 0, max: calls.max === 0 ? 0 : 1 };
  const scale = (min: number, max: number, by: number): Range => ({
    min: Math.round(min * by),
    max: Math.round(max * by),
  });

  return {
    goroutines: scale(calls.min, calls.max, goroutines),
    fds: scale(calls.min, calls.max, perCall.fds),
    bytes: { min: calls.min * perCall.bytes.min, max: calls.max * perCall.bytes.max },
    perDay:
      perDayCalls === null
        ? null
        : {
            goroutines: scale(share.min * perDayCalls, share.max * perDayCalls, goroutines),
            fds: scale(share.min * perDayCalls, share.max * perDayCalls, perCall.fds),
            bytes: {
              min: Math.round(share.min * perDayCalls * perCall.bytes.min),
              max: Math.round(share.max * perDayCalls * perCall.bytes.max),
            },
          },
    basis:
      calls.max === 0
        ? basisOf(mechanism, decisive, stop)
        : `${basisOf(mechanism, decisive, stop)}; ${perCall.derivation}`,
  };
}

function hangingCalls({ stop, mechanism, decisive, affected }: LeakInput): Range {
  const all = stop.callsSinceRestart;
  switch (mechanism) {
    case 'hung-call':
      return { min: affected === 'unknown' ? 0 : Math.min(stop.hungSinceRestart, all), max: all };
    case 'lost-exit':
      return { min: 0, max: decisive ? 0 : all };
    case 'unknown':
      return { min: 0, max: all };
  }
}

function basisOf(mechanism: Mechanism, decisive: boolean, stop: StopFacts): string {
  const calls = stop.callsSinceRestart;
  if (calls === 0)
    return stop.attempts === 0
      ? 'No stop call was seen'
      : 'dockerd has started since the last of these calls, and nothing of a call outlives that';
  const since = calls < stop.attempts ? ' since dockerd last started' : '';
  const those = calls === 1 ? 'the one call' : `the ${calls} calls`;
  switch (mechanism) {
    case 'hung-call':
      return calls === 1 ? `The one call${since} hangs` : `Each of ${those}${since} hangs`;
    case 'lost-exit':
      return decisive
        ? 'The calls return, nothing stays'
        : `Cadence says the calls return and nothing stays; the lines alone cannot exclude that ${those}${since} hang`;
    case 'unknown':
      return `Nothing tells whether ${those}${since} ${calls === 1 ? 'hangs' : 'hang'}`;
  }
}
