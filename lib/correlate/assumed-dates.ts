/** Times that were assumed because no line had stated a zone or a year yet. */
import type { Clock } from '../envelope/clock.js';
import type { LogEvent } from '../match/types.js';

/** Plain data. */
export interface AssumedDatesMemory {
  /** The first event that was dated by assumption, and its time, ms; null for none. */
  first: { readonly event: LogEvent; readonly ms: number } | null;
}

/** Notices when the first of the lines that were dated by assumption would get another time today. */
export function createAssumedDates(clock: Clock, memory: AssumedDatesMemory = { first: null }) {
  return {
    /** To be shown every event when it is dated first: later the assumption may have been replaced. */
    note(event: LogEvent): void {
      if (memory.first !== null) return;
      const at = clock.resolve(event.record);
      if (at?.basis === 'assumed') memory.first = { event, ms: at.at.ms };
    },
    changed(): boolean {
      const { first } = memory;
      if (first === null) return false;
      const at = clock.resolve(first.event.record);
      if (at === null || Math.abs(at.at.ms - first.ms) < A_ZONE_MS) return false;
      memory.first = { ...first, ms: at.at.ms };
      return true;
    },
  };
}

/** Zones differ by a quarter of an hour at least. */
const A_ZONE_MS = 600_000;
