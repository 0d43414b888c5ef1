/**
 * Remembers which entry ends where in the bytes given out, so that any position in them has its cursor. Bounded:
 * what is asked for lies close to the end, as everything before it has been taken in.
 */

/** Entries; twice as many for a while, with their cursors 4 MiB. More than several pieces have. */
export const MAX_MARKS = 8192;

export interface Marks {
  /** An entry that ends at `end`, which only grows. */
  add(end: number, cursor: string): void;
  /**
   * Cursor of the last entry that ends at or before `offset`. Further back than the last 8,192 entries it is that
   * of the oldest one known.
   */
  at(offset: number): string | null;
}

/** `first`: cursor before anything has been given out. */
export function createMarks(first: string | null, maxMarks = MAX_MARKS): Marks {
  let ends: number[] = [Number.NEGATIVE_INFINITY];
  let cursors: (string | null)[] = [first];
  return {
    add(end, cursor) {
      ends.push(end);
      cursors.push(cursor);
      // Not one by one: each time all of them are moved.
      if (ends.length >= maxMarks * 2) {
        ends = ends.slice(-maxMarks);
        cursors = cursors.slice(-maxMarks);
      }
    },
    at(offset) {
      let low = 0;
      let high = ends.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((ends[middle] ?? 0) <= offset) low = middle;
        else high = middle - 1;
      }
      return cursors[low] ?? null;
    },
  };
}
