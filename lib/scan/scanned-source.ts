/**
 * One source on its way through the scan: its scanner, its last line, and what of its counts has been added to
 * those of the run. Of one that is followed it is known at any time where it stands.
 */
import { createScanner } from './scanner.js';
import type { ScanCounts, ScanLiterals, ScannerOptions, ScanPosition } from './types.js';

export interface ScanSource {
  readonly name: string;
  /** Tells sources apart that have the same name. Default: the name. A `stream` that has one is followed. */
  readonly key?: string;
  readonly kind?: 'file' | 'stream';
  /** Where the first piece stands. Default: the start of the source. */
  readonly start?: ScanPosition;
}

export interface LastLine {
  readonly text: string;
  /** Its number, 1-based. */
  readonly line: number;
}

export interface ScannedSourceOptions extends ScannerOptions {
  readonly of: ScanSource;
  /** Added up over all sources. */
  readonly total: ScanCounts;
  readonly onLastLine?: ((source: ScanSource, text: string, line: number) => void) | undefined;
}

/** Bytes of the end of a source that are kept to find its last line in. */
const LAST_LINE_BYTES = 4096;
/** The last line of a source that does not come to an end is shown so often, in bytes. */
const SHOWN_EVERY = 1024 * 1024;
export const COUNTS = ['bytes', 'lines', 'candidates', 'truncatedLines', 'truncatedBytes'] as const;

export type ScannedSource = ReturnType<typeof createScannedSource>;

export function isFollowed({ key, kind }: ScanSource): boolean {
  return kind === 'stream' && key !== undefined;
}

export function createScannedSource(options: ScannedSourceOptions) {
  const { of: source, total, onLastLine } = options;
  const followed = isFollowed(source);
  const scanner = createScanner({ ...options, live: followed });
  const { counts } = scanner;
  /** What `total` already has. */
  const added: ScanCounts = { ...counts };
  /** End of a source that is not followed. */
  let end: Uint8Array = new Uint8Array(0);
  /** Last whole line of one that is, and the bytes since it was shown. */
  let last: LastLine | null = null;
  let notShown = 0;
  /** Null since something has moved. */
  let position: ScanPosition | null = null;
  let bytesAtTick = 0;
  /** Has given out what it held back, and nothing came since. */
  let isQuiet = false;

  function moved(quiet: boolean): void {
    isQuiet = quiet;
    position = null;
    for (const key of COUNTS) {
      total[key] += counts[key] - added[key];
      added[key] = counts[key];
    }
  }

  let wasBehind = false;

  function showLast(bytes: number, more: boolean): void {
    notShown += bytes;
    // Of one that keeps up with its writer nobody asks how far it has got.
    const isTold = more ? notShown >= SHOWN_EVERY : wasBehind || last === null;
    wasBehind = more;
    if (!isTold) return;
    const found = scanner.lastLine();
    if (found === null || found.line === last?.line) return;
    last = found;
    notShown = 0;
    onLastLine?.(source, found.text, found.line);
  }

  function flush(): void {
    scanner.flush();
    moved(true);
  }

  return {
    source,
    isFollowed: followed,
    get bytes() {
      return counts.bytes;
    },
    flush,
    use(literals: ScanLiterals): void {
      scanner.use(literals);
      position = null;
    },
    push(chunk: Uint8Array, more: boolean): void {
      scanner.push(chunk);
      if (followed) {
        showLast(chunk.length, more);
        if (!more) scanner.release();
      } else end = endOf(end, chunk);
      moved(false);
    },
    /** Gives out what is held back where nothing came since the last tick; false once it has, until the next push. */
    tick(): boolean {
      if (counts.bytes === bytesAtTick && !isQuiet) flush();
      bytesAtTick = counts.bytes;
      return !isQuiet;
    },
    /** The last line of all, where it is known. */
    end(): LastLine | null {
      scanner.end();
      moved(true);
      return followed ? (scanner.lastLine() ?? last) : lastLine(end, counts.lines);
    },
    position(): ScanPosition {
      position ??= scanner.position();
      return position;
    },
    /** What `total` has of it that lies behind the position. */
    ahead(): ScanCounts {
      const ahead = { ...added };
      const counted = scanner.counted();
      for (const key of COUNTS) ahead[key] -= counted[key];
      return ahead;
    },
  };
}

function endOf(before: Uint8Array, chunk: Uint8Array): Uint8Array {
  // A copy: the chunk's memory is read into again, and `slice` of a Buffer would only be another view of it.
  if (chunk.length >= LAST_LINE_BYTES) return new Uint8Array(chunk.subarray(-LAST_LINE_BYTES));
  const joined = new Uint8Array(before.length + chunk.length);
  joined.set(before);
  joined.set(chunk, before.length);
  return joined.length > LAST_LINE_BYTES ? joined.slice(-LAST_LINE_BYTES) : joined;
}

function lastLine(bytes: Uint8Array, line: number): { readonly text: string; readonly line: number } | null {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').split('\n');
  // The first piece may be the end of a line that began before what was kept.
  const whole = bytes.length < LAST_LINE_BYTES ? lines : lines.slice(1);
  const text = whole.findLast((each) => each.trim() !== '');
  return text === undefined ? null : { text, line };
}
