/**
 * What is counted of a sign, and the episode that it is counted in: how both begin, whether a line tells of one more
 * occasion, and what a sign costs that only waits for an episode.
 */
import type { Instant } from '../envelope/types.js';
import type { Subject } from './identity.js';
import type { Sign, SignRules } from './sign.js';
import type { DaemonEpisode, Proof, Tally } from './types.js';

/** What is being booked: a line or a digest, as far as both are alike. */
export interface SignSeen {
  readonly node: string;
  /** Of a line that is still held by it: most lines prove nothing, and only what is kept must be detached. */
  readonly proof: Proof;
  readonly at: Instant | null;
  /** Further lines of the same panic. */
  readonly beside: readonly Proof[];
  /** Float ms, null where it states no time. */
  readonly ms: number | null;
  readonly assumed: boolean;
  readonly offsetMinutes: number | null;
  readonly modules: Readonly<Record<string, string>>;
  /** Process that the line names. */
  readonly pid: string | null;
  /** Container and pod that it names, in words. */
  readonly of: string | null;
}

/**
 * A sign of a container that opens nothing, and nothing has yet. Each container that is asked to stop leaves one: an
 * episode for each would cost ten times as much.
 */
export interface WaitingTally extends Tally {
  readonly fact: string;
  readonly node: string;
  modules: Readonly<Record<string, string>>;
  assumedTime: boolean;
  offsetMinutes: number | null;
}

export const NO_MODULES: Readonly<Record<string, string>> = {};

export function withModules(
  known: DaemonEpisode['modules'],
  more: SignSeen['modules'],
): DaemonEpisode['modules'] {
  for (const _ in more) return { ...known, ...more };
  return known;
}

export function newTally(): Tally {
  return { count: 0, occasionMs: Number.NEGATIVE_INFINITY, pid: null, of: null };
}

export function count(tally: Tally, sign: Sign, at: SignSeen): void {
  const ms = at.ms ?? Number.NaN;
  const window = (sign.onceWithinSeconds ?? 0) * 1000;
  // The lines of one occasion name one process, where they name one; another one is another occasion.
  const isOther = tally.pid !== null && at.pid !== null && tally.pid !== at.pid;
  if (isOther || window === 0 || !(Math.abs(ms - tally.occasionMs) <= window)) {
    tally.count += 1;
    tally.occasionMs = ms;
    tally.pid = at.pid;
  }
  tally.pid ??= at.pid;
  tally.of = at.of ?? tally.of;
}

export function newEpisode(
  { defect }: SignRules,
  subject: Subject | null,
  program: string | null,
  node: string,
): DaemonEpisode {
  return {
    kind: 'daemon',
    defect,
    id: '',
    ordinal: 0,
    node,
    subject,
    program,
    tallies: new Map(),
    modules: NO_MODULES,
    first: null,
    firstMs: Number.POSITIVE_INFINITY,
    last: null,
    lastMs: Number.NEGATIVE_INFINITY,
    assumedTime: false,
    offsetMinutes: null,
    end: null,
    proof: [],
    proofDropped: 0,
  };
}

/** The episode that a waiting sign would have made. */
export function episodeOf(
  rule: SignRules,
  subject: Subject | null,
  program: string | null,
  { assumedTime, count, fact, modules, node, occasionMs, of, offsetMinutes, pid }: WaitingTally,
): DaemonEpisode {
  const episode = newEpisode(rule, subject, program, node);
  episode.tallies.set(fact, { count, occasionMs, of, pid });
  episode.modules = modules;
  episode.assumedTime = assumedTime;
  episode.offsetMinutes = offsetMinutes;
  return episode;
}
