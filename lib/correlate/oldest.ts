/**
 * What stands first in a set or map whose first entries are dropped one after the other. A fresh iterator for each
 * would walk over the gaps that all those dropped before have left. One that is kept for good would keep every table
 * that the set has outgrown since it was asked last, and entries that come and go make it outgrow one after the other.
 */

export interface Oldest<T> {
  /** The first entry; undefined where there is none. It is to be dropped before the next call. */
  next(): T | undefined;
  /** An entry was added, or moved to the end. */
  moved(): void;
}

/** Entries that are moved while one iterator is kept: about so many make a set outgrow its table. */
const MOVED = 1024;

/** It is no memory: whatever an iterator has passed is gone, so that a new one stands at the same entry. */
export function createOldest<T>(entries: () => Iterator<T, undefined>): Oldest<T> {
  let iterator: Iterator<T, undefined> | null = null;
  let moves = 0;
  return {
    next() {
      iterator ??= entries();
      return iterator.next().value;
    },
    moved() {
      if (++moves < MOVED) return;
      moves = 0;
      iterator = null;
    },
  };
}
