/**
 * The verdict on a daemon, a process or a container whose defect is known by its signs: how certain, since
 * when, which versions have it, what speaks against it, what else it could be. Everything it knows of a defect
 * comes from YAML.
 */
import type { Correlator } from '../correlate/correlate.js';
import type { DaemonEpisode } from '../correlate/types.js';
import { format } from '../envelope/instant.js';
import { mitigationsFor, nextSteps, verifying } from './advice.js';
import { daemonVersions, isTold, versionGap, versionProof } from './daemon-versions.js';
import type { Defect, StateRule } from './defect.js';
import { evidenceOf } from './evidence.js';
import { gaugeWords } from './gauges.js';
import { liveRestoreWords } from './live-restore.js';
import { type ProductVerdict, rangesOf } from './product-verdict.js';
import { type Facts, fill, firstFitting, fitting, ofRule } from './rules.js';
import { type SignFacts, signFacts, sizeInWords } from './sign-facts.js';
import type { Certainty, Incident, Leak, State } from './types.js';
import { ASSUMED_TIME, inWords, nodeWord } from './words.js';

const RANK: Readonly<Record<Certainty, number>> = { suspected: 0, likely: 1, confirmed: 2 };

/**
 * Null where nothing speaks for it any more. `extra`: facts that rules may compare beside those of the defect's signs.
 */
export function diagnoseDaemon(
  episode: DaemonEpisode,
  defect: Defect,
  correlator: Correlator,
  extra: Facts = {},
): Incident | null {
  const { facts: book, identities } = correlator;
  const { subject } = episode;
  const ms = episode.first === null ? Number.POSITIVE_INFINITY : episode.lastMs;
  const signs = signFacts(episode, defect, correlator, ms);
  const program = defect.daemon ?? episode.program;
  const { runtime, versions, verdict, latest } = daemonVersions(episode, defect, correlator, signs.facts);
  const facts = {
    ...signs.facts,
    affected: verdict.affected === 'unknown' ? null : verdict.affected === 'yes' ? 1 : 0,
    versionKnown: verdict.version === null ? 0 : 1,
    ...extra,
  };
  const words = { ...wordsOf(episode, program, verdict, correlator), ...signs.words };
  const rule = firstFitting(defect.certainty, facts);
  // An OOM kill of a version without the defect is no sign of it.
  if ((rule === null || rule.gives === 'suspected') && verdict.affected === 'no') return null;
  // A setting that was changed since, a figure that stayed small.
  if (rule === null && isOnlyStated(episode, defect)) return null;
  const against = fitting(ofRule(defect.contradicts, rule?.id ?? null), facts);
  const certainty = against.reduce<Certainty>(
    (now, { lowersTo }) => (RANK[lowersTo] < RANK[now] ? lowersTo : now),
    rule?.gives ?? 'suspected',
  );
  const ending = endOf(
    episode,
    defect,
    correlator,
    firstFitting(ofRule(defect.states, rule?.id ?? null), facts),
  );
  const gauges = program === null ? { sentences: [], proof: [] } : gaugeWords(book, episode.node, program);
  const pod = subject === null ? null : identities.podOf(subject);
  const advice = {
    runtime: runtime.runtime ?? runtimeOfProgram(program),
    kubernetes: pod !== null || runtime.runtime === 'containerd',
    affected: verdict.affected !== 'no',
    mechanism: null,
    words,
    state: ending.state,
    facts: { ...facts, versionKnown: verdict.version === null ? null : 1 },
  };
  return {
    type: 'incident',
    schema: 1,
    id: episode.id,
    defect: defect.id,
    state: ending.state,
    certainty,
    node: book.nameOf(episode.node),
    pod,
    containers: subject === null ? [] : [{ id: subject.id, name: subject.name, kind: subject.kind }],
    attempts: 0,
    attemptsAtLeast: false,
    firstSeen: episode.first === null ? null : format(episode.first),
    lastSeen: episode.last === null ? null : format(episode.last),
    intervalSeconds: null,
    mechanism: null,
    rootCause: null,
    rootCauseBasis: null,
    versions,
    affected: verdict.affected,
    affectedBasis: verdict.reason,
    leak: leakOf(defect, signs),
    evidence: evidenceOf(episode.proof, [
      ...signs.proof,
      ...versionProof(episode, correlator, defect),
      ...gauges.proof,
    ]),
    fix: verdict.fix,
    next: nextSteps(defect, advice),
    endedAt: ending.at,
    endedBy: ending.by,
    why: [
      rule === null ? tooLittle(episode) : fill(rule.because, words, facts),
      ...against.map(({ because }) => `Against it: ${fill(because, words, facts)}`),
      ...fitting(defect.remarks, facts).map(({ because }) => fill(because, words, facts)),
      ...growthOf(signs),
      ...(verdict.contradiction === null ? [] : [verdict.contradiction]),
      ...(verdict.affected === 'unknown' && defect.versions.length > 0 && isTold(verdict, versions, defect)
        ? [verdict.reason]
        : []),
      ...(verdict === latest || latest.version === null ? [] : [`By the end ${latest.version} ran`]),
      ...(defect.keyedBy === 'process' ? rangesOf(defect) : []),
      ...gauges.sentences,
    ],
    rules: [rule?.id, ...against.map(({ id }) => id)].filter((id) => id !== undefined),
    mitigations: rule === null ? [] : mitigationsFor(defect, advice),
    gaps: gapsOf(episode, versionGap(verdict, versions, defect), signs, defect),
    utcOffsetMinutes: episode.offsetMinutes,
    title: defect.title,
    program: defect.keyedBy === 'container' ? null : program,
    fixNote: verdict.affected === 'yes' ? defect.fixNote : null,
    verify: rule === null ? null : verifying(defect, advice),
    differential: defect.lookAlikes,
  };
}

/** True where all that opened it are settings and figures. */
function isOnlyStated({ tallies }: DaemonEpisode, { signs }: Defect): boolean {
  return signs.every(
    ({ fact, setting, gauge, opens }) =>
      opens !== true || !tallies.has(fact) || setting !== undefined || gauge !== undefined,
  );
}

/** `1 x oom kills`: the signs by their facts' names. */
function tooLittle({ tallies }: DaemonEpisode): string {
  const seen = [...tallies].map(
    ([fact, { count }]) => `${count} x ${fact.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}`,
  );
  return `Signs of it (${seen.slice(0, 4).join(', ')}), too few to say more`;
}

function wordsOf(
  episode: DaemonEpisode,
  program: string | null,
  verdict: ProductVerdict,
  { facts, identities }: Correlator,
): Record<string, string> {
  const { subject } = episode;
  const pod = subject === null ? null : identities.podOf(subject);
  return {
    node: nodeWord(facts.nameOf(episode.node)),
    program: program ?? 'the process',
    liveRestore: liveRestoreWords(facts, episode.node, episode.lastMs),
    version: verdict.version ?? 'of an unknown version',
    without: verdict.predates ? 'is older than the defect' : 'should have the fix',
    span: inWords(Math.max(0, (episode.lastMs - episode.firstMs) / 1000)),
    ...(subject !== null && { id: subject.id, id12: subject.id.slice(0, 12) }),
    ...(pod?.name && { pod: pod.name }),
  };
}

function runtimeOfProgram(program: string | null): 'docker' | 'containerd' | 'cri-o' | null {
  if (program === 'dockerd') return 'docker';
  if (program === 'containerd') return 'containerd';
  return program === 'crio' ? 'cri-o' : null;
}

/** What is held by the evidence that shows most: a heap profile, or a figure that says so. */
function leakOf(defect: Defect, signs: SignFacts): Leak | null {
  const note = defect.leakNote === null ? '' : `; ${defect.leakNote}`;
  const held = defect.signs.flatMap(({ fact, signature, opens, leak }) => {
    const bytes = signs.facts[signature === undefined ? fact : `${fact}Bytes`] ?? 0;
    if (opens !== true || bytes <= 0) return [];
    if (signature !== undefined)
      return [{ min: bytes, max: bytes, basis: `The heap profile shows ${sizeInWords(bytes)} held` }];
    if (leak === undefined) return [];
    const basis = fill(leak.basis, signs.words, signs.facts);
    return [{ min: Math.round(bytes * leak.min), max: Math.round(bytes * leak.max), basis }];
  });
  const most = held.toSorted((a, b) => b.min - a.min || b.max - a.max)[0];
  if (most === undefined) return null;
  return {
    goroutines: { min: 0, max: 0 },
    fds: { min: 0, max: 0 },
    bytes: { min: most.min, max: most.max },
    perDay: null,
    basis: `${most.basis}${note}`,
  };
}

function growthOf(signs: SignFacts): string[] {
  const { growth } = signs.words;
  if (growth === undefined) return [];
  return [
    signs.facts['growing'] === 1
      ? `It grew in every profile: ${growth}`
      : `It did not grow in every profile: ${growth}`,
  ];
}

function gapsOf(
  episode: DaemonEpisode,
  versionGap: string | null,
  signs: SignFacts,
  defect: Defect,
): readonly string[] {
  const out: string[] = versionGap === null ? [] : [versionGap];
  const wantsHeap = defect.signs.some(
    (sign) => sign.signature !== undefined && signs.facts[sign.fact] === null,
  );
  if (wantsHeap) out.push('no profile or dump in the input');
  if (episode.assumedTime) out.push(ASSUMED_TIME);
  if (episode.first === null) out.push('nothing states when');
  if (episode.proofDropped > 0) {
    const lines = episode.proofDropped === 1 ? 'line' : 'lines';
    out.push(`${episode.proofDropped} further ${lines} not kept as proof`);
  }
  return out;
}

function endOf(
  episode: DaemonEpisode,
  defect: Defect,
  correlator: Correlator,
  stands: StateRule | null,
): { readonly state: State; readonly at: string | null; readonly by: string | null } {
  if (episode.end !== null) {
    const { at, state, because } = episode.end;
    return { state, at: at === null ? null : format(at), by: because };
  }
  if (stands !== null && stands.state !== 'open') {
    const at = episode.last === null ? null : format(episode.last);
    return { state: stands.state, at, by: stands.because };
  }
  const silence = defect.parameters['silenceSeconds'];
  const quiet = (correlator.nowOf(episode.node) - episode.lastMs) / 1000;
  if (silence !== undefined && episode.last !== null && quiet > silence) {
    return { state: 'ended', at: format(episode.last), by: `no further line for ${inWords(quiet)}` };
  }
  return { state: 'open', at: null, by: null };
}
