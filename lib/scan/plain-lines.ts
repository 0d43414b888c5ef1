/** Finds the lines that hold a literal, in JavaScript: the reference, and the way where SIMD is missing. */
import { createLiteralSearch, type LiteralSearch } from './literal-search.js';
import { countNewlines } from './newline-count.js';
import type { StopLines, StopLiteral } from './stop-lines.js';

const NEWLINE = 10;
/** A first chunk of this size is a fair sample of the log. */
const SAMPLE_BYTES = 16 * 1024;
/** What a live source has to give before a search of its own pays. */
const LIVE_BYTES = 8 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);

/** Throws a TypeError where a literal is empty or holds a newline. */
export function createPlainLines(stops: readonly StopLiteral[]): StopLines {
  const literals = stops.map(({ literal }) => literal);
  let search: LiteralSearch = createLiteralSearch(literals);
  let isTuned = false;
  let seen = 0;
  let bytes: Buffer = NOTHING;
  let to = 0;
  return {
    over(given, end) {
      bytes = given;
      to = end;
    },
    leave() {
      bytes = NOTHING;
      to = 0;
    },
    next(from) {
      const hit = search.find(bytes, from, to);
      if (hit === null) return -1;
      if (bytes[hit.start] === NEWLINE) return hit.start + 1;
      return from + bytes.subarray(from, hit.start).lastIndexOf(NEWLINE) + 1;
    },
    kinds: () => null,
    count: (from, end) => countNewlines(bytes, from, end),
    /**
     * A log is searched fastest where its own text tells which parts of a literal are rare in it. That costs a
     * millisecond and some hundred kilobytes: a `live` source has to show that it has much to say.
     */
    tune(chunk, live) {
      seen += chunk.length;
      if (isTuned || chunk.length < SAMPLE_BYTES || (live && seen < LIVE_BYTES)) return;
      search = createLiteralSearch(literals, chunk);
      isTuned = true;
    },
    reset() {
      seen = 0;
      if (!isTuned) return;
      search = createLiteralSearch(literals);
      isTuned = false;
    },
  };
}
