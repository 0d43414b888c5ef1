/**
 * How far the sources of a run have been read, in event time: which of them is furthest behind is read next, and
 * what lies beyond the one furthest behind is not certain to be in order yet. An idle source holds nobody up.
 */

export interface Progress {
  /** A piece was read; `more`: the source held more. */
  read(key: string, more: boolean): void;
  /** A line of the source shows this time, ms. */
  reached(key: string, ms: number): void;
  ended(key: string): void;
  /** One that gave nothing since the last call is not behind: others are further behind, or it had no more after all. */
  tick(): void;
  /** Latest time of a source, ms; null where none is known. */
  of(key: string): number | null;
  /** Whether any source holds more than was read. */
  readonly isBehind: boolean;
  /** Time that all sources which are behind have reached, ms: infinite where none is, -infinite while one is not known yet. */
  readonly reachedMs: number;
}

interface Behind {
  /** Gave something since the last tick. */
  isFresh: boolean;
  /** Ticks since it fell behind. */
  ticks: number;
}

/** A source that has shown no time for so many ticks is a log without times: nobody waits for it. */
const UNTIMED = 2;

export function createProgress(): Progress {
  const times = new Map<string, number>();
  /** Sources that hold more. */
  const behind = new Map<string, Behind>();
  return {
    read(key, more) {
      if (more) behind.set(key, { isFresh: true, ticks: behind.get(key)?.ticks ?? 0 });
      else behind.delete(key);
    },
    reached(key, ms) {
      times.set(key, ms);
    },
    ended(key) {
      behind.delete(key);
      times.delete(key);
    },
    tick() {
      for (const [key, source] of behind) {
        if (!source.isFresh) behind.delete(key);
        source.isFresh = false;
        source.ticks += 1;
      }
    },
    of: (key) => times.get(key) ?? null,
    get isBehind() {
      return behind.size > 0;
    },
    get reachedMs() {
      let reached = Number.POSITIVE_INFINITY;
      for (const [key, { ticks }] of behind) {
        const at = times.get(key) ?? (ticks < UNTIMED ? Number.NEGATIVE_INFINITY : reached);
        reached = Math.min(reached, at);
      }
      return reached;
    },
  };
}
