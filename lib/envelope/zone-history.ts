/**
 * What the lines of one host said about its offset from UTC, and when: summer time comes and goes, so the
 * statement nearest in time counts. Runs of equal statements are one entry, which keeps it small.
 */
import { DAY, MINUTE } from './local-time.js';

/**
 * How an offset came to be known: 1 a local envelope around an absolute time (or the reverse), 2 a program's
 * own stated offset, 3 the envelope's stated offset, 4 a bare `Z`, which many programs print wherever they run.
 */
export type ZoneRank = 1 | 2 | 3 | 4;

export const WEAK: ZoneRank = 4;

const MAX_RUNS = 32;
/** A better rank wins unless it is this much further away in time: offsets last for months. */
const RANK_IS_WORTH = 30 * DAY;

/** Equal statements, one after the other in time, UTC ms. */
export interface Run {
  from: number;
  to: number;
  readonly offset: number;
  readonly rank: ZoneRank;
  count: number;
}

export interface ZoneHistory {
  /** `at`: UTC ms of the statement. */
  learn(at: number, offsetMinutes: number, rank: ZoneRank): void;
  /** Offset in force at a local time (ms); `weak` asks for bare `Z` statements only. */
  atLocal(local: number, weak?: boolean): number | null;
  /** Offset in force at an instant (UTC ms). */
  at(utcMs: number, weak?: boolean): number | null;
  /** The latest statement in time. */
  latest(weak?: boolean): number | null;
}

/** Plain data. */
export interface ZoneMemory {
  readonly runs: Run[];
}

export function newZoneMemory(): ZoneMemory {
  return { runs: [] };
}

export function createZoneHistory({ runs }: ZoneMemory): ZoneHistory {
  /** `isLocal`: the time is one of the node's clock, which is as far from UTC as each run says. */
  function nearest(at: number, isLocal: boolean, weak: boolean): number | null {
    let best: Run | null = null;
    let cost = Number.POSITIVE_INFINITY;
    for (const run of runs) {
      if ((run.rank === WEAK) !== weak) continue;
      const utc = isLocal ? at - run.offset * MINUTE : at;
      const here = distance(run, utc) + run.rank * RANK_IS_WORTH;
      if (here < cost || (here === cost && best !== null && prefer(run, best))) {
        best = run;
        cost = here;
      }
    }
    return best?.offset ?? null;
  }

  return {
    learn(at, offset, rank) {
      let closest: Run | null = null;
      for (const run of runs) {
        if (run.rank !== rank) continue;
        if (closest === null || distance(run, at) < distance(closest, at)) closest = run;
        // Overlapping runs: the one that says the same takes it.
        else if (distance(run, at) === distance(closest, at) && run.offset === offset) closest = run;
      }
      if (closest !== null && closest.offset === offset) {
        closest.from = Math.min(closest.from, at);
        closest.to = Math.max(closest.to, at);
        closest.count++;
        return;
      }
      if (runs.length >= MAX_RUNS) runs.splice(leastWorth(runs), 1);
      runs.push({ from: at, to: at, offset, rank, count: 1 });
    },
    atLocal: (local, weak = false) => nearest(local, true, weak),
    at: (utcMs, weak = false) => nearest(utcMs, false, weak),
    latest: (weak = false) => nearest(Number.MAX_SAFE_INTEGER, false, weak),
  };
}

function distance(run: Run, at: number): number {
  return at < run.from ? run.from - at : at > run.to ? at - run.to : 0;
}

/** Of two statements equally near: the more often stated, then any fixed order. */
function prefer(a: Run, b: Run): boolean {
  return a.count !== b.count ? a.count > b.count : a.offset < b.offset;
}

function leastWorth(runs: readonly Run[]): number {
  let least = 0;
  for (const [index, run] of runs.entries()) {
    const other = runs[least] as Run;
    if (run.rank !== other.rank ? run.rank > other.rank : run.count < other.count) least = index;
  }
  return least;
}
