/**
 * A defect that is known by its effect alone gives way to one that explains the effect: a daemon that is killed
 * again and again, to the leak that fills it. Its YAML names those that it yields to.
 */
import type { NodeFacts } from '../correlate/node-facts.js';
import type { DaemonEpisode, Episode, StopEpisode } from '../correlate/types.js';
import type { Defect } from './defect.js';
import type { Incident } from './types.js';

/** What fills a daemon was seen at most so long before what it leads to. */
const EXPLAINS_FOR_MS = 86_400_000;

type Explaining = StopEpisode | DaemonEpisode;

/** Episodes that would explain this one if they are reported: same node, same time, same container where it has one. */
export function explaining(
  episode: DaemonEpisode,
  { yieldsTo }: Defect,
  all: Iterable<Episode>,
  facts: NodeFacts,
): readonly Explaining[] {
  if (yieldsTo.length === 0) return [];
  const found: Explaining[] = [];
  for (const other of all) {
    if (other.kind === 'node' || other === episode) continue;
    const name = other.kind === 'stop' ? 'stuck-stop' : other.defect;
    if (!yieldsTo.some((id) => id === name) || !facts.same(other.node, episode.node)) continue;
    if (episode.subject !== null && other.subject?.key !== episode.subject.key) continue;
    if (meets(episode, other)) found.push(other);
  }
  return found;
}

/** A profile states no time: it speaks of now. */
function meets(episode: DaemonEpisode, other: Explaining): boolean {
  if (episode.first === null || (other.kind === 'daemon' && other.first === null)) return true;
  return other.firstMs <= episode.lastMs && other.lastMs + EXPLAINS_FOR_MS >= episode.firstMs;
}

/** The incident as it is told beside the one that explains it. A version without the leak explains no memory. */
export function yielded(incident: Incident, by: Incident): Incident {
  if (incident.containers.length === 0 && by.affected === 'no') return incident;
  return { ...incident, certainty: 'suspected', why: [`Explained by ${by.id}`, ...incident.why] };
}
