/**
 * Gives out the pieces of a follower for as long as somebody takes them: asks for the next one, and where there is none
 * waits until a watch or a timer has news.
 */
import type { FollowClock } from './follow-clock.js';
import type { FollowedPiece } from './types.js';

/** Longest rest between two looks at what is told all the time, ms. */
const LONGEST_REST_MS = 20;

/** News that came since it was asked last. */
export interface Waking {
  wake(): void;
  /** What came before counts no more. */
  forget(): void;
  readonly isWoken: boolean;
  /** Settles with the next news. */
  next(): Promise<void>;
}

export function createWaking(): Waking {
  let isWoken = false;
  let resolve = (): void => {};
  return {
    wake() {
      isWoken = true;
      resolve();
    },
    forget() {
      isWoken = false;
    },
    get isWoken() {
      return isWoken;
    },
    next: () =>
      new Promise((done) => {
        resolve = done;
      }),
  };
}

export async function* giveOut(options: {
  /** Null where there is nothing to be read now. */
  readonly next: () => Promise<FollowedPiece | null>;
  readonly close: () => Promise<void>;
  readonly waking: Waking;
  readonly clock: FollowClock;
  readonly signal: AbortSignal;
  /** Waited for between two pieces. */
  readonly ready: (() => Promise<void> | undefined) | undefined;
}): AsyncGenerator<FollowedPiece> {
  const { clock, close, next, ready, signal, waking } = options;

  const rested = (ms: number): Promise<void> | undefined => {
    if (ms < 1) return undefined;
    return new Promise((resolve) => {
      const cancel = clock.after(ms, end);
      function end(): void {
        cancel();
        signal.removeEventListener('abort', end);
        resolve();
      }
      signal.addEventListener('abort', end);
    });
  };

  let giveUp = (): void => {};
  const onAbort = (): void => {
    waking.wake();
    giveUp();
  };
  signal.addEventListener('abort', onAbort);
  try {
    let busySince = clock.now();
    while (!signal.aborted) {
      waking.forget();
      const piece = await next();
      if (piece !== null) {
        yield piece;
        if (signal.aborted) break;
        const taken = ready?.();
        if (taken !== undefined)
          await new Promise<void>((resolve, reject) => {
            giveUp = resolve;
            taken.then(resolve, reject);
          });
        continue;
      }
      if (signal.aborted) break;
      // News that come all the time are taken together: as long as they took it, others have the processor.
      if (waking.isWoken) await rested(Math.min(LONGEST_REST_MS, clock.now() - busySince));
      else await waking.next();
      busySince = clock.now();
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    await close();
  }
}
