/**
 * Chooses what is read next: the text whose events are furthest behind. Because a flooded log may never get ahead,
 * each one that waits comes to its turn after a bounded number of others.
 */
import type { Following } from './following.js';
import { readyForRead, type Tail } from './tail.js';
import type { FollowedSource } from './types.js';

/** Every so many turns the one that has waited longest comes first, whatever its events say. */
const LONGEST_WAIT_EVERY = 4;

export interface Turns {
  next(): Tail | null;
}

export function createTurns(
  { ready: { told, untold } }: Pick<Following, 'ready'>,
  frontier: ((source: FollowedSource) => number | null) | undefined,
): Turns {
  let turn = 0;

  /** All are told of before anything is read. */
  const nextUntold = (): Tail | null => {
    for (const tail of untold) {
      if (tail.source === null && readyForRead(tail)) return tail;
      untold.delete(tail);
      if (tail.source !== null) told.add(tail);
    }
    return null;
  };

  return {
    next() {
      const first = nextUntold();
      if (first !== null) return first;
      const fair = turn % LONGEST_WAIT_EVERY === 0;
      let chosen: Tail | null = null;
      let behind = Number.POSITIVE_INFINITY;
      for (const tail of told) {
        // Whatever makes it ready again brings it back.
        if (!readyForRead(tail)) told.delete(tail);
        if (tail.source === null || !readyForRead(tail) || waitsForOlder(tail)) continue;
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
