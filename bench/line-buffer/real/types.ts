/**
 * What a run on the real containerd is asked for and what comes of it: the outcome that the model has too, and what
 * only a real daemon can say.
 */
import type { Outcome, Sample } from '../types.js';
import type { RecordCounts } from './cri-records.js';
import type { ProgramPaths } from './requirements.js';

/** One point of the daemon's curve. */
export interface RealSample extends Sample {
  readonly rssBytes: number;
  /** Bytes of content that the daemon says it took; null: not asked at this point, or this version does not count. */
  readonly inputBytes: number | null;
}

export interface RealOptions extends ProgramPaths {
  /** The feeding ends when the daemon's resident memory has grown by this. Default 512 MiB. */
  readonly stopAtBytes?: number;
  readonly signal?: AbortSignal;
  /** Called for every sample, in order; of a long run the curve keeps fewer. */
  readonly onSample?: (sample: RealSample) => void;
  /** Called when a new stage begins, with a few words for a progress line. */
  readonly onStage?: (stage: string) => void;
  /**
   * Directory in which a new one is made, named as the run, for copies of the containers' logs and of containerd's
   * own. Default: they are not kept.
   */
  readonly keepLogs?: string;
  /** Seconds between samples while the line is open, 0.1 by default; it is 0.02 around the flush. */
  readonly sampleSeconds?: number;
  /** Seconds that the line stays open after the last byte, and that the daemon is watched after the end. Default 3. */
  readonly restSeconds?: number;
  /**
   * Where the runs' directory, `leaktrail`, is made; only root may be able to change it and all above it. Default
   * /var/lib. Runs in the same one exclude each other.
   */
  readonly directory?: string;
  /** Runs even if the free memory or disk may not do. */
  readonly force?: boolean;
}

export interface RealOutcome extends Outcome {
  readonly curve: readonly RealSample[];
  readonly versions: { readonly containerd: string; readonly runc: string; readonly cri: string };
  readonly machine: { readonly kernel: string; readonly architecture: string; readonly memoryBytes: number };
  /** What the daemon took with the containers started and nothing printed; all growth is over this. */
  readonly idle: { readonly rssBytes: number; readonly heapBytes: number };
  /** Growth of resident memory with all fed and the line open, before and after a forced collection. */
  readonly openRssBytes: number;
  /** The same `restSeconds` after the end. */
  readonly afterRssBytes: number;
  /** What was printed; less than asked for where `stoppedEarly`. */
  readonly fedBytes: number;
  readonly stoppedEarly: boolean;
  /** Growth of the daemon's counters over the run; null: this version does not count. */
  readonly inputBytes: number | null;
  readonly outputBytes: number | null;
  readonly splitEntries: number | null;
  /** One file per container. `path` is where a copy was kept, else null. */
  readonly logs: readonly (RecordCounts & { readonly path: string | null })[];
}
