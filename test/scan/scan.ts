/** Runs the scanner over a whole input, cut into chunks, and collects what it gives. */
import { deepStrictEqual } from 'node:assert';
import { createScanner, DEFAULT_LIMITS } from '../../lib/scan/scanner.js';
import type { CandidateLine, ScanCounts, ScanLimits, ScannerOptions } from '../../lib/scan/types.js';

export type { CandidateLine, ScanCounts, ScanLimits };
export { DEFAULT_LIMITS };

export interface Scanned {
  readonly candidates: CandidateLine[];
  readonly counts: ScanCounts;
  readonly heads: [line: string, lineNumber: number][];
}

export type ScanSettings = Omit<ScannerOptions, 'source' | 'onCandidate' | 'onHead'>;

/** The search in JavaScript, and that in WebAssembly: whatever is tested of one must hold for the other. */
export const SEARCHES: readonly { readonly plain: boolean }[] = [{ plain: true }, { plain: false }];

let turns = 0;

/**
 * `nextSize` says how many bytes each chunk has, and the search changes from call to call. Without it all is in one
 * chunk, and both searches must give the same. The chunk is overwritten after use.
 */
export function scan(input: string | Buffer, settings: ScanSettings, nextSize?: () => number): Scanned {
  const bytes = typeof input === 'string' ? Buffer.from(input) : input;
  if (nextSize !== undefined) {
    turns += 1;
    return scanWith(bytes, { plain: turns % 2 === 0, ...settings }, nextSize);
  }
  const [plain, simd] = SEARCHES.map((search) =>
    scanWith(bytes, { ...search, ...settings }, () => bytes.length),
  );
  deepStrictEqual(simd, plain);
  return plain as Scanned;
}

function scanWith(bytes: Buffer, settings: ScanSettings, nextSize: () => number): Scanned {
  const candidates: CandidateLine[] = [];
  const heads: [string, number][] = [];
  const scanner = createScanner({
    ...settings,
    source: 'test',
    onCandidate: (candidate) => candidates.push(candidate),
    onHead: (line, lineNumber) => heads.push([line, lineNumber]),
  });
  for (let at = 0; at < bytes.length; ) {
    const size = nextSize();
    const chunk = Uint8Array.from(bytes.subarray(at, at + size));
    scanner.push(chunk);
    chunk.fill(0x0a);
    at += size;
  }
  scanner.end();
  return { candidates, counts: { ...scanner.counts }, heads };
}

/** The texts alone, for tests about which lines are found. */
export function texts(input: string | Buffer, settings: ScanSettings): string[] {
  return scan(input, settings).candidates.map(({ text }) => text);
}
