/** The searches that a scan is made of: for what is a candidate, for what is long, and for where to stop at all. */
import { createBlocks } from './block-lines.js';
import { JOURNAL_MARKERS } from './journal-export.js';
import { createLiteralSearch, type LiteralSearch } from './literal-search.js';
import type { ScanLiterals } from './types.js';

/** A first chunk of this size is a fair sample of the log. */
const SAMPLE_BYTES = 16 * 1024;
/** What a live source has to give before a search of its own pays. */
const LIVE_BYTES = 8 * 1024 * 1024;

/** `left`: lines that a block still lets through. Throws a TypeError where a literal is empty or holds a newline. */
export function createSearches(given: ScanLiterals, lineBytes: number, left: number) {
  const longLiterals = given.longLiterals ?? [];
  const literals = [...new Set([...given.literals, ...longLiterals])];
  const blockLiterals = given.blockLiterals ?? [];
  const longBlocks = blockLiterals.filter(({ long }) => long === true).map(({ literal }) => literal);
  return {
    search: createLiteralSearch(literals),
    long: createLiteralSearch([...longLiterals, ...longBlocks]),
    blocks: createBlocks(blockLiterals, lineBytes, left),
    // The start of a journal entry is searched for as well: read from there, its data cannot be mistaken for lines.
    stops: createStops([...literals, ...JOURNAL_MARKERS, ...blockLiterals.map(({ literal }) => literal)]),
  };
}

/** What the lines without a hit are skipped by. */
function createStops(literals: readonly string[]) {
  let search: LiteralSearch = createLiteralSearch(literals);
  let isTuned = false;
  let bytes = 0;
  return {
    find: (buffer: Buffer, from: number, to: number) => search.find(buffer, from, to),
    /**
     * A log is searched fastest where its own text tells which parts of a literal are rare in it. That costs a
     * millisecond and some hundred kilobytes: a `live` source has to show that it has much to say.
     */
    tune(chunk: Buffer, live: boolean): void {
      bytes += chunk.length;
      if (isTuned || chunk.length < SAMPLE_BYTES || (live && bytes < LIVE_BYTES)) return;
      search = createLiteralSearch(literals, chunk);
      isTuned = true;
    },
    /** The source is quiet. */
    reset(): void {
      bytes = 0;
      if (!isTuned) return;
      search = createLiteralSearch(literals);
      isTuned = false;
    },
  };
}
