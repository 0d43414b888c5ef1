/**
 * The verdict on a stuck stop: how certain, which loop, why, what it leaks, what to do. A pure function of the
 * episode and of what is known of its node at this moment.
 */

import { RUNTIME_OF_COMPONENT } from '../correlate/book-fact.js';
import type { Correlator } from '../correlate/correlate.js';
import { msOf } from '../correlate/stop-episodes.js';
import type { EpisodeEnd, StopEpisode } from '../correlate/types.js';
import { format } from '../envelope/instant.js';
import { mitigationsFor, nextSteps, verifying } from './advice.js';
import type { Defect } from './defect.js';
import { dumpLeak, noLeak } from './dump-leak.js';
import { dumpOf } from './dump-tie.js';
import { evidenceOf } from './evidence.js';
import { gaugeWords } from './gauges.js';
import { leakOf } from './leak.js';
import { liveRestoreWords } from './live-restore.js';
import { type Cause, namedCauses, rootCauseOf } from './root-cause.js';
import { fill, firstFitting } from './rules.js';
import { affectedByDump, dumpFacts, dumpProof, dumpSentences } from './stop-dump.js';
import { type StopFacts, stopFacts } from './stop-facts.js';
import type { Certainty, Incident, Mechanism, State } from './types.js';
import { affectedBy, isSingleGoroutine, type Runtime, runtimeAt } from './versions.js';
import { ASSUMED_TIME, inWords, nodeWord } from './words.js';

/** Of a dump that is later than the last call of the log. */
const NONE_LEFT =
  'A dump after the last of these calls shows no stop call: they have returned, and nothing is held';

const ROOT_CAUSE_WORDS: Readonly<Record<string, string>> = {
  'd-state': 'a process in uninterruptible sleep (state D)',
  zombie: 'a zombie process',
  oom: 'an out-of-memory kill in its cgroup',
  frozen: 'a frozen cgroup',
  'shim-hung': 'a shim that does not answer',
  'exit-lost': 'a lost exit event',
  'signal-denied': 'a signal that was denied',
};

/** How an incident stands. */
export type Standing = Pick<Incident, 'id' | 'state' | 'certainty'>;

export type IsWanted = (standing: Standing) => boolean;

/** `isWanted`: asked before all is worked out that people read, which is most of it. Null where it is not. */
export function diagnoseStop(
  episode: StopEpisode,
  defect: Defect,
  correlator: Correlator,
  ended: boolean,
  isWanted: IsWanted,
): Incident | null {
  const { facts, identities } = correlator;
  const { subject } = episode;
  const nowMs = Math.max(correlator.nowOf(episode.node), episode.lastMs);
  const runtime = runtimeAt(
    facts,
    episode.node,
    episode.lastMs,
    subject.runtime ?? runtimeOf(episode.components),
  );
  const overMs = episode.end === null ? nowMs : msOf(episode.end.at);
  const named = namedCauses(episode, correlator.causesOf(subject), facts, overMs);
  const stop = stopFacts(episode, { defect, facts, runtime, causes: named, nowMs, ended });

  const tied = dumpOf(episode, runtime, correlator);
  const dump = tied?.dump ?? null;
  const known = { ...stop.facts, ...dumpFacts(dump) };

  const certaintyRule = stop.graceIsOver ? firstFitting(defect.certainty, known) : null;
  const certainty: Certainty = certaintyRule?.gives ?? 'suspected';
  const ending = endOf(episode, stop, defect, correlator, nowMs);
  if (!isWanted({ id: episode.id, state: ending.state, certainty })) return null;

  const cause = rootCauseOf(episode, named, facts, (defect.parameters['causeWindowSeconds'] ?? 300) * 1000);
  const gauges = gaugeWords(facts, episode.node, runtime.runtime === 'docker' ? 'dockerd' : 'containerd');
  const words = {
    liveRestore: liveRestoreWords(facts, episode.node, episode.lastMs),
    callSpan: inWords(defect.parameters['retryWindowSeconds'] ?? 3600),
    ...wordsFor(stop, subject.id, facts.nameOf(episode.node), cause),
  };
  const mechanismRule = firstFitting(defect.mechanisms, known);
  const mechanism: Mechanism = mechanismRule?.gives ?? 'unknown';
  const byLines = affectedBy(defect, runtime);
  const byDump = dump === null ? null : affectedByDump(dump);
  const verdict = byDump === null || byLines.affected === 'yes' ? byLines : byDump;
  const { affected, basis: affectedBasis } = verdict;
  const isFixed = verdict === byLines || byDump?.isFixed === true;
  const decisive = mechanismRule?.decisive ?? false;
  const byCalls = leakOf({ defect, stop, affected, mechanism, decisive, runtime });
  const leak = tied?.showsNone
    ? byCalls && noLeak(NONE_LEFT)
    : ((dump === null ? null : dumpLeak(defect, dump, isSingleGoroutine(defect, runtime))) ?? byCalls);
  const pod = identities.podOf(subject);
  const advice = {
    runtime: runtime.runtime,
    kubernetes:
      pod !== null ||
      episode.components.has('kubelet') ||
      runtime.runtime === 'containerd' ||
      runtime.runtime === 'cri-o',
    affected: affected !== 'no',
    mechanism,
    words,
    facts: { ...dumpFacts(dump), containerNamed: 1 },
  };
  // One stop call that nothing has failed of asks for nothing to be done.
  const isNothing = certainty === 'suspected' && stop.facts['failedCalls'] === 0;

  return {
    type: 'incident',
    schema: 1,
    id: episode.id,
    defect: defect.id,
    state: ending.state,
    certainty,
    node: facts.nameOf(episode.node),
    pod,
    containers: [{ id: subject.id, name: subject.name, kind: subject.kind }],
    attempts: stop.attempts,
    attemptsAtLeast: atLeast(episode, stop, correlator, nowMs, ending.state),
    firstSeen: format(episode.first),
    lastSeen: format(episode.last),
    intervalSeconds: stop.intervalSeconds,
    mechanism,
    rootCause: cause?.cause ?? null,
    rootCauseBasis: cause?.basis ?? null,
    versions: { ...runtime.versions },
    affected,
    affectedBasis,
    leak,
    evidence: evidenceOf(episode.proof, [
      cause?.trouble?.proof,
      correlator.linkOf(subject),
      dump && dumpProof(dump),
      ...gauges.proof,
    ]),
    fix:
      isFixed && (affected === 'yes' || (affected === 'unknown' && runtime.runtime === 'docker'))
        ? (defect.fix[mechanism] ?? {})
        : {},
    next: nextSteps(defect, advice),
    endedAt: ending.at,
    endedBy: ending.by,
    why: [
      ...(certaintyRule === null ? [notEnough(stop, episode)] : [fill(certaintyRule.because, words, known)]),
      ...(mechanismRule === null ? [] : [fill(mechanismRule.because, words, known)]),
      ...doubts(mechanism, decisive, runtime, stop),
      ...(dump === null ? [] : dumpSentences(dump, runtime)),
      ...(tied?.showsNone && byCalls !== null ? [NONE_LEFT] : []),
      ...gauges.sentences,
    ],
    rules: [certaintyRule?.id, mechanismRule?.id].filter((id) => id !== undefined),
    mitigations: isNothing ? [] : mitigationsFor(defect, advice),
    gaps: gapsOf(episode, correlator, runtime),
    utcOffsetMinutes: episode.offsetMinutes,
    title: defect.title,
    program: null,
    fixNote: affected === 'yes' && isFixed ? defect.fixNote : null,
    verify: isNothing ? null : verifying(defect, advice),
    differential: defect.lookAlikes,
  };
}

function runtimeOf(components: ReadonlySet<string>): Runtime['runtime'] {
  for (const component of components) {
    const runtime = RUNTIME_OF_COMPONENT[component];
    if (runtime !== undefined) return runtime;
  }
  return null;
}

function wordsFor(
  stop: StopFacts,
  id: string,
  node: string | null,
  cause: Cause | null,
): Record<string, string> {
  const { facts } = stop;
  const beyond = facts['secondsBeyondCall'];
  return {
    id,
    id12: id.slice(0, 12),
    node: nodeWord(node),
    failures: failuresOf(stop),
    failedCallsText: facts['failedCalls'] === 1 ? '1 stop call' : `${facts['failedCalls']} stop calls`,
    exitWindow:
      stop.watchedSeconds === null || stop.watchedSeconds >= 60
        ? 'no exit was seen within 60 s of that'
        : stop.watchedSeconds < 1
          ? 'the log ends there'
          : `no exit was seen in the ${inWords(stop.watchedSeconds)} that the log goes on`,
    rootCause: cause === null ? 'none' : (ROOT_CAUSE_WORDS[cause.cause] ?? cause.cause),
    stuckFor: inWords(facts['secondsStuck'] ?? 0),
    interval: stop.intervalSeconds === null ? 'an unknown time' : inWords(stop.intervalSeconds),
    callTime: stop.callSeconds === null ? 'an unknown time' : inWords(stop.callSeconds),
    pause: beyond === null || beyond === undefined ? 'an unknown time' : inWords(Math.max(0, beyond)),
  };
}

/** How the calls failed: "all 8 outlived SIGKILL by 10 s". */
function failuresOf({ facts }: StopFacts): string {
  const failed = facts['failedCalls'] ?? 0;
  const ways: [number, string][] = [
    [facts['survivedKills'] ?? 0, 'outlived SIGKILL by 10 s'],
    [facts['deadlines'] ?? 0, 'ran into the deadline of the call'],
    [facts['noExitEvents'] ?? 0, 'ended without an exit event'],
  ];
  const present = ways.filter(([count]) => count > 0);
  const every = present.find(([count]) => count === failed);
  if (every !== undefined)
    return `${failed === 1 ? 'it' : failed === 2 ? 'both' : `all ${failed}`} ${every[1]}`;
  return present.map(([count, how]) => `${count} ${how}`).join(', ');
}

function notEnough(stop: StopFacts, episode: StopEpisode): string {
  if (!stop.graceIsOver) {
    return `A long stop time-out is stated (${inWords(episode.maxGrace ?? 0)}): nothing is wrong before twice that`;
  }
  if (stop.exitMs !== null)
    return 'The container exited soon after: normal for an application that ignores its stop signal';
  return 'A stop call, and no failure of it that proves anything: normal so far';
}

/** What does not add up, and what would decide it. */
function doubts(mechanism: Mechanism, decisive: boolean, runtime: Runtime, stop: StopFacts): string[] {
  const out: string[] = [];
  if (mechanism === 'lost-exit' && !decisive) {
    out.push(
      'A process in state D would hold the call, and retries would come minutes apart: check 1 decides',
    );
  }
  if (mechanism === 'unknown' && runtime.runtime === 'docker') {
    out.push(
      'What would decide: a goroutine dump, the count of docker.sock peers, or whether a process of the container exists (check 1)',
    );
  }
  if (stop.callers === 2) out.push('Two callers take turns; the interval is that of one of them');
  return out;
}

interface Ending {
  readonly state: State;
  readonly at: string | null;
  readonly by: string | null;
}

const END_WORDS: Readonly<Record<EpisodeEnd['by'], string>> = {
  exit: 'exit seen',
  'removal-asked': 'removal asked, exit itself not seen',
  reboot: 'the node was rebooted',
  recovered: 'recovered',
};

function endOf(
  episode: StopEpisode,
  stop: StopFacts,
  defect: Defect,
  correlator: Correlator,
  nowMs: number,
): Ending {
  if (episode.end !== null) {
    const anonymous = episode.end.by === 'exit' && episode.end.anonymous;
    return {
      state: episode.end.by === 'exit' ? 'resolved' : 'ended',
      at: format(episode.end.at),
      by: anonymous ? 'an exit line without an id fits it' : END_WORDS[episode.end.by],
    };
  }
  if (stop.exitMs !== null && episode.tentativeExit !== null) {
    return {
      state: 'resolved',
      at: format(episode.tentativeExit),
      by: 'an exit line without an id fits it, and no stop call follows',
    };
  }
  const { parameters } = defect;
  const quiet = (nowMs - episode.lastMs) / 1000;
  if (stop.intervalSeconds !== null && stop.attempts >= 3) {
    const overdue = Math.max(
      (parameters['silenceIntervals'] ?? 10) * stop.intervalSeconds,
      parameters['silenceSeconds'] ?? 600,
    );
    const lost = correlator.facts.losses.of(episode.node).some((loss) => loss.ms >= episode.lastMs - 1000);
    if (quiet > overdue && !lost) {
      return {
        state: 'ended',
        at: format(episode.last),
        by: `no further call for ${inWords(quiet)}, exit not seen`,
      };
    }
  }
  return { state: 'open', at: null, by: null };
}

/** True where calls went unseen: the log starts or ends in the loop, or lost lines within it. */
function atLeast(
  episode: StopEpisode,
  stop: StopFacts,
  correlator: Correlator,
  nowMs: number,
  state: State,
): boolean {
  const first = episode.attempts[0];
  const startsInside =
    episode.olderAttempts === 0 && first !== undefined && first.survived !== null && first.forced === null;
  const intervalMs = (stop.intervalSeconds ?? 0) * 1000;
  const endsInside = state === 'open' && stop.attempts >= 2 && nowMs - episode.lastMs <= 2 * intervalMs;
  const until = episode.end === null ? nowMs : msOf(episode.end.at);
  const lost = correlator.facts.losses
    .of(episode.node)
    .some((loss) => loss.ms >= episode.firstMs && loss.ms <= until);
  return episode.earlierCalls || startsInside || endsInside || lost;
}

function gapsOf(episode: StopEpisode, correlator: Correlator, runtime: Runtime): readonly string[] {
  const { facts } = correlator;
  const out: string[] = [];
  if (facts.troubles.of(episode.node).every((t) => t.trouble === 'events-lost'))
    out.push('no kernel lines in the input');
  if (
    runtime.runtime === 'docker' &&
    !facts.runtimes.of(episode.node).some((mark) => mark.runtime === 'docker')
  ) {
    out.push('no dockerd lines in the input');
  }
  if (Object.keys(runtime.versions).length === 0) out.push('no start-up lines in the input (versions)');
  const lost = facts.losses.of(episode.node).reduce((sum, loss) => sum + loss.lines, 0);
  if (lost > 0) out.push(`${lost} lines lost by the log itself`);
  if (episode.assumedTime) out.push(ASSUMED_TIME);
  if (episode.proofDropped > 0)
    out.push(
      `${episode.proofDropped} further ${episode.proofDropped === 1 ? 'line' : 'lines'} not kept as proof`,
    );
  return out;
}
