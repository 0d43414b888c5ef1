/**
 * What following a journal takes. Everything that reaches out of the process is an argument, so that tests can
 * run journalctl, the clock and the timers by hand. What comes out is the same as for files.
 */
import type { Readable } from 'node:stream';
import type { FollowOptions, SavedJournal } from '../follow/types.js';

export interface JournalOptions extends Pick<FollowOptions, 'from' | 'signal' | 'ready'> {
  /** Only entries of these units, as `journalctl --unit` takes them. Default: all entries. */
  readonly units?: readonly string[];
  /** Directory with the files of another journal. Not together with `file`. Default: this machine's journal. */
  readonly directory?: string;
  /** Paths or globs of journal files. Not together with `directory`. */
  readonly file?: string | readonly string[];
  /** The journal of an earlier run; one of another name does not count. */
  readonly saved?: SavedJournal | null;
  /** Default: that of `node:child_process`. */
  readonly spawn?: SpawnJournalctl;
  /** ms since the epoch. */
  readonly clock?: () => number;
  readonly timers?: Timers;
  /** What journalctl inherits; some variables are set whatever it says. Default: that of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** 32 hex digits, or null where nothing is known. Default: read from `/etc/machine-id`. */
  readonly machineId?: () => string | null;
}

export interface Timers {
  setTimeout(call: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

/** The part of a child process that is used here. */
export interface JournalProcess {
  readonly stdout: Readable;
  readonly stderr: Readable;
  kill(signal: 'SIGTERM' | 'SIGKILL'): boolean;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'close', listener: (code: number | null, signal: string | null) => void): unknown;
}

export type SpawnJournalctl = (
  command: string,
  args: readonly string[],
  options: {
    readonly cwd: string;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly stdio: ['ignore', 'pipe', 'pipe'];
  },
) => JournalProcess;
