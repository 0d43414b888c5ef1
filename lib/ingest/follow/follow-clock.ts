/** The time of a follower: tests let it pass as they like. */

export interface FollowClock {
  /** Ms since the epoch. */
  now(): number;
  /** Gives a function that calls it off. */
  after(ms: number, run: () => void): () => void;
}

export const systemClock: FollowClock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
