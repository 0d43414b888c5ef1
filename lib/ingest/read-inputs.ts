/**
 * Reads all inputs of a run: the sources of one log one after the other, different logs side by side. Files
 * advance in step with the event time that has been found in them, so that logs of the same days meet without
 * being held whole; streams are read as they come.
 */
import { Observable } from 'rxjs';
import { reasonOf } from './input-error.js';
import type { InputProblem, Inputs, PieceMemory, Source, SourceGroup } from './types.js';

/** A piece of a source; `chunk` is null once, when the source has ended. Valid only during the call. */
export interface Read {
  readonly source: Source;
  readonly chunk: Uint8Array | null;
}

export interface ReadOptions {
  /** How far the events found in a log have got, ms; null where none was found yet. */
  readonly frontier: (group: SourceGroup) => number | null;
  readonly onProblem: (problem: InputProblem) => void;
  /** Waited for between two pieces: back-pressure of whoever takes the output. */
  readonly ready?: (() => Promise<void> | undefined) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What is read into; asked for when a source is begun. Default: memory of its own. */
  readonly memory?: (() => PieceMemory | undefined) | undefined;
}

export function readInputs(inputs: Inputs, options: ReadOptions): Observable<Read> {
  return new Observable((subscriber) => {
    const stop = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
    const logs = inputs.groups.map((group) => ({ group, reads: readLog(group, options, signal) }));
    const emit = async (read: Read): Promise<void> => {
      subscriber.next(read);
      await options.ready?.();
    };
    const streams = logs.filter(({ group }) => group.sources.some((source) => source.kind === 'stream'));
    const files = logs.filter((log) => !streams.includes(log));
    Promise.all([inStep(files, options, emit), ...streams.map(({ reads }) => each(reads, emit))]).then(
      () => subscriber.complete(),
      (error: unknown) => subscriber.error(error),
    );
    return () => stop.abort();
  });
}

type Emit = (read: Read) => Promise<void>;
interface Log {
  readonly group: SourceGroup;
  readonly reads: AsyncGenerator<Read>;
}

async function each(reads: AsyncGenerator<Read>, emit: Emit): Promise<void> {
  for await (const read of reads) await emit(read);
}

/** Takes the next piece of the log that is furthest behind in event time; one without events goes first. */
async function inStep(logs: readonly Log[], options: ReadOptions, emit: Emit): Promise<void> {
  const running = new Set(logs);
  while (running.size > 0) {
    let behind: Log | null = null;
    let at = Number.POSITIVE_INFINITY;
    for (const log of running) {
      const frontier = options.frontier(log.group) ?? Number.NEGATIVE_INFINITY;
      if (behind === null || frontier < at) {
        behind = log;
        at = frontier;
      }
    }
    if (behind === null) return;
    const { value, done } = await behind.reads.next();
    if (done) running.delete(behind);
    else await emit(value);
  }
}

async function* readLog(group: SourceGroup, options: ReadOptions, signal: AbortSignal): AsyncGenerator<Read> {
  for (const source of group.sources) {
    if (signal.aborted) return;
    try {
      for await (const chunk of source.read(signal, options.memory?.())) yield { source, chunk };
    } catch (error) {
      options.onProblem({ source: source.name, reason: reasonOf(error) });
    }
    yield { source, chunk: null };
  }
}
