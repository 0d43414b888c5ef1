/**
 * What a command may do to the world, as an interface: write, look at the terminal, hear signals. Commands take
 * it as an argument, so that tests run them without a process.
 */

export interface Output {
  readonly isTerminal: boolean;
  /** Columns of the terminal, null where there is none. */
  readonly columns: number | null;
  /** Why nothing can be written any more: the reader went away (`EPIPE`), the disk is full; null while all is well. */
  readonly broken: string | null;
  /** Never throws; after the output broke it does nothing. */
  write(text: string): void;
  /** Settles when the reader has caught up; undefined where it has. */
  drained(): Promise<void> | undefined;
  /** Settles when all that was written is out, or cannot get out. */
  flushed(): Promise<void>;
  /** Called once when the output breaks. */
  onBroken(listener: () => void): void;
  /** Told in a sentence when it cannot be written for a while, and when it can again. Absent where that never is so. */
  onTrouble?(listener: (text: string) => void): void;
}

/** What a command may be asked while it goes on. */
export type RequestSignal = 'SIGHUP' | 'SIGUSR2';

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdinIsTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * SIGINT, SIGTERM, and SIGHUP unless it is listened to as a request; where it tells that the terminal was closed, it
   * always is. Returns what stops listening.
   */
  onSignal(listener: (signal: StopSignal) => void): () => void;
  /** A signal that asks for something while the command goes on. Returns what stops listening. */
  onRequest(signal: RequestSignal, listener: () => void): () => void;
  /** Calls `listener` every so many ms of wall clock. Returns what stops it. */
  every(ms: number, listener: () => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
}
