/**
 * Which events can be booked in either order: a late line about one container need not take back what was booked of
 * others since. Only meanings that touch nothing but their container count.
 */
import type { Meaning } from '../match/types.js';
import type { TimedEvent } from './types.js';

const OWN: ReadonlySet<Meaning> = new Set([
  'stop-called',
  'stop-requested',
  'stop-forced',
  'stop-skipped',
  'kill-sent',
  'kill-survived',
  'no-exit-event',
  'exited',
  'stop-succeeded',
  'removed',
  'removal-requested',
]);

/** Digits that tell containers apart: lines spell ids with 12 or 64. */
const KEY_DIGITS = 12;
/** Pairs of events that are looked at for one late line. */
const PAIRS = 16_384;

function containerOf({ event: { captures, pattern } }: TimedEvent): string | null {
  const id = captures.container;
  if (id === undefined || id.length < KEY_DIGITS || !OWN.has(pattern.means)) return null;
  // A line that names two ties them together.
  return captures.sandbox === undefined ? id.slice(0, KEY_DIGITS) : null;
}

/**
 * The events of `wanted` that `booked` lacks, where `booked` can stay as it is: they come last or commute with
 * all that stands behind them. Null where it has to be booked anew.
 */
export function addable(
  booked: readonly TimedEvent[],
  wanted: readonly TimedEvent[],
): readonly TimedEvent[] | null {
  const added: TimedEvent[] = [];
  let at = 0;
  let pairs = 0;
  for (const event of wanted) {
    const other = booked[at];
    if (other !== undefined && other.event === event.event && other.ms === event.ms) {
      at++;
      continue;
    }
    if (other !== undefined) {
      const container = containerOf(event);
      pairs += booked.length - at;
      if (container === null || pairs > PAIRS) return null;
      for (let behind = at; behind < booked.length; behind++) {
        const of = containerOf(booked[behind] as TimedEvent);
        if (of === null || of === container) return null;
      }
    }
    added.push(event);
  }
  return at === booked.length ? added : null;
}
