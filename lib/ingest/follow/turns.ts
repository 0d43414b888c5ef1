/**
 * Chooses what is read next: the text whose events are furthest behind. Because a flooded log may never get ahead,
 * each one that waits comes to its turn after a bounded number of others.
 */
import { readyForRead, type Tail } from './tail.js';
import type { FollowedSource } from './types.js';

/** Every so many turns the one that has waited longest comes first, whatever its events say. */
const LONGEST_WAIT_EVERY = 4;

export interface Turns {
  next(): Tail | null;
}

export function createTurns(
  tails: ReadonlySet<Tail>,
  frontier: ((source: FollowedSource) => number | null) | undefined,
): Turns {
  let turn = 0;
  return {
    next() {
      const fair = turn % LONGEST_WAIT_EVERY === 0;
      let chosen: Tail | null = null;
      let behind = Number.POSITIVE_INFINITY;
      for (const tail of tails) {
        if (!readyForRead(tail)) continue;
        // All are told of before anything is read.
        if (tail.source === null) return tail;
        if (waitsForOlder(tail)) continue;
        const at = fair ? null : (frontier?.(tail.source) ?? null);
        const reached = at ?? Number.NEGATIVE_INFINITY;
        if (chosen === null || reached < behind || (reached === behind && tail.turn < chosen.turn)) {
          chosen = tail;
          behind = reached;
        }
      }
      if (chosen !== null) chosen.turn = ++turn;
      return chosen;
    },
  };
}

function waitsForOlder(tail: Tail): boolean {
  for (const older of tail.group.tails) {
    if (older === tail) return false;
    if (!older.caughtUp && readyForRead(older)) return true;
  }
  return false;
}
