/**
 * The verdict on a node whose runtime does not answer. Where a stuck container of that node explains it, it is
 * not reported a second time: the container is the finding.
 */
import type { Correlator } from '../correlate/correlate.js';
import type { NodeEpisode } from '../correlate/types.js';
import { format } from '../envelope/instant.js';
import { mitigationsFor, nextSteps, verifying } from './advice.js';
import type { Defect } from './defect.js';
import { evidenceOf } from './evidence.js';
import { fill, firstFitting } from './rules.js';
import type { Certainty, Incident, State } from './types.js';
import { runtimeAt } from './versions.js';
import { ASSUMED_TIME, inWords, nodeWord } from './words.js';

const END_WORDS = {
  recovered: 'the node said that it is ready again',
  reboot: 'the node was rebooted',
} as const;

/** `explainedBy`: id of a reported stuck stop of that node and time, or null. */
export function diagnoseNode(
  episode: NodeEpisode,
  defect: Defect,
  correlator: Correlator,
  explainedBy: string | null,
): Incident {
  const nowMs = Math.max(correlator.nowOf(episode.node), episode.lastMs);
  const count = (signal: Parameters<typeof episode.signals.get>[0]): number =>
    episode.signals.get(signal) ?? 0;
  const signals = [...episode.signals.values()].reduce((sum, n) => sum + n, 0);
  const facts = {
    signals,
    kinds: episode.signals.size,
    relistUnhealthy: count('relist-unhealthy'),
    runtimeTimeouts: count('runtime-timeout'),
    socketExhausted: count('socket-exhausted'),
    loadingHung: count('loading-hung'),
    secondsStuck: (episode.lastMs - episode.firstMs) / 1000,
  };
  const words = {
    stuckFor: inWords(facts.secondsStuck),
    node: nodeWord(correlator.facts.nameOf(episode.node)),
  };
  const rule = firstFitting(defect.certainty, facts);
  const certainty: Certainty = explainedBy === null ? (rule?.gives ?? 'suspected') : 'suspected';
  const runtime = runtimeAt(correlator.facts, episode.node, episode.lastMs, null);
  const ending = endOf(episode, defect, nowMs);
  const advice = {
    runtime: runtime.runtime,
    kubernetes: count('relist-unhealthy') + count('node-not-ready') + count('runtime-timeout') > 0,
    affected: false,
    mechanism: null,
    words,
  };
  return {
    type: 'incident',
    schema: 1,
    id: episode.id,
    defect: defect.id,
    state: ending.state,
    certainty,
    node: correlator.facts.nameOf(episode.node),
    pod: null,
    containers: [],
    attempts: 0,
    attemptsAtLeast: false,
    firstSeen: format(episode.first),
    lastSeen: format(episode.last),
    intervalSeconds: null,
    mechanism: null,
    rootCause: null,
    rootCauseBasis: null,
    versions: { ...runtime.versions },
    affected: 'unknown',
    affectedBasis: 'not a matter of one version',
    leak: null,
    evidence: evidenceOf(episode.proof),
    fix: {},
    next: nextSteps(defect, advice),
    endedAt: ending.at,
    endedBy: ending.by,
    why: [
      rule === null ? 'Too little to say that the runtime is stuck' : fill(rule.because, words, facts),
      ...(explainedBy === null ? [] : [`Explained by ${explainedBy}`]),
    ],
    rules: rule === null ? [] : [rule.id],
    mitigations: rule === null ? [] : mitigationsFor(defect, advice),
    gaps: episode.assumedTime ? [ASSUMED_TIME] : [],
    utcOffsetMinutes: episode.offsetMinutes,
    title: defect.title,
    program: null,
    fixNote: null,
    verify: rule === null ? null : verifying(defect, advice),
    differential: defect.lookAlikes,
  };
}

function endOf(
  episode: NodeEpisode,
  defect: Defect,
  nowMs: number,
): { state: State; at: string | null; by: string | null } {
  if (episode.end !== null) {
    const by =
      episode.end.by === 'recovered' || episode.end.by === 'reboot' ? END_WORDS[episode.end.by] : null;
    return { state: episode.end.by === 'recovered' ? 'resolved' : 'ended', at: format(episode.end.at), by };
  }
  const quiet = (nowMs - episode.lastMs) / 1000;
  if (quiet > (defect.parameters['silenceSeconds'] ?? 600)) {
    return { state: 'ended', at: format(episode.last), by: `no further line for ${inWords(quiet)}` };
  }
  return { state: 'open', at: null, by: null };
}
