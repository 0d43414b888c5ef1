/** Times that were assumed because no line had stated a zone or a year yet. */
import type { Clock } from '../envelope/clock.js';
import type { LogEvent } from '../match/types.js';

/** Notices when the first of the lines that were dated by assumption would get another time today. */
export function createAssumedDates(clock: Clock) {
  let first: { readonly event: LogEvent; readonly ms: number } | null = null;
  return {
    changed(events: readonly LogEvent[]): boolean {
      if (first === null) {
        const event = events.find(({ record }) => clock.resolve(record)?.basis === 'assumed');
        const at = event && clock.resolve(event.record);
        if (event !== undefined && at) first = { event, ms: at.at.ms };
        return false;
      }
      const at = clock.resolve(first.event.record);
      if (at === null || Math.abs(at.at.ms - first.ms) < A_ZONE_MS) return false;
      first = { ...first, ms: at.at.ms };
      return true;
    },
  };
}

/** Zones differ by a quarter of an hour at least. */
const A_ZONE_MS = 600_000;
