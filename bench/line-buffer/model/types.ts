/** What the model says beyond what can be measured from outside: the same in every runtime. */
import type { Outcome } from '../types.js';

export interface ModelOutcome extends Outcome {
  /** Resident memory while the line is open and all of it is fed, before any collection is forced. */
  readonly openRssBytes: number;
  /**
   * Resident memory that stays when all garbage was collected and given back to the kernel: what is live, and Go's
   * own books on all memory it ever touched. The background scavenger stops up to a tenth of the heap before that.
   */
  readonly retainedRssBytes: number;
  /** As `peakRssBytes`, when no two streams end their line at the same time. */
  readonly peakRssOneAtATimeBytes: number;
  readonly released: Released;
}

/** When memory comes back. */
export interface Released {
  /** What has to happen before anything of `retainedBytes` goes: `stream-close`, or null where nothing is retained. */
  readonly retainedUntil: 'stream-close' | null;
  /** Seconds until garbage is collected at the latest: Go forces a collection when there was none for so long. */
  readonly collectedWithinSeconds: number | null;
  /** One or two sentences for people. */
  readonly text: string;
}
