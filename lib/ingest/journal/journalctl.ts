/**
 * One run of journalctl: its lines come as they are printed, until it ends or is stopped. Its standard output can be
 * paused: it then waits in its next write, and nothing grows.
 */
import { entryLines } from './entry-lines.js';
import { readStandardError } from './standard-error.js';
import type { JournalProcess, SpawnJournalctl, Timers } from './types.js';

/** From SIGTERM to SIGKILL, and from there until it is left alone: what hangs in the kernel cannot be waited for. */
const PATIENCE_MS = 500;

export interface RunOptions {
  readonly spawn: SpawnJournalctl;
  readonly timers: Timers;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** One character a byte, without the newline. */
  readonly onLine: (line: string) => void;
  /** A line that was too long. */
  readonly onDropped: (bytes: number) => void;
  /** All lines of a chunk have been given. */
  readonly onChunk: () => void;
  readonly onStandardError: (line: string) => void;
}

export type RunEnd =
  | {
      readonly kind: 'exit';
      readonly code: number | null;
      readonly signal: string | null;
      /** Its last lines on standard error, as far as `onStandardError` has not had them. */
      readonly said: readonly string[];
    }
  | { readonly kind: 'not-started'; readonly error: NodeJS.ErrnoException };

export interface Run {
  readonly ended: Promise<RunEnd>;
  pause(): void;
  resume(): void;
  /** No more lines come; resolves when it is gone. */
  stop(): Promise<void>;
}

export function runJournalctl(options: RunOptions): Run {
  const { timers } = options;
  let child: JournalProcess;
  try {
    child = options.spawn('journalctl', options.args, {
      // Else a directory that is gone looks as if journalctl was missing.
      cwd: '/',
      env: options.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    const ended = Promise.resolve<RunEnd>({ kind: 'not-started', error: error as NodeJS.ErrnoException });
    return { ended, pause: () => {}, resume: () => {}, stop: async () => {} };
  }
  const standardError = readStandardError(child.stderr, timers, options.onStandardError);
  const lines = entryLines(options.onLine, options.onDropped);
  let stopped = false;

  child.stdout.setEncoding('latin1');
  child.stdout.on('error', () => {});
  child.stdout.on('data', (text: string) => {
    if (stopped) return;
    lines.write(text);
    options.onChunk();
  });
  const ended = new Promise<RunEnd>((resolve) => {
    child.on('error', (error) => {
      // There is also an error where a signal could not be sent; then it has been started, and closes later.
      if ('syscall' in error && String(error.syscall).startsWith('spawn')) {
        standardError.end();
        resolve({ kind: 'not-started', error: error as NodeJS.ErrnoException });
      }
    });
    // Not its exit: what it printed before may still have to be read. A line it did not end is not an entry.
    child.on('close', (code, signal) => {
      resolve({ kind: 'exit', code, signal, said: standardError.end() });
    });
  });

  async function goneWithin(ms: number): Promise<boolean> {
    let timer: unknown;
    const late = new Promise<false>((resolve) => {
      timer = timers.setTimeout(() => resolve(false), ms);
    });
    const gone = await Promise.race([ended.then(() => true), late]);
    timers.clearTimeout(timer);
    return gone;
  }

  return {
    ended,
    pause: () => child.stdout.pause(),
    resume: () => child.stdout.resume(),
    async stop() {
      stopped = true;
      // A paused one would never be seen to close.
      child.stdout.destroy();
      child.stderr.destroy();
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        child.kill(signal);
        if (await goneWithin(PATIENCE_MS)) break;
      }
      standardError.end();
    },
  };
}
