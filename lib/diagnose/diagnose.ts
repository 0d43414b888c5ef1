/**
 * Episodes in, incidents out. The main function of the stage; `reportable` says which of them people see.
 */
import type { Correlator } from '../correlate/correlate.js';
import type { DaemonEpisode, Episode, StopEpisode } from '../correlate/types.js';
import { format } from '../envelope/instant.js';
import type { Defect } from './defect.js';
import { diagnoseDaemon } from './diagnose-daemon.js';
import { diagnoseNode } from './diagnose-node.js';
import { diagnoseStop, type IsWanted } from './diagnose-stop.js';
import { diagnoseStopDump } from './diagnose-stop-dump.js';
import type { DefectId, Incident } from './types.js';
import { explaining, yielded } from './yielding.js';

/** A stuck container explains what its node says from this long before its first call. */
const EXPLAINS_BEFORE_MS = 600_000;
/** PLEG calls a node unhealthy up to three minutes late. */
const EXPLAINS_AFTER_MS = 180_000;
const SAME_CALL_MS = 60_000;

interface Explainer {
  /** When it was over, float ms; infinite while it is open. */
  readonly overMs: number;
}

/** Where and since when an incident is. */
export type Place = Pick<Incident, 'node' | 'pod' | 'firstSeen'>;

export interface Diagnoser {
  /**
   * The verdict on one episode as things stand, null where another episode's verdict tells it. `ended`: the input is
   * over. `batch`: what was booked together. `isWanted` may spare most of the work: null where it says no.
   */
  diagnose(episode: Episode, ended: boolean, batch: object, isWanted?: IsWanted): Incident | null;
  /** What puts incidents in order, for which no verdict is needed. */
  placeOf(episode: Episode): Place;
  /** A force line or a stop call without any failure: nothing that a diagnosis could make more of. */
  isDull(episode: Episode): boolean;
}

export function createDiagnoser(defects: ReadonlyMap<DefectId, Defect>, correlator: Correlator): Diagnoser {
  const defect = (id: DefectId): Defect => {
    const found = defects.get(id);
    if (found === undefined) throw new Error(`no such defect in the compiled patterns: ${id}`);
    return found;
  };

  const stop = (episode: StopEpisode, ended: boolean): Incident =>
    diagnoseStop(episode, defect('stuck-stop'), correlator, ended, () => true) as Incident;

  const daemon = (episode: DaemonEpisode): Incident | null =>
    episode.defect === 'stuck-stop'
      ? diagnoseStopDump(episode, defect('stuck-stop'), correlator)
      : diagnoseDaemon(episode, defect(episode.defect as DefectId), correlator);

  /** What was found of stuck containers in a batch; null for one that is not reported. */
  let batch: object | null = null;
  let verdicts = new Map<StopEpisode, Explainer | null>();
  function explainer(episode: StopEpisode, ended: boolean): Explainer | null {
    const known = verdicts.get(episode);
    if (known !== undefined) return known;
    const incident = stop(episode, ended);
    const overMs =
      incident.state === 'open' || incident.endedAt === null
        ? Number.POSITIVE_INFINITY
        : Date.parse(incident.endedAt);
    const found = isReportable(incident) ? { overMs } : null;
    verdicts.set(episode, found);
    return found;
  }

  /**
   * The stuck container of the same node and time that `fits`: the reason for what else is seen. A verdict is dear,
   * and in a storm there are thousands to be had: it comes last.
   */
  function explanation(
    episode: Episode,
    { ended, of, afterMs }: { readonly ended: boolean; readonly of: object; readonly afterMs: number },
    fits: (other: StopEpisode) => boolean,
  ): string | null {
    if (batch !== of) {
      batch = of;
      verdicts = new Map();
    }
    for (const other of correlator.all()) {
      if (other.kind !== 'stop' || other === episode) continue;
      if (other.firstMs - EXPLAINS_BEFORE_MS > episode.lastMs) continue;
      if (!correlator.facts.same(other.node, episode.node) || !fits(other)) continue;
      const found = explainer(other, ended);
      if (found !== null && found.overMs + afterMs >= episode.lastMs) return other.id;
    }
    return null;
  }

  /** A CRI runtime stops a sandbox's containers first: its deadline is theirs. dockerd's sandboxes are containers. */
  function explainsSandbox(episode: StopEpisode, ended: boolean, of: object): string | null {
    const { subject } = episode;
    if (subject.kind !== 'sandbox' || episode.components.has('dockerd')) return null;
    const { identities } = correlator;
    const pod = identities.podKey(subject);
    return explanation(episode, { ended, of, afterMs: 0 }, (other) => {
      if (other.subject.kind === 'sandbox') return false;
      const otherPod = identities.podKey(other.subject);
      // Where no line says whose the sandbox is, only a call at the same time speaks for it.
      if (pod === null || otherPod === null) return Math.abs(other.lastMs - episode.lastMs) <= SAME_CALL_MS;
      return pod === otherPod;
    });
  }

  function yielding(episode: DaemonEpisode, incident: Incident | null, ended: boolean): Incident | null {
    if (incident === null || !isReportable(incident)) return incident;
    const own = defect(episode.defect as DefectId);
    return explaining(episode, own, correlator.all(), correlator.facts).reduce((now, other) => {
      const by = other.kind === 'stop' ? stop(other, ended) : daemon(other);
      return by !== null && isReportable(by) && isReportable(now) ? yielded(now, by) : now;
    }, incident);
  }

  return {
    diagnose(episode, ended, of, isWanted) {
      if (episode.kind === 'node') {
        const explainedBy = explanation(episode, { ended, of, afterMs: EXPLAINS_AFTER_MS }, () => true);
        return diagnoseNode(episode, defect('runtime-unresponsive'), correlator, explainedBy);
      }
      if (episode.kind === 'daemon') return yielding(episode, daemon(episode), ended);
      // What explains a sandbox changes its verdict.
      const spares = isWanted !== undefined && episode.subject.kind !== 'sandbox';
      const incident = spares
        ? diagnoseStop(episode, defect('stuck-stop'), correlator, ended, isWanted)
        : stop(episode, ended);
      if (incident === null) return null;
      const explainedBy = isReportable(incident) ? explainsSandbox(episode, ended, of) : null;
      if (explainedBy === null) return incident;
      return { ...incident, certainty: 'suspected', why: [`Explained by ${explainedBy}`, ...incident.why] };
    },
    placeOf: (episode) => ({
      node: correlator.facts.nameOf(episode.node),
      pod:
        episode.kind === 'node' || episode.subject === null
          ? null
          : correlator.identities.podOf(episode.subject),
      firstSeen: episode.first === null ? null : format(episode.first),
    }),
    isDull: (episode) =>
      episode.kind === 'stop' &&
      episode.firstFailureMs === null &&
      episode.attempts.length + episode.olderAttempts < 3 &&
      episode.attempts.every((attempt) => attempt.killed === null) &&
      // A dump may show that the call hangs.
      correlator.evidence.of(episode.node, 'goroutines', 'dockerd').length === 0,
  };
}

export function isReportable({ certainty }: Pick<Incident, 'certainty'>): boolean {
  return certainty !== 'suspected';
}
