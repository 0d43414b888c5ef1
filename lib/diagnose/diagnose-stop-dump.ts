/**
 * The verdict on stop calls that only a goroutine dump shows: no line names the container, or several could be
 * meant. Where one container's log is beside the dump, the dump is part of that container's incident instead.
 */
import type { Correlator } from '../correlate/correlate.js';
import type { DaemonEpisode } from '../correlate/types.js';
import { format } from '../envelope/instant.js';
import type { Defect } from './defect.js';
import { diagnoseDaemon } from './diagnose-daemon.js';
import { dumpLeak, noLeak } from './dump-leak.js';
import { isTold, type SpeakingDump, speakingDump } from './dump-tie.js';
import { fill, firstFitting } from './rules.js';
import { affectedByDump, dumpFacts, dumpSentences, stopDump } from './stop-dump.js';
import type { Incident } from './types.js';
import { affectedBy, isSingleGoroutine, runtimeAt } from './versions.js';

/** Null where the calls are told with their container. */
export function diagnoseStopDump(
  episode: DaemonEpisode,
  defect: Defect,
  correlator: Correlator,
): Incident | null {
  const speaking = speakingDump(episode.node, correlator);
  if (speaking === null || isTold(speaking, episode, correlator)) return null;
  const { digest } = speaking;
  const ms = digest.ms ?? Number.POSITIVE_INFINITY;
  const runtime = runtimeAt(correlator.facts, episode.node, ms, 'docker');
  const dump = stopDump(digest, runtime);
  const facts = { ...dumpFacts(dump), generation: runtime.generation };
  // Calls in their stop time-out are ordinary life.
  if (dump.hung + dump.locked + (digest.stopCalls?.killed ?? 0) === 0) return null;
  const incident = diagnoseDaemon(episode, defect, correlator, facts);
  if (incident === null) return null;
  const byDump = affectedByDump(dump);
  const { affected, basis } = byDump ?? affectedBy(defect, runtime);
  const isFixed = affected !== 'no' && byDump?.isFixed !== false;
  const mechanism = firstFitting(defect.mechanisms, facts);
  const over = overOf(speaking);
  const leak = dumpLeak(defect, dump, isSingleGoroutine(defect, runtime));
  return {
    ...incident,
    ...(over !== null && { state: over.state, endedAt: over.at, endedBy: over.by }),
    program: 'dockerd',
    attempts: dump.hung + dump.young + dump.locked,
    // A dump is one moment: calls that came and went before it are not in it.
    attemptsAtLeast: true,
    mechanism: mechanism?.gives ?? 'unknown',
    affected,
    affectedBasis: basis,
    fix: isFixed ? (defect.fix[mechanism?.gives ?? 'unknown'] ?? {}) : {},
    leak: leak !== null && over !== null ? noLeak(over.because) : leak,
    why: [
      // What versions say does not count beside what the waits show.
      ...incident.why.filter((sentence) => byDump === null || sentence !== incident.affectedBasis),
      ...(mechanism === null ? [] : [fill(mechanism.because, {}, facts)]),
      ...containersOf(dump.containers),
      ...dumpSentences(dump, runtime),
      ...(over === null ? [] : [over.because]),
    ],
    rules: [...incident.rules, ...(mechanism === null ? [] : [mechanism.id])],
    gaps: [
      ...incident.gaps.filter((gap) => gap !== 'no version in the input'),
      'no log in the input that names the container',
      ...(runtime.generation === 0 ? ['nothing states the version of dockerd'] : []),
    ],
    fixNote: affected === 'yes' && isFixed ? defect.fixNote : null,
  };
}

interface Over {
  readonly state: 'resolved' | 'ended';
  readonly at: string;
  readonly by: string;
  readonly because: string;
}

/** What came after the dump and ended it: a start of dockerd, or a dump without such calls. */
function overOf({ gone, restartMs }: SpeakingDump): Over | null {
  const goneMs = gone?.ms ?? null;
  if (restartMs !== null && (goneMs === null || restartMs <= goneMs)) {
    const at = timeOf(restartMs);
    const because = `dockerd was started again at ${at}, after the dump: what these calls held is gone`;
    return { state: 'ended', at, by: 'dockerd was started again', because };
  }
  if (goneMs === null) return null;
  const at = timeOf(goneMs);
  const because = `A later dump, of ${at}, shows none of these calls: what they held is gone`;
  return { state: 'resolved', at, by: 'a later dump shows none of the calls', because };
}

function timeOf(ms: number): string {
  return format({ ms: Math.floor(ms), nanos: 0, digits: 3 });
}

function containersOf(count: number): readonly string[] {
  if (count === 0) return [];
  return [
    count === 1
      ? 'All of them are calls for one container, by its address'
      : `They are calls for ${count} containers, by their addresses`,
  ];
}
