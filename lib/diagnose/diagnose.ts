/**
 * Episodes in, incidents out. The main function of the stage; `reportable` says which of them people see.
 */
import type { Correlator } from '../correlate/correlate.js';
import type { Episode, NodeEpisode } from '../correlate/types.js';
import type { Defect } from './defect.js';
import { diagnoseNode } from './diagnose-node.js';
import { diagnoseStop } from './diagnose-stop.js';
import type { DefectId, Incident } from './types.js';

/** A stuck container explains what a node says from this long before its first call on. */
const EXPLAINS_BEFORE_MS = 600_000;
const EXPLAINS_AFTER_MS = 600_000;

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

  function explains(episode: NodeEpisode, ended: boolean): string | null {
    for (const other of correlator.all()) {
      if (other.kind !== 'stop' || !correlator.facts.same(other.node, episode.node)) continue;
      const over = other.end === null ? Number.POSITIVE_INFINITY : other.end.at.ms;
      if (other.firstMs - EXPLAINS_BEFORE_MS > episode.lastMs || over + EXPLAINS_AFTER_MS < episode.lastMs)
        continue;
      if (isReportable(diagnoseStop(other, defect('stuck-stop'), correlator, ended))) return other.id;
    }
    return null;
  }

  return {
    diagnose(episode, ended) {
      return episode.kind === 'stop'
        ? diagnoseStop(episode, defect('stuck-stop'), correlator, ended)
        : diagnoseNode(episode, defect('runtime-unresponsive'), correlator, explains(episode, ended));
    },
  };
}

export function isReportable(incident: Incident): boolean {
  return incident.certainty !== 'suspected';
}
