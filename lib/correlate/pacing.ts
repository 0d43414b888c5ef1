/**
 * How soon episodes may be looked at again: looks take a share of the time at most, so that a storm is not looked at
 * again and again, and what comes meanwhile is looked at together.
 */

export interface Pacing {
  /** A look begins. */
  begin(): void;
  /** Its changes have been dealt with. Ms to wait before the next one, of which looks may take one in `share`; null where none was begun. */
  end(share: number): number | null;
}

/** Looks are at least so far apart, ms: lines that come one by one are not looked at one by one. */
const LOOK_MS = 20;

/** `steady`: a clock that never jumps, ms. */
export function createPacing(steady: () => number = () => performance.now()): Pacing {
  let began: number | null = null;
  /** What the last two took, ms. */
  let before: readonly [number, number] = [0, 0];
  return {
    begin() {
      began = steady();
    },
    end(share) {
      if (began === null) return null;
      const took = steady() - began;
      began = null;
      // One is long when others have the processor, or garbage is collected: it is not worth waiting for. In a storm
      // most of them are: of three the middle one counts.
      const usual = [took, ...before].sort((a, b) => a - b)[1] ?? took;
      before = [took, before[0]];
      return Math.max(LOOK_MS, usual * (share - 1));
    },
  };
}
