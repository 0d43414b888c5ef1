/**
 * The sink of `--output FILE`: whole lines at the end of a file that others rotate. A disk that is full does not
 * stop the run: lines wait, the oldest are given up when too many do, and how many is said.
 */
import type { SavedOutput } from '../checkpoint/types.js';
import { reasonOf } from '../ingest/input-error.js';
import { counted } from '../report/quantity.js';
import { CHECK_MS, createOutputAppender } from './output-append.js';
import { type FileIdentity, nodeOutputFs, type OutputFs } from './output-fs.js';
import { linesSince } from './output-lines.js';
import { createOutputQueue } from './output-queue.js';
import { badValue, UsageError } from './usage-error.js';

export interface OutputFileOptions {
  readonly fs?: OutputFs;
  /** Milliseconds; only differences count. */
  readonly now?: () => number;
  /** Calls the listener every so many ms. Returns what stops it. */
  readonly every?: (ms: number, listener: () => void) => () => void;
  /** Where an earlier run stood. */
  readonly saved?: SavedOutput | null;
  /** Told each line that an earlier run wrote after it had saved where it stood, without knowing that it would. */
  readonly onUnsaved?: (line: string) => void;
  /** A sentence with the name of the file: once when writing fails, once when it works again. */
  readonly onProblem?: (text: string) => void;
}

export interface OutputFile {
  /** One or more whole lines. Never throws. */
  write(text: string): void;
  /** Settles when the disk has caught up; undefined where it has, or where waiting for it is no use: it is full. */
  drained(): Promise<void> | undefined;
  /** Settles when all that was written is out, or cannot get out now. */
  flushed(): Promise<void>;
  /**
   * Now. Goes into the state, in the same moment as everything else that does. `next`: whole lines that are given
   * to `write` as soon as that state is safe; should the process end before, the run that goes on from it writes them.
   */
  position(next?: string): SavedOutput;
  /** The file that lines go to now. */
  identity(): FileIdentity;
  /** Lines that were given up, of all runs that go on from each other. */
  lost(): number;
  /**
   * Tries once more to write what waits, and lets go of the file. What then still waits stays in `position()`: false
   * where there is any.
   */
  close(): Promise<boolean>;
}

/** Of lines that wait for a disk that takes none. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
const MAX_WAITING_LINES = 10_000;
/** Bytes above which the reading of logs waits for a disk that is only slow. */
const HIGH_WATER = 256 * 1024;

/** Mistakes in the command line. Any other error, of a disk, is told and tried again: the node may be sick. */
const MISTAKES = new Set([
  'ENOENT',
  'ENOTDIR',
  'EISDIR',
  'EACCES',
  'EPERM',
  'ELOOP',
  'ENAMETOOLONG',
  'ENXIO',
]);

/** Throws a UsageError where the file cannot be there. */
export async function openOutputFile(path: string, options: OutputFileOptions = {}): Promise<OutputFile> {
  const { fs = nodeOutputFs, now = Date.now, every = everyUnreferenced, onProblem = () => {} } = options;
  const { saved = null, onUnsaved = () => {} } = options;
  const queue = createOutputQueue();
  const appender = createOutputAppender(path, fs, now, saved);
  let lost = saved?.lost ?? 0;
  let lostBefore = lost;
  let stopRetrying: (() => void) | null = null;
  let working: Promise<void> | null = null;
  let closed = false;
  let draining: { readonly promise: Promise<void>; readonly resolve: () => void } | null = null;

  const settle = () => {
    if (draining === null || (stopRetrying === null && !closed && queue.bytes > HIGH_WATER)) return;
    draining.resolve();
    draining = null;
  };

  const failed = (error: unknown): void => {
    const { code } = error as NodeJS.ErrnoException;
    // The file that it was is gone from the server, or the descriptor with it.
    if (code === 'ESTALE' || code === 'EBADF') appender.reopen(queue);
    lost += queue.trim(MAX_WAITING_BYTES, MAX_WAITING_LINES);
    if (stopRetrying !== null || closed) return;
    onProblem(`${path}: cannot be written: ${reasonOf(error)}; lines wait, it is tried again every second`);
    stopRetrying = every(CHECK_MS, kick);
  };

  const worksAgain = (): void => {
    if (stopRetrying === null) return;
    stopRetrying();
    stopRetrying = null;
    const given = lost - lostBefore;
    onProblem(
      `${path}: is written again; ${given === 0 ? 'nothing was lost' : `${counted(given, 'line')} had to be given up`}`,
    );
    lostBefore = lost;
  };

  const pump = async (): Promise<void> => {
    try {
      while (queue.length > 0) {
        await appender.append(queue);
        settle();
      }
      worksAgain();
    } catch (error) {
      failed(error);
    }
    working = null;
    settle();
  };

  const kick = (): void => {
    if (queue.length > 0) working ??= pump();
  };

  try {
    if (saved !== null)
      // Said twice where it cannot be known is better than not at all.
      for (const line of await notYetWritten(saved, fs, onUnsaved).catch(() => saved.waiting))
        queue.push(line);
    await appender.open();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code = '' } = error as NodeJS.ErrnoException;
    if (MISTAKES.has(code)) {
      const why = code === 'ENOENT' ? 'its directory does not exist: create it' : reasonOf(error);
      throw badValue('--output', 'a file that can be written', path, ` (${why})`);
    }
    failed(error);
  }
  kick();

  return {
    write(text) {
      if (closed) return;
      for (const line of linesOf(text)) queue.push(line);
      if (stopRetrying === null) kick();
      else lost += queue.trim(MAX_WAITING_BYTES, MAX_WAITING_LINES);
    },
    drained() {
      if (closed || stopRetrying !== null || queue.bytes <= HIGH_WATER) return undefined;
      draining ??= deferred();
      return draining.promise;
    },
    async flushed() {
      while (working !== null && stopRetrying === null) await working;
    },
    position: (next = '') => ({
      ...appender.place(),
      waiting: [...queue.lines(), ...linesOf(next)],
      lost,
    }),
    identity: appender.identity,
    lost: () => lost,
    async close() {
      if (closed) return queue.length === 0;
      await working;
      closed = true;
      kick();
      await working;
      stopRetrying?.();
      stopRetrying = null;
      if (queue.length > 0) onProblem(`${path}: ${counted(queue.length, 'line')} could not be written`);
      await appender.close();
      settle();
      return queue.length === 0;
    },
  };
}

/** Lines that waited when the state was saved, without those that were written before the process ended. */
async function notYetWritten(
  saved: SavedOutput,
  fs: OutputFs,
  onUnsaved: (line: string) => void,
): Promise<readonly string[]> {
  const places = new Map(saved.waiting.map((line, index) => [line, index]));
  let next = 0;
  for await (const line of linesSince(saved, fs)) {
    const place = places.get(line);
    if (place === undefined) onUnsaved(line);
    else next = Math.max(next, place + 1);
  }
  return saved.waiting.slice(next);
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

function everyUnreferenced(ms: number, listener: () => void): () => void {
  const timer = setInterval(listener, ms).unref();
  return () => clearInterval(timer);
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
