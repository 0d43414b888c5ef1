/**
 * A clock that stands still until it is moved. What sleeps wakes in its turn, and nothing waits for real time.
 */
import type { Clock } from '../../bench/line-buffer/clock.js';
import { NOW } from './printed.js';

export interface ManualClock extends Clock {
  /** Moves on by so many seconds at a time, with time for others to act in between, until `done` is settled. */
  runUntil<T>(done: Promise<T>, stepSeconds?: number): Promise<T>;
}

export function createManualClock(): ManualClock {
  let seconds = 0;
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
  function advance(by: number): void {
    seconds += by;
    for (const sleeper of [...sleepers])
      if (sleeper.until <= seconds) {
        sleepers.delete(sleeper);
        sleeper.wake();
      }
  }
  return {
    nanoseconds: () => NOW,
    seconds: () => seconds,
    sleep: (duration, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const abort = (): void => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const sleeper = {
          until: seconds + duration,
          wake: () => {
            signal?.removeEventListener('abort', abort);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', abort);
      }),
    async runUntil(done, stepSeconds = 1) {
      let settled = false;
      const settle = (): void => {
        settled = true;
      };
      done.then(settle, settle);
      while (!settled) {
        // Streams pass data on in ticks and immediates: two rounds let everything that can move do so.
        for (let round = 0; round < 20 && !settled; round++) await new Promise(setImmediate);
        advance(stepSeconds);
      }
      return done;
    },
  };
}
