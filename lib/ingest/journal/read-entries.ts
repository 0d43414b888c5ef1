/**
 * The last entries read: which one ends where in the bytes given out, so that any position in them has its cursor,
 * and which ones are known if journalctl gives them again. Their cursors lie in one buffer: kept as strings, they
 * would be most of what the garbage collector has to move.
 */
import { MAX_CURSOR } from './cursor.js';

/** Entries, 1.4 MB. A piece has some hundred, and what is asked for lies close to the end. */
export const REMEMBERED = 8192;

export interface ReadEntries {
  /** `end`: offset behind it, which only grows. */
  add(end: number, cursor: string): void;
  /**
   * Cursor of the last entry that ends at or before `offset`. Further back than the last 8,192 entries it is that
   * of the oldest one known.
   */
  at(offset: number): string | null;
  cursors(): string[];
}

/** `first`: cursor before anything has been read. */
export function createReadEntries(first: string | null): ReadEntries {
  const cursors = Buffer.alloc(REMEMBERED * MAX_CURSOR);
  const lengths = new Uint8Array(REMEMBERED);
  const ends = new Float64Array(REMEMBERED);
  let count = 0;
  const oldest = () => Math.max(0, count - REMEMBERED);

  function cursor(number: number): string {
    const slot = number % REMEMBERED;
    const start = slot * MAX_CURSOR;
    return cursors.toString('latin1', start, start + (lengths[slot] ?? 0));
  }

  return {
    add(end, text) {
      const slot = count++ % REMEMBERED;
      ends[slot] = end;
      lengths[slot] = cursors.write(text, slot * MAX_CURSOR, MAX_CURSOR, 'latin1');
    },
    at(offset) {
      // Between `low`, which ends at or before it or is before all, and `high`, which does not.
      let low = oldest() - 1;
      let high = count;
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if ((ends[middle % REMEMBERED] ?? 0) <= offset) low = middle;
        else high = middle;
      }
      if (low >= oldest()) return cursor(low);
      return count > REMEMBERED ? cursor(oldest()) : first;
    },
    cursors() {
      const all = first === null ? [] : [first];
      for (let number = oldest(); number < count; number++) all.push(cursor(number));
      return all;
    },
  };
}
