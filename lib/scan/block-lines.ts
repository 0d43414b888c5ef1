/**
 * Counts the lines that are let through behind the header of a stack. Without block literals nothing is open, and
 * no line costs anything.
 */
import { createLiteralSearch } from './literal-search.js';
import type { BlockLiteral } from './types.js';

const NEWLINE = 10;

export interface Blocks {
  /** True while lines are let through. */
  readonly open: boolean;
  /** How many more. */
  readonly left: number;
  /**
   * Whether the line `[start, end)` is let through; counts it, and what it opens. `mayOpen` is false where it is known
   * to hold none of the literals.
   */
  takes(bytes: Buffer, start: number, end: number, mayOpen?: boolean): boolean;
  /** Whether a literal that must start a line stands at `at`, the start of the source; false for -1. */
  startsWithOne(bytes: Buffer, at: number): boolean;
}

/** Literals must end within the first `lineBytes` of a line. `left`: lines that are let through from the start. */
export function createBlocks(literals: readonly BlockLiteral[], lineBytes: number, left = 0): Blocks {
  const search = createLiteralSearch(literals.map(({ literal }) => literal));
  /** Literals of the start of a line, without its newline: in front of the first line there is none. */
  const starts = literals
    .filter(({ literal }) => literal.startsWith('\n'))
    .map(({ literal, lines }) => ({ bytes: Buffer.from(literal.slice(1)), lines }));
  let remaining = literals.length === 0 ? 0 : left;

  const startAt = (bytes: Buffer, at: number, end: number): number => {
    let lines = 0;
    for (const start of starts) {
      const stop = at + start.bytes.length;
      if (stop <= end && bytes.compare(start.bytes, 0, start.bytes.length, at, stop) === 0)
        lines = Math.max(lines, start.lines);
    }
    return lines;
  };

  /** Lines that the literals of this line let through behind it, 0 where it has none. */
  function opened(bytes: Buffer, start: number, end: number): number {
    const stop = Math.min(end, start + lineBytes);
    let lines = startAt(bytes, start, stop);
    for (let at = start; at < stop; ) {
      const hit = search.find(bytes, at, stop);
      if (hit === null) break;
      lines = Math.max(lines, literals[hit.literal]?.lines ?? 0);
      at = hit.start + 1;
    }
    return lines;
  }

  return {
    get open() {
      return remaining > 0;
    },
    get left() {
      return remaining;
    },
    takes(bytes, start, end, mayOpen = true) {
      if (literals.length === 0) return false;
      const lines = mayOpen ? opened(bytes, start, end) : 0;
      if (remaining === 0 && lines === 0) return false;
      remaining = Math.max(remaining - 1, lines);
      return true;
    },
    startsWithOne(bytes, at) {
      if (at < 0 || starts.length === 0) return false;
      const newline = bytes.indexOf(NEWLINE, at);
      return startAt(bytes, at, newline < 0 ? bytes.length : newline) > 0;
    },
  };
}
