/**
 * Episodes in, incidents out. The main function of the stage; `reportable` says which of them people see.
 */
import type { Correlator } from '../correlate/correlate.js';
import type { Episode, StopEpisode } from '../correlate/types.js';
import type { Defect } from './defect.js';
import { diagnoseNode } from './diagnose-node.js';
import { diagnoseStop } from './diagnose-stop.js';
import type { DefectId, Incident } from './types.js';

/** A stuck container explains what its node says from this long before its first call to this long after its end. */
const EXPLAINS_NODE_MS = 600_000;
const EXPLAINS_SANDBOX_MS = 300_000;

export interface Diagnoser {
  /** The verdict on one episode as things stand. `ended`: the input is over. */
  diagnose(episode: Episode, ended: boolean): Incident;
}

export function createDiagnoser(defects: ReadonlyMap<DefectId, Defect>, correlator: Correlator): Diagnoser {
  const defect = (id: DefectId): Defect => {
    const found = defects.get(id);
    if (found === undefined) throw new Error(`no such defect in the compiled patterns: ${id}`);
    return found;
  };

  const stop = (episode: StopEpisode, ended: boolean): Incident =>
    diagnoseStop(episode, defect('stuck-stop'), correlator, ended);

  /** A reported stuck container of the node and time that `fits`, as the reason for what else is seen. */
  function explanation(
    episode: Episode,
    ended: boolean,
    marginMs: number,
    fits: (other: StopEpisode) => boolean,
  ): string | null {
    for (const other of correlator.all()) {
      if (other === episode || other.kind !== 'stop' || !correlator.facts.same(other.node, episode.node))
        continue;
      const over = other.end === null ? Number.POSITIVE_INFINITY : other.end.at.ms;
      if (other.firstMs - marginMs > episode.lastMs || over + marginMs < episode.lastMs) continue;
      if (fits(other) && isReportable(stop(other, ended))) return other.id;
    }
    return null;
  }

  /** A CRI runtime stops a sandbox's containers first: its deadline is theirs. dockerd's sandboxes are containers. */
  function explainsSandbox(episode: StopEpisode, ended: boolean): string | null {
    const { subject } = episode;
    if (subject.kind !== 'sandbox' || episode.components.has('dockerd')) return null;
    const { identities } = correlator;
    const pod = identities.podKey(subject);
    return explanation(episode, ended, EXPLAINS_SANDBOX_MS, (other) => {
      if (other.subject.kind === 'sandbox') return false;
      const otherPod = identities.podKey(other.subject);
      return pod === null || otherPod === null || pod === otherPod;
    });
  }

  return {
    diagnose(episode, ended) {
      if (episode.kind === 'node') {
        const explainedBy = explanation(episode, ended, EXPLAINS_NODE_MS, () => true);
        return diagnoseNode(episode, defect('runtime-unresponsive'), correlator, explainedBy);
      }
      const incident = stop(episode, ended);
      const explainedBy = isReportable(incident) ? explainsSandbox(episode, ended) : null;
      if (explainedBy === null) return incident;
      return { ...incident, certainty: 'suspected', why: [`Explained by ${explainedBy}`, ...incident.why] };
    },
  };
}

export function isReportable(incident: Incident): boolean {
  return incident.certainty !== 'suspected';
}
