/**
 * Adds literals of a few bytes to a search that is made for longer ones.
 *
 * Each short literal is searched by itself with the engine's own `indexOf`. The bytes are taken in blocks, so that
 * a literal which is rare here is not searched to the end of the buffer again for every hit of another.
 */
import type { LiteralHit, LiteralSearch, Needle } from './literal-search.js';

const BLOCK_BYTES = 4096;

export function createShortLiteralSearch(shorts: readonly Needle[], longer: LiteralSearch): LiteralSearch {
  // A literal that crosses the end of a block is looked for in the block where it starts. The longest literal of
  // the other search is not known here, so its hits are looked for over the rest of the line as well.
  const find = (bytes: Uint8Array, from: number, to: number): LiteralHit | null => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let block = from; block < to; ) {
      const end = Math.min(to, block + BLOCK_BYTES);
      // The newline is of the next block: a literal may begin with it.
      const newline = end < to ? buffer.indexOf(10, end - 1) : -1;
      const blockEnd = newline < 0 || newline >= to ? to : newline;
      let best = longer.find(bytes, block, blockEnd);
      for (const { index, bytes: needle } of shorts) {
        const limit = best === null ? blockEnd : Math.min(blockEnd, best.start + needle.length);
        const start = buffer.subarray(block, limit).indexOf(needle);
        if (start >= 0 && (best === null || block + start < best.start)) {
          best = { start: block + start, literal: index };
        }
      }
      if (best !== null) return best;
      block = blockEnd;
    }
    return null;
  };
  return { find };
}
