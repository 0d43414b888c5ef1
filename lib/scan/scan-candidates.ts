/** The scan stage as an RxJS operator: pieces of sources in, batches of candidate lines out. */
import { Observable, type OperatorFunction } from 'rxjs';
import { createScanner } from './scanner.js';
import type { CandidateLine, ScanCounts, Scanner, ScannerOptions } from './types.js';

export interface ScanOptions
  extends Pick<
    ScannerOptions,
    'literals' | 'longLiterals' | 'blockLiterals' | 'limits' | 'onLongLine' | 'onLineBehind'
  > {
  /** Shown lines from the head and the very last line of each source, candidates or not. */
  readonly onSample?: (source: string, text: string, lineNumber: number, last: boolean) => void;
  /** Added up over all sources while it runs. */
  readonly counts: ScanCounts;
  /** Ticks of a live run: a source that was quiet since the last one gives out what it held back. */
  readonly ticks?: Observable<unknown>;
}

/** Bytes of the end of a source that are kept to find its last line in. */
const LAST_LINE_BYTES = 4096;

interface Scanned {
  readonly scanner: Scanner;
  last: Uint8Array;
  /** What `counts` already has of it. */
  added: ScanCounts;
  bytesAtTick: number;
}

const NOTHING: ScanCounts = { bytes: 0, lines: 0, candidates: 0, truncatedLines: 0, truncatedBytes: 0 };

/**
 * Takes `{source, chunk}`; a null chunk ends the source. Emits batches that hold a line, and a batch with every
 * tick, often an empty one: that is how time passes in a live stream.
 */
export function scanCandidates(
  options: ScanOptions,
): OperatorFunction<
  { readonly source: { readonly name: string }; readonly chunk: Uint8Array | null },
  readonly CandidateLine[]
> {
  return (reads) =>
    new Observable((subscriber) => {
      const open = new Map<string, Scanned>();
      let batch: CandidateLine[] = [];
      const flush = (): void => {
        if (batch.length === 0) return;
        const full = batch;
        batch = [];
        subscriber.next(full);
      };
      const start = (name: string): Scanned => {
        const { onSample } = options;
        const scanner = createScanner({
          source: name,
          literals: options.literals,
          ...(options.longLiterals && { longLiterals: options.longLiterals }),
          ...(options.blockLiterals && { blockLiterals: options.blockLiterals }),
          ...(options.limits && { limits: options.limits }),
          ...(options.onLongLine && { onLongLine: options.onLongLine }),
          ...(options.onLineBehind && { onLineBehind: options.onLineBehind }),
          onCandidate: (candidate) => batch.push(candidate),
          ...(onSample && {
            onHead: (text: string, lineNumber: number) => onSample(name, text, lineNumber, false),
          }),
        });
        const scanned: Scanned = { scanner, last: new Uint8Array(0), added: NOTHING, bytesAtTick: 0 };
        open.set(name, scanned);
        return scanned;
      };
      const end = (name: string): void => {
        const scanned = open.get(name);
        if (scanned === undefined) return;
        open.delete(name);
        scanned.scanner.end();
        count(scanned);
        const text = lastLine(scanned.last);
        if (text !== null) options.onSample?.(name, text, scanned.scanner.counts.lines, true);
      };
      const count = (scanned: Scanned): void => {
        const now = { ...scanned.scanner.counts };
        for (const key of Object.keys(now) as (keyof ScanCounts)[]) {
          options.counts[key] += now[key] - scanned.added[key];
        }
        scanned.added = now;
      };
      const ticking = options.ticks?.subscribe(() => {
        for (const scanned of open.values()) {
          const { bytes } = scanned.scanner.counts;
          if (bytes === scanned.bytesAtTick) scanned.scanner.flush();
          scanned.bytesAtTick = bytes;
        }
        const full = batch;
        batch = [];
        subscriber.next(full);
      });
      const reading = reads.subscribe({
        next({ source, chunk }) {
          if (chunk === null) end(source.name);
          else {
            const scanned = open.get(source.name) ?? start(source.name);
            scanned.scanner.push(chunk);
            scanned.last = endOf(scanned.last, chunk);
            count(scanned);
          }
          flush();
        },
        error: (error) => subscriber.error(error),
        complete() {
          ticking?.unsubscribe();
          for (const name of [...open.keys()]) end(name);
          flush();
          subscriber.complete();
        },
      });
      return () => {
        ticking?.unsubscribe();
        reading.unsubscribe();
      };
    });
}

function endOf(before: Uint8Array, chunk: Uint8Array): Uint8Array {
  if (chunk.length >= LAST_LINE_BYTES) return chunk.slice(-LAST_LINE_BYTES);
  const joined = new Uint8Array(before.length + chunk.length);
  joined.set(before);
  joined.set(chunk, before.length);
  return joined.length > LAST_LINE_BYTES ? joined.slice(-LAST_LINE_BYTES) : joined;
}

function lastLine(bytes: Uint8Array): string | null {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').split('\n');
  // The first piece may be the end of a line that began before what was kept.
  const whole = bytes.length < LAST_LINE_BYTES ? lines : lines.slice(1);
  return whole.findLast((line) => line.trim() !== '') ?? null;
}
