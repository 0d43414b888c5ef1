/**
 * Which year a stamp without one belongs to, within one source. Every line is a step forward or back through
 * the year; a step from December to January is a new lap. Lines that state their year tie laps to years. Kept
 * as changes only, so that a source of any length costs a few numbers.
 */
import {
  DAY,
  type LocalStamp,
  localMs,
  nearestYear,
  placeInYear,
  placeOf,
  yearThatHas,
} from './local-time.js';

/** Changes kept per source, of laps and of ties each; a log that changes year more often is not a log. */
const MAX_CHANGES = 256;
/** A step back by more than this is a new year. */
const ROLLOVER = 183 * DAY;
/** A step forward by more than this goes back across New Year: lines out of order, or newest first. */
const STEP_BACK = 335 * DAY;
/** How near a jump must begin and land to the last step to a new lap to count as the way back. */
const SAME_TIME = 31 * DAY;
/** Lines are learned nearly in order; further back than this, a rotated file has started again. */
const RESTART_LINES = 1024;
/** Clocks of machines that have just booted tell of 1970; they tie no year. */
const FIRST_YEAR = Date.UTC(2000, 0, 1);

export interface YearChain {
  /** Takes the line's stamp without year (if any) and its time with a year (if any), in local milliseconds. */
  learn(line: number | null, stamp: LocalStamp | null, known: number | null): void;
  /** Year of a stamp at that line by the lines that state theirs; null where none does. */
  tied(stamp: LocalStamp, line: number | null): number | null;
  /** Year of a stamp at that line if the newest stamp learned lies in the year that `yearOfNewest` says. */
  untied(stamp: LocalStamp, line: number | null, yearOfNewest: (newest: LocalStamp) => number): number;
}

export interface Change {
  readonly line: number;
  readonly value: number;
}

/** Plain data. */
export interface YearMemory {
  readonly laps: Change[];
  /** Year minus lap. */
  readonly ties: Change[];
  lap: number;
  place: number | null;
  /** Where the last step to a new lap began and landed. */
  rollover: { readonly from: number; readonly to: number } | null;
  newest: LocalStamp | null;
  newestLap: number;
  lastLine: number;
}

export function newYearMemory(): YearMemory {
  return {
    laps: [],
    ties: [],
    lap: 0,
    place: null,
    rollover: null,
    newest: null,
    newestLap: 0,
    lastLine: 0,
  };
}

export function createYearChain(memory: YearMemory): YearChain {
  const { laps, ties } = memory;

  function step(to: number): void {
    if (memory.place !== null) {
      const moved = to - memory.place;
      if (moved < -ROLLOVER) {
        memory.lap++;
        memory.rollover = { from: memory.place, to };
      } else if (moved > STEP_BACK || (moved > ROLLOVER && isReturn(memory.place, to))) {
        memory.lap--;
      }
    }
    memory.place = to;
  }

  /** A machine without a clock boots on January 1 and then learns that it is August: no year has passed. */
  function isReturn(from: number, to: number): boolean {
    if (memory.rollover === null) return false;
    return Math.abs(to - memory.rollover.from) < SAME_TIME && Math.abs(from - memory.rollover.to) < SAME_TIME;
  }

  function restart(): void {
    const tie = ties.at(-1);
    laps.length = 0;
    ties.length = 0;
    if (memory.lap !== 0) laps.push({ line: 0, value: memory.lap });
    if (tie) ties.push({ line: 0, value: tie.value });
  }

  return {
    learn(line, stamp, known) {
      const at = line ?? memory.lastLine;
      if (at + RESTART_LINES < memory.lastLine) {
        restart();
        memory.lastLine = 0;
      }
      memory.lastLine = Math.max(memory.lastLine, at);
      const year = known !== null && known >= FIRST_YEAR ? new Date(known).getUTCFullYear() : null;
      if (stamp === null && year === null) return;
      step(stamp !== null ? placeInYear(stamp) : placeOf(known as number));
      record(laps, at, memory.lap, 0);
      if (stamp !== null) {
        memory.newest = stamp;
        memory.newestLap = memory.lap;
      }
      if (year === null || known === null) return;
      record(ties, at, (stamp !== null ? nearestYear(stamp, known) : year) - memory.lap, null);
    },
    tied(stamp, line) {
      const at = line ?? memory.lastLine;
      const tie = valueAt(ties, at) ?? ties[0]?.value;
      return tie === undefined ? null : yearThatHas(stamp, tie + (valueAt(laps, at) ?? 0));
    },
    untied(stamp, line, yearOfNewest) {
      if (memory.newest === null) return yearOfNewest(stamp);
      const lapHere = valueAt(laps, line ?? memory.lastLine) ?? 0;
      return yearThatHas(stamp, yearOfNewest(memory.newest) - memory.newestLap + lapHere);
    },
  };
}

/** Notes the value from that line on, unless it was so already. Lines may come slightly out of order. */
function record(changes: Change[], line: number, value: number, initial: number | null): void {
  let index = changes.length;
  while (index > 0 && (changes[index - 1] as Change).line > line) index--;
  const before = changes[index - 1];
  if ((before?.value ?? initial) === value) return;
  if (before?.line === line) changes[index - 1] = { line, value };
  else if (changes.length < MAX_CHANGES) changes.splice(index, 0, { line, value });
}

function valueAt(changes: readonly Change[], line: number): number | undefined {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((changes[middle] as Change).line <= line) low = middle + 1;
    else high = middle;
  }
  return changes[low - 1]?.value;
}

/** The greatest year in which the stamp is not more than a day after `limit` (ms). */
export function latestYearBy(stamp: LocalStamp, limit: number): number {
  const start = new Date(limit + DAY).getUTCFullYear();
  for (let year = start; year > start - 9; year--) {
    const local = localMs(stamp, year);
    if (local !== null && local <= limit + DAY) return year;
  }
  return yearThatHas(stamp, start);
}
