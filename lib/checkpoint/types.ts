/**
 * What a run leaves for the next one: how far each source was read, what is remembered of it, and how far the
 * output was written. The first line of the file is JSON for people; the memory behind it is not.
 */
import type { SavedSource } from '../ingest/follow/types.js';
import type { ToldStanding } from './told-log.js';

export interface Checkpoint {
  readonly sources: readonly SavedSource[];
  /** For people who look into the file; nothing is restored from it. */
  readonly incidents: readonly SavedIncident[];
  /** Null without `--output`. */
  readonly output: SavedOutput | null;
  readonly told: SavedTold;
  /**
   * Plain data for `v8.serialize`: Maps, Sets, references used twice, Infinity; no typed arrays, no functions. Or, as a
   * Buffer, what it made of them.
   */
  readonly memory: unknown;
}

export interface SavedTold {
  /** Updates that were told up to then, by all runs, as FILE.told counts them. */
  readonly count: number;
  /** Told by an earlier run, and not come to again yet. */
  readonly pending: readonly ToldStanding[];
}

export interface SavedIncident {
  readonly id: string;
  readonly defect: string;
  readonly state: string;
  readonly certainty: string;
  readonly attempts: number;
  readonly firstSeen: string;
}

/** How far a file of whole lines was written. */
export interface SavedOutput {
  readonly path: string;
  /** Decimal: they may exceed what a number holds. */
  readonly dev: string;
  readonly ino: string;
  /** Bytes, at the end of a line. */
  readonly size: number;
  /** Up to 64 bytes that stand right before `size`, base64: they tell whether it is still the same text. */
  readonly before: string;
  /** Lines that were to be written and are not known to have been, oldest first, without their newlines. */
  readonly waiting: readonly string[];
  /** Lines that were given up so far, of all runs. */
  readonly lost: number;
}

export interface RestoredCheckpoint extends Checkpoint {
  /** Undefined where it could not be used: then incidents begin anew, and positions are kept. */
  readonly memory: unknown;
  /** ISO time at which it was written. */
  readonly written: string;
}

export interface Loaded {
  /** Null: nothing was saved, or nothing of it can be used. */
  readonly checkpoint: RestoredCheckpoint | null;
  /** Sentences about what was wrong and what was done about it; empty where all is well. */
  readonly notices: readonly string[];
  /**
   * Why nobody knows how far an earlier run had read: all copies of its state are damaged, or gone though FILE.told is
   * there. A phrase without the name; null where that is known, or where there was none.
   */
  readonly lost: string | null;
}
