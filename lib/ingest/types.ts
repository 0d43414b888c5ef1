/**
 * What the ingest stage gives: sources of bytes, in groups of rotated copies, and the names that could not be
 * read with the reason.
 */

import type { Observable } from 'rxjs';
import type { FollowedPiece, FollowOptions } from './follow/types.js';

/** One thing to read bytes from. Nothing is opened before `read` is called. */
export interface Source {
  /** The name as people write it: a path, `stdin`, or `bundle.tar.gz:path/inside`. */
  readonly name: string;
  /** A `file` ends; a `stream` (pipe, socket, FIFO) may be live. */
  readonly kind: 'file' | 'stream';
  /** Time of the last change, milliseconds since the epoch; null for a stream, or where an archive states none. */
  readonly modified: number | null;
  /** Where it lies in a bundle; absent for an input that was named itself. */
  readonly bundle?: BundleIdentity;
  /**
   * Reads from the start to the end that is seen, gzip decompressed. A chunk is valid only until the next one
   * is asked for: its memory is used again. Ends without an error when the signal aborts. Throws an
   * `InputError` where reading or decompressing fails, after all bytes before the damage. What is not decompressed
   * may stand in `memory`.
   */
  read(signal: AbortSignal, memory?: PieceMemory): AsyncIterable<Uint8Array>;
  /** As `read`, but the bytes as they are stored. Absent where only the log itself is to be had. */
  raw?(signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** Memory that is read into, lent by whoever works on the pieces where they stand. */
export interface PieceMemory {
  take(): Buffer;
  /** Nothing is read into it any more. */
  give(block: Buffer): void;
}

/** Ties together what was collected on one node: a dump that names no host and the log beside it. */
export interface BundleIdentity {
  /** The bundle as it was named. */
  readonly name: string;
  /** Host that the bundle states for this member, null where it states none. */
  readonly host: string | null;
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

/** Members of a bundle that were left out on purpose: one, or all of one bundle for the same reason. */
export interface Skipped {
  /** The member as a source would be named where `count` is 1, else the bundle. */
  readonly source: string;
  /** A phrase without the name: `not in the table`. */
  readonly reason: string;
  readonly count: number;
}

export interface Inputs {
  readonly groups: readonly SourceGroup[];
  readonly problems: readonly InputProblem[];
  /** What was left out of bundles; absent where there was none to look into. */
  readonly skipped?: readonly Skipped[];
  /** Sources that are followed; absent where there are none. */
  readonly followed?: readonly FollowedInput[];
  /** Frees what unpacked archives hold; afterwards their members cannot be read. May be called again. */
  dispose?(): Promise<void>;
}

/** What following is told by whoever takes the pieces. */
export type FollowHooks = Pick<FollowOptions, 'signal' | 'frontier' | 'ready'>;

/** Begins to follow when it is subscribed to. */
export type FollowedInput = (hooks: FollowHooks) => Observable<FollowedPiece>;

/** What `openInputs` gives. */
export interface OpenedInputs extends Inputs {
  readonly skipped: readonly Skipped[];
  dispose(): Promise<void>;
}
