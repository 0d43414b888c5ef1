/**
 * Takes the documents out of what is read: profiles, dumps, outputs of commands and configuration are collected
 * and read whole, everything else goes on to be scanned as a log. An RxJS operator between ingest and scan.
 */
import { interval, Observable, type OperatorFunction } from 'rxjs';
import type { Collector } from './collect.js';
import { collectBytes, collectTrace } from './collect.js';
import { HEAD_BYTES, holdsLogLine, recognise } from './recognise.js';
import type { EvidenceProblem, EvidenceReading } from './types.js';

/** A piece of a source; `chunk` is null once, when the source has ended. */
export interface Piece {
  readonly source: {
    readonly name: string;
    readonly kind: 'file' | 'stream';
    /** A stream that has one is followed: always a log. */
    readonly key?: string;
    readonly bundle?: { readonly name: string; readonly host: string | null };
  };
  readonly chunk: Uint8Array | null;
}

export interface DivertOptions {
  /** Told what a document said. `alone`: the source was nothing but a document. */
  readonly onReading: (reading: EvidenceReading, source: Piece['source'], alone: boolean) => void;
  readonly onProblem: (problem: EvidenceProblem) => void;
  /** Shown what goes into documents alone. */
  readonly onOnlyDocument: (chunk: Uint8Array) => void;
  /** Readings under way: to be waited for before more is read, and before the end. */
  readonly pending: Set<Promise<void>>;
}

/** A stream may come in small pieces: so much of it is waited for before it is told what it is… */
const STREAM_HEAD_BYTES = 4096;
/** …but a live one no longer than this. */
const STREAM_WAIT_MS = 250;
/** Of a log that begins with a document so much is read as one. */
const MIXED_BYTES = 1024 * 1024;

interface Undecided {
  readonly piece: Piece;
  held: Uint8Array[];
  bytes: number;
  ticks: number;
}

/** A quarter of a second of silence, so many times, is enough where no line looks like a log's. */
const PATIENCE = 8;

export function divertDocuments<P extends Piece>(options: DivertOptions): OperatorFunction<P, P> {
  return (pieces) =>
    new Observable((subscriber) => {
      const undecided = new Map<string, Undecided>();
      const collectors = new Map<string, { readonly collector: Collector; readonly alone: boolean }>();
      const logs = new Set<string>();

      const finish = (piece: P, name: string): void => {
        const entry = collectors.get(name);
        collectors.delete(name);
        if (entry === undefined) return;
        const reading = entry.collector
          .end()
          .then((found) => options.onReading(found, piece.source, entry.alone))
          .finally(() => options.pending.delete(reading));
        options.pending.add(reading);
      };

      const decide = (piece: P, head: Uint8Array): void => {
        const { name } = piece.source;
        undecided.delete(name);
        const kind = recognise(head.subarray(0, HEAD_BYTES));
        if (kind === 'binary')
          options.onProblem({
            source: name,
            line: null,
            reason: 'looks binary: neither a log nor a profile that leaktrail knows',
          });
        if (kind === 'log' || kind === 'binary') logs.add(name);
        else {
          const collector =
            kind === 'trace'
              ? collectTrace(name)
              : kind === 'metrics'
                ? collectBytes(name, 'text')
                : collectBytes(name, kind, kind === 'text-and-log' ? MIXED_BYTES : undefined);
          collectors.set(name, { collector, alone: kind !== 'trace' && kind !== 'text-and-log' });
          // A panic may stand between the outputs of commands.
          if (kind === 'text' || kind === 'text-and-log') logs.add(name);
        }
        pass(piece, head);
      };

      const pass = (piece: P, chunk: Uint8Array): void => {
        if (chunk.length === 0) return;
        collectors.get(piece.source.name)?.collector.push(chunk);
        if (logs.has(piece.source.name)) subscriber.next({ ...piece, chunk });
        else options.onOnlyDocument(chunk);
      };

      const ticking = interval(STREAM_WAIT_MS).subscribe(() => {
        for (const waiting of undecided.values()) {
          waiting.ticks += 1;
          const head = Buffer.concat(waiting.held);
          // A banner may come long before what follows it; a log shows itself by its first line.
          if (waiting.ticks > PATIENCE || (waiting.ticks > 1 && holdsLogLine(head)))
            decide(waiting.piece as P, head);
        }
      });

      const reading = pieces.subscribe({
        next(piece) {
          const { source, chunk } = piece;
          const { name } = source;
          // Where a followed source stands must be known at any time: nothing of it is held back, or read as a
          // whole. Stacks and profiles in it are found as in any log.
          if (source.kind === 'stream' && source.key !== undefined) {
            subscriber.next(piece);
            return;
          }
          const known = logs.has(name) || collectors.has(name);
          if (chunk !== null && known) {
            pass(piece, chunk);
            return;
          }
          let waiting = undecided.get(name);
          if (chunk === null) {
            if (!known) decide(piece, Buffer.concat(waiting?.held ?? []));
            finish(piece, name);
            if (logs.delete(name)) subscriber.next(piece);
            return;
          }
          const enough = source.kind === 'file' ? HEAD_BYTES : STREAM_HEAD_BYTES;
          if (waiting === undefined && chunk.length >= enough) {
            decide(piece, chunk);
            return;
          }
          if (waiting === undefined) {
            waiting = { piece, held: [], bytes: 0, ticks: 0 };
            undecided.set(name, waiting);
          }
          // The chunk's memory is used again: what waits is copied.
          waiting.held.push(Uint8Array.from(chunk));
          waiting.bytes += chunk.length;
          if (waiting.bytes >= enough) decide(piece, Buffer.concat(waiting.held));
        },
        error: (error) => subscriber.error(error),
        complete() {
          for (const waiting of [...undecided.values()])
            decide(waiting.piece as P, Buffer.concat(waiting.held));
          subscriber.complete();
        },
      });
      return () => {
        ticking.unsubscribe();
        reading.unsubscribe();
      };
    });
}
