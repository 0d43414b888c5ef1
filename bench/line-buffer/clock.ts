/**
 * Time as the reproducers see it: the wall clock for time stamps, a steady one for durations, and a sleep that an
 * abort ends. Tests put their own in its place, so that nothing waits.
 */
import { setTimeout as delay } from 'node:timers/promises';

export interface Clock {
  /** Nanoseconds since 1970-01-01 UTC. */
  nanoseconds(): bigint;
  /** Seconds since some moment; never goes back. */
  seconds(): number;
  /** Resolves after so many seconds; rejects with the signal's reason when it is aborted. */
  sleep(seconds: number, signal?: AbortSignal): Promise<void>;
}

/** A timer cannot be set further ahead than this: 2^31 - 1 ms, above which Node fires at once. */
const LONGEST_TIMER_SECONDS = 2_147_483;

export const systemClock: Clock = {
  nanoseconds: (() => {
    // The difference of the two clocks is taken once: Date has milliseconds only, the steady clock nanoseconds.
    const offset = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();
    return () => offset + process.hrtime.bigint();
  })(),
  seconds: () => performance.now() / 1000,
  async sleep(seconds, signal) {
    for (let left = seconds; left > 0; left -= LONGEST_TIMER_SECONDS) {
      const milliseconds = Math.min(left, LONGEST_TIMER_SECONDS) * 1000;
      // The timer would reject with an error of its own; whoever aborted is to see theirs.
      if (signal === undefined) await delay(milliseconds);
      else await delay(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
    signal?.throwIfAborted();
  },
};
