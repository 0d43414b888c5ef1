/**
 * Finds the lines that hold a literal with Teddy, some hundred at a time. Bytes that stand in its memory are searched
 * there, others are copied to it, as many whole lines at once as it has room for.
 */
import { countNewlines } from '../newline-count.js';
import { createPlainLines } from '../plain-lines.js';
import type { StopLines, StopLiteral } from '../stop-lines.js';
import type { Teddy } from './teddy.js';

const NEWLINE = 10;
const NOTHING = Buffer.alloc(0);
/** Fewer bytes are counted sooner than the search is called. */
const FEW_BYTES = 64;

export function createTeddyLines(literals: readonly StopLiteral[], teddy: Teddy): StopLines {
  const self = {};
  let bytes: Buffer = NOTHING;
  let to = 0;
  /** Whether `bytes` stands in the memory of the search. */
  let isNear = false;
  /** What was searched: lines up to `searched`, the next of which is the pair `line` of `lines`. */
  let searched = 0;
  let line = 0;
  let lines = 0;
  /** Address of index 0, also where only the bytes from `copied` on were copied. */
  let base = 0;
  let copied = 0;
  let kinds: number | null = null;
  /** For lines that are longer than there is room for. */
  let plain: StopLines | null = null;

  /** Searches the lines behind `from`, as many as it can. False where the next one is too long. */
  function search(from: number): boolean {
    let stop = to;
    if (!isNear) {
      stop = wholeLines(from, Math.min(to, from + teddy.deskBytes));
      if (stop <= from) return false;
      bytes.copy(teddy.bytes, teddy.desk, from, stop);
      base = teddy.desk - from;
      copied = from;
    }
    lines = teddy.findLines(base + from, base + stop);
    line = 0;
    searched = Math.min(stop, teddy.reached() - base);
    teddy.user = self;
    return true;
  }

  /** The newline that ends the last whole line of [from, most), so that its line is behind it; `to` at the very end. */
  function wholeLines(from: number, most: number): number {
    if (most === to) return to;
    return from + bytes.subarray(from, most).lastIndexOf(NEWLINE);
  }

  return {
    over(given, end) {
      bytes = given;
      to = end;
      isNear = given.buffer === teddy.bytes.buffer;
      base = given.byteOffset;
      searched = 0;
      line = 0;
      lines = 0;
    },
    leave() {
      bytes = NOTHING;
      to = 0;
      plain?.leave();
    },
    next(from) {
      // A listener may have made another scan use the search in between.
      if (teddy.user !== self) {
        searched = Math.min(searched, from);
        lines = 0;
      }
      for (;;) {
        for (; line < lines; line += 1) {
          const start = (teddy.lines[2 * line] ?? 0) - base;
          if (start < from || (start === from && bytes[from] === NEWLINE)) continue;
          kinds = teddy.lines[2 * line + 1] ?? null;
          return start;
        }
        const next = Math.max(from, searched);
        if (next >= to) return -1;
        if (search(next)) continue;
        kinds = null;
        plain ??= createPlainLines(literals);
        plain.over(bytes, to);
        return plain.next(next);
      }
    },
    kinds: () => kinds,
    count(from, end) {
      const isThere = isNear || (teddy.user === self && from >= copied && end <= searched);
      return isThere && end - from >= FEW_BYTES
        ? teddy.countNewlines(base + from, base + end)
        : countNewlines(bytes, from, end);
    },
    tune() {},
    reset() {},
  };
}
