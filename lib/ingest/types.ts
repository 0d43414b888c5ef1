/**
 * What the ingest stage gives: sources of bytes, in groups of rotated copies, and the names that could not be
 * read with the reason.
 */

/** One thing to read bytes from. Nothing is opened before `read` is called. */
export interface Source {
  /** The name as people write it: a path, or `stdin`. */
  readonly name: string;
  /** A `file` ends; a `stream` (pipe, socket, FIFO) may be live. */
  readonly kind: 'file' | 'stream';
  /** Time of the last change, milliseconds since the epoch; null for a stream. */
  readonly modified: number | null;
  /**
   * Reads from the start to the end that is seen, gzip decompressed. A chunk is valid only until the next one
   * is asked for: its memory is used again. Ends without an error when the signal aborts. Throws an
   * `InputError` where reading or decompressing fails, after all bytes before the damage.
   */
  read(signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** Rotated copies of one log, oldest first; most groups hold one source. */
export interface SourceGroup {
  /** Name of the live log, also where only rotated copies of it were named. */
  readonly name: string;
  readonly sources: readonly Source[];
}

/** An input that was not read, or not to its end. */
export interface InputProblem {
  readonly source: string;
  /** A phrase without the name: `no such file`. */
  readonly reason: string;
}

export interface Inputs {
  readonly groups: readonly SourceGroup[];
  readonly problems: readonly InputProblem[];
}
