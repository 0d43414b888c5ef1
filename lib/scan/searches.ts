/** The searches that a scan is made of: for what is a candidate, for what is long, and for where to stop at all. */
import { createBlocks } from './block-lines.js';
import { JOURNAL_MARKERS } from './journal-export.js';
import { createLiteralSearch } from './literal-search.js';
import { createStopLines, KIND, type StopLiteral } from './stop-lines.js';
import type { Blocks } from './teddy/blocks.js';
import { teddyFor } from './teddy/teddy.js';
import type { ScanLiterals } from './types.js';

/** All that a scan stops at. */
export function stopLiterals({
  literals,
  longLiterals = [],
  blockLiterals = [],
}: ScanLiterals): readonly StopLiteral[] {
  const patterns = [...new Set([...literals, ...longLiterals])];
  return [
    ...patterns.map((literal) => ({ literal, kind: KIND.pattern })),
    // The start of a journal entry is searched for as well: read from there, its data cannot be mistaken for lines.
    ...JOURNAL_MARKERS.map((literal) => ({ literal, kind: KIND.marker })),
    ...blockLiterals.map(({ literal }) => ({ literal, kind: KIND.block })),
  ];
}

/** Memory that is searched where it stands; undefined where SIMD is missing. */
export function blocksFor(literals: ScanLiterals): Blocks | undefined {
  return teddyFor(stopLiterals(literals))?.blocks;
}

/** `left`: lines that a block still lets through. Throws a TypeError where a literal is empty or holds a newline. */
export function createSearches(given: ScanLiterals, lineBytes: number, left: number, plain: boolean) {
  const longLiterals = given.longLiterals ?? [];
  const literals = [...new Set([...given.literals, ...longLiterals])];
  for (const literal of literals)
    if (literal.startsWith('\n'))
      throw new TypeError(`literal ${JSON.stringify(literal)} begins with a newline: only a block's may`);
  const blockLiterals = given.blockLiterals ?? [];
  const longBlocks = blockLiterals.filter(({ long }) => long === true).map(({ literal }) => literal);
  return {
    search: createLiteralSearch(literals),
    long: createLiteralSearch([...longLiterals, ...longBlocks]),
    blocks: createBlocks(blockLiterals, lineBytes, left),
    stops: createStopLines(stopLiterals(given), plain),
  };
}
