/**
 * Why a container does not die. A cause is `named` where a line speaks of a process or cgroup of this very
 * container, and `by-time` where it is the only trouble of that kind of the node near to a stop call.
 */

import { callStart } from '../correlate/cadence.js';
import type { NodeFacts, Trouble, TroubleMark } from '../correlate/node-facts.js';
import type { NamedCause, StopEpisode } from '../correlate/types.js';
import type { RootCause } from './types.js';

/** Of several named causes the one that says most. */
const PRECEDENCE: readonly RootCause[] = [
  'zombie',
  'd-state',
  'frozen',
  'signal-denied',
  'shim-hung',
  'exit-lost',
  'oom',
];
/** A container's OOM kill or hung shim may come this long before the stop that it makes fail. */
const CAUSE_BEFORE_MS = 600_000;

const OF_TROUBLE: Partial<Record<Trouble, RootCause>> = {
  'd-state': 'd-state',
  storage: 'd-state',
  oom: 'oom',
  'events-lost': 'exit-lost',
};

export interface Cause {
  readonly cause: RootCause;
  readonly basis: 'named' | 'by-time';
  /** What shows it, when a line beside the episode's own does. */
  readonly trouble: TroubleMark | null;
}

/** Causes that lines name for the container, near enough to the episode to count. */
export function namedCauses(
  episode: StopEpisode,
  causes: readonly NamedCause[],
  facts: NodeFacts,
  untilMs: number,
): readonly NamedCause[] {
  const from = episode.firstMs - CAUSE_BEFORE_MS;
  const near = causes.filter((c) => c.ms >= from && c.ms <= untilMs);
  const byPid = facts.troubles
    .of(episode.node)
    .filter(
      (t) =>
        t.trouble === 'd-state' &&
        t.pid !== null &&
        episode.subject.pids.has(t.pid) &&
        t.ms >= from &&
        t.ms <= untilMs,
    )
    .map((t): NamedCause => ({ cause: 'd-state', ms: t.ms, proof: t.proof }));
  return [...near, ...byPid];
}

export function rootCauseOf(
  episode: StopEpisode,
  named: readonly NamedCause[],
  facts: NodeFacts,
  windowMs: number,
): Cause | null {
  for (const cause of PRECEDENCE) {
    if (named.some((c) => c.cause === cause)) return { cause, basis: 'named', trouble: null };
  }
  const starts = episode.attempts.flatMap((a) => [callStart(a), a.first]);
  const near = facts.troubles
    .of(episode.node)
    .filter((t) => t.subjectKey === null && OF_TROUBLE[t.trouble] !== undefined)
    .filter((t) => starts.some((start) => Math.abs(start - t.ms) <= windowMs));
  const kinds = new Set(near.map((t) => OF_TROUBLE[t.trouble]));
  const first = near[0];
  if (kinds.size !== 1 || first === undefined) return null;
  return { cause: OF_TROUBLE[first.trouble] as RootCause, basis: 'by-time', trouble: first };
}
