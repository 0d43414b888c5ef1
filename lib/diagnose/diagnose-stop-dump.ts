/**
 * The verdict on stop calls that only a goroutine dump shows: no line names the container, or several could be
 * meant. Where one container's log is beside the dump, the dump is part of that container's incident instead.
 */
import type { Correlator } from '../correlate/correlate.js';
import type { DaemonEpisode } from '../correlate/types.js';
import { speaking } from '../evidence/signature/speaking.js';
import type { Defect } from './defect.js';
import { diagnoseDaemon } from './diagnose-daemon.js';
import { dumpLeak } from './dump-leak.js';
import { fill, firstFitting } from './rules.js';
import { callsIn, dumpFacts, isTold, stopDump } from './stop-dump.js';
import type { Incident } from './types.js';
import { affectedBy, isSingleGoroutine, runtimeAt } from './versions.js';

/** The wait itself tells: a later dockerd gives up. */
const BY_ITS_STACKS = {
  affected: 'yes',
  basis: 'dockerd < 20.10.10 by its stacks: only there a stop call waits without a limit',
} as const;

/** Null where the calls are told with their container. */
export function diagnoseStopDump(
  episode: DaemonEpisode,
  defect: Defect,
  correlator: Correlator,
): Incident | null {
  if (isTold(episode, correlator)) return null;
  const digest = speaking(correlator.evidence.of(episode.node, 'goroutines', 'dockerd'), callsIn);
  if (digest === undefined || digest.stopCalls === null) return null;
  const ms = digest.ms ?? Number.POSITIVE_INFINITY;
  const runtime = runtimeAt(correlator.facts, episode.node, ms, 'docker');
  const dump = stopDump(digest, runtime);
  const facts = { ...dumpFacts(dump), generation: runtime.generation };
  const incident = diagnoseDaemon(episode, defect, correlator, facts);
  if (incident === null) return null;
  const { affected, basis } = dump.hung > 0 ? BY_ITS_STACKS : affectedBy(defect, runtime);
  const mechanism = firstFitting(defect.mechanisms, facts);
  return {
    ...incident,
    program: 'dockerd',
    attempts: dump.hung + dump.young + dump.locked,
    // A dump is one moment: calls that came and went before it are not in it.
    attemptsAtLeast: true,
    mechanism: mechanism?.gives ?? 'unknown',
    affected,
    affectedBasis: basis,
    fix: affected === 'no' ? {} : (defect.fix[mechanism?.gives ?? 'unknown'] ?? {}),
    leak: dumpLeak(defect, dump, isSingleGoroutine(defect, runtime)),
    why: [
      ...incident.why,
      ...(mechanism === null ? [] : [fill(mechanism.because, {}, facts)]),
      ...containersOf(dump.containers),
    ],
    rules: [...incident.rules, ...(mechanism === null ? [] : [mechanism.id])],
    gaps: [
      ...incident.gaps.filter((gap) => gap !== 'no version in the input'),
      'no log in the input that names the container',
      ...(runtime.generation === 0 ? ['nothing states the version of dockerd'] : []),
    ],
    fixNote: affected === 'yes' ? defect.fixNote : null,
  };
}

function containersOf(count: number): readonly string[] {
  if (count === 0) return [];
  return [
    count === 1
      ? 'All of them are calls for one container, by its address'
      : `They are calls for ${count} containers, by their addresses`,
  ];
}
