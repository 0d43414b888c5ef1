/**
 * The scan stage as an RxJS operator: pieces of sources in, batches of candidate lines out. Of sources that are
 * followed it knows between two pieces where each one stands, so that a later run can go on from there.
 */
import { defer, Observable, type OperatorFunction } from 'rxjs';
import {
  COUNTS,
  createScannedSource,
  isFollowed,
  type ScannedSource,
  type ScanSource,
} from './scanned-source.js';
import { blocksFor } from './searches.js';
import type { Blocks } from './teddy/blocks.js';
import type { CandidateLine, ScanCounts, ScanLiterals, ScannerOptions, ScanPosition } from './types.js';

export type { ScanSource } from './scanned-source.js';

export interface ScanOptions
  extends ScanLiterals,
    Pick<ScannerOptions, 'limits' | 'onLongLine' | 'onLineBehind'> {
  /** Shown lines from the head and the very last line of each source, candidates or not. */
  readonly onSample?: (source: string, text: string, lineNumber: number, last: boolean) => void;
  /**
   * Shown the last whole line of what a followed source has given: of the first piece, once a mebibyte while more
   * is there to be read, and when that has been. How far a source has got in time can be read from it.
   */
  readonly onLastLine?: (source: ScanSource, text: string, lineNumber: number) => void;
  /** Added up over all sources while it runs. */
  readonly counts: ScanCounts;
  /** Ticks of a live run: a source that was quiet since the last one gives out what it held back. */
  readonly ticks?: Observable<unknown>;
  /** A stream that gives nothing more for so long gives out what it held back, ms. Default: only ticks see to it. */
  readonly quietMs?: number;
}

/** What a run knows of the scan, as of the last `remember`. Plain data. */
export interface ScanningMemory {
  /** Of what is before the positions, and of all other sources. */
  readonly counts: ScanCounts;
  /** Where each followed source stands, by key. */
  readonly positions: Map<string, ScanPosition>;
}

export function newScanningMemory(): ScanningMemory {
  return {
    counts: { bytes: 0, lines: 0, candidates: 0, truncatedLines: 0, truncatedBytes: 0 },
    positions: new Map(),
  };
}

/** A null chunk ends the source: its last line counts without a newline. */
export interface ScanPiece {
  readonly source: ScanSource;
  readonly chunk: Uint8Array | null;
  /** More was there to be read when this was. */
  readonly more?: boolean;
}

export interface Scanning {
  /**
   * Emits batches that hold a line, and a batch with every tick, often an empty one: that is how time passes in a
   * live stream. A followed source does not end with the run: what waits in it is left to the next one.
   */
  readonly operator: OperatorFunction<ScanPiece, readonly CandidateLine[]>;
  /**
   * Where each followed source stands, by key; those of an earlier run that have not given a piece are among them.
   * To be asked between two pieces.
   */
  positions(): ReadonlyMap<string, ScanPosition>;
  /** `counts` without what lies behind the positions: the next run reads and counts that once more. */
  countsNow(): ScanCounts;
  /** Brings the memory up to date, between two pieces. */
  remember(): void;
  /** Looks for other literals in all that has not been dealt with. */
  use(literals: ScanLiterals): void;
  /** Blocks of memory whose bytes are searched where they stand; undefined where any will do. */
  memory(): Blocks | undefined;
}

/** The operator alone, for a run that does not go on later. */
export function scanCandidates(options: ScanOptions): OperatorFunction<ScanPiece, readonly CandidateLine[]> {
  return (pieces) => defer(() => createScanning(options).operator(pieces));
}

/** For one run: the operator is to be used once. What an earlier run counted is added to `counts`. */
export function createScanning(options: ScanOptions, memory = newScanningMemory()): Scanning {
  const { onSample, onLastLine } = options;
  const open = new Map<string, ScannedSource>();
  /** Those that gave something and were not quiet since: of thousands that are followed mostly none. */
  const lively = new Set<ScannedSource>();
  /** Of sources that have not given a piece. */
  const resume = new Map(memory.positions);
  let wanted: ScanLiterals = options;
  let batch: CandidateLine[] = [];
  for (const key of COUNTS) options.counts[key] += memory.counts[key];

  function startOf({ key, start }: ScanSource): ScanPosition | undefined {
    const saved = key === undefined ? undefined : resume.get(key);
    if (key !== undefined) resume.delete(key);
    // What was saved of the lines before is of no use where reading begins elsewhere.
    return saved !== undefined && (start === undefined || start.offset === saved.offset) ? saved : start;
  }

  function begin(source: ScanSource): ScannedSource {
    const { name } = source;
    const start = startOf(source);
    const scanned = createScannedSource({
      of: source,
      source: name,
      ...(isFollowed(source) && source.key !== undefined && { part: source.key }),
      total: options.counts,
      onLastLine,
      ...(start && { start }),
      literals: wanted.literals,
      ...(wanted.longLiterals && { longLiterals: wanted.longLiterals }),
      ...(wanted.blockLiterals && { blockLiterals: wanted.blockLiterals }),
      ...(options.limits && { limits: options.limits }),
      ...(options.onLongLine && { onLongLine: options.onLongLine }),
      ...(options.onLineBehind && { onLineBehind: options.onLineBehind }),
      onCandidate: (candidate) => batch.push(candidate),
      ...(onSample && {
        onHead: (text: string, lineNumber: number) => onSample(name, text, lineNumber, false),
      }),
    });
    open.set(keyOf(source), scanned);
    return scanned;
  }

  function end(key: string): void {
    resume.delete(key);
    const scanned = open.get(key);
    if (scanned === undefined) return;
    open.delete(key);
    lively.delete(scanned);
    const last = scanned.end();
    if (last !== null) onSample?.(scanned.source.name, last.text, last.line, true);
  }

  function taken(): readonly CandidateLine[] {
    const full = batch;
    batch = [];
    return full;
  }

  function positions(): Map<string, ScanPosition> {
    const all = new Map(resume);
    for (const [key, scanned] of open) if (scanned.isFollowed) all.set(key, scanned.position());
    return all;
  }

  function countsNow(): ScanCounts {
    const now = { ...options.counts };
    for (const scanned of open.values()) {
      if (!scanned.isFollowed) continue;
      const ahead = scanned.ahead();
      for (const key of COUNTS) now[key] -= ahead[key];
    }
    return now;
  }

  return {
    operator: (pieces) =>
      new Observable((subscriber) => {
        const emit = (): void => {
          if (batch.length > 0) subscriber.next(taken());
        };
        /** Streams that gave something, with the bytes they had given when that was last looked at. */
        const recent = new Map<ScannedSource, number>();
        let waiting: ReturnType<typeof setTimeout> | undefined;
        const settle = (): void => {
          waiting = undefined;
          for (const [scanned, bytes] of recent) {
            if (scanned.bytes !== bytes) recent.set(scanned, scanned.bytes);
            else {
              recent.delete(scanned);
              scanned.flush();
            }
          }
          if (recent.size > 0) waiting = setTimeout(settle, options.quietMs);
          emit();
        };
        const expectQuiet = (scanned: ScannedSource): void => {
          if (options.quietMs === undefined || scanned.source.kind !== 'stream') return;
          recent.set(scanned, scanned.bytes);
          waiting ??= setTimeout(settle, options.quietMs);
        };
        const ticking = options.ticks?.subscribe(() => {
          for (const scanned of lively) if (!scanned.tick()) lively.delete(scanned);
          subscriber.next(taken());
        });
        const reading = pieces.subscribe({
          next({ source, chunk, more }) {
            const key = keyOf(source);
            if (chunk === null) end(key);
            else {
              const scanned = open.get(key) ?? begin(source);
              scanned.push(chunk, more === true);
              lively.add(scanned);
              expectQuiet(scanned);
            }
            emit();
          },
          error: (error) => subscriber.error(error),
          complete() {
            ticking?.unsubscribe();
            clearTimeout(waiting);
            for (const [key, { source }] of [...open]) if (!isFollowed(source)) end(key);
            emit();
            subscriber.complete();
          },
        });
        return () => {
          ticking?.unsubscribe();
          clearTimeout(waiting);
          reading.unsubscribe();
        };
      }),
    positions,
    countsNow,
    memory: () => blocksFor(wanted),
    remember() {
      const { counts, positions: known } = memory;
      const now = countsNow();
      for (const key of COUNTS) counts[key] = now[key];
      known.clear();
      for (const [key, position] of positions()) known.set(key, position);
    },
    use(literals) {
      wanted = literals;
      for (const scanned of open.values()) scanned.use(literals);
    },
  };
}

function keyOf({ key, name }: ScanSource): string {
  return key ?? name;
}
