/**
 * A defect that is known by its effect alone gives way to one that explains the effect: a daemon that is killed
 * again and again, to the leak that fills it. Its YAML names those that it yields to.
 */
import type { NodeFacts } from '../correlate/node-facts.js';
import { programOf } from '../correlate/program.js';
import type { DaemonEpisode, Episode, StopEpisode } from '../correlate/types.js';
import type { Defect } from './defect.js';
import type { Incident } from './types.js';

/** What fills a daemon was seen at most so long before what it leads to. */
const EXPLAINS_FOR_MS = 86_400_000;
/** Whose memory a stuck stop takes. */
const LEAKS_IN = 'dockerd';

type Explaining = StopEpisode | DaemonEpisode;

/**
 * Episodes that would explain this one if they are reported: same node, same time, same container where it has one,
 * the same program where its lines name one.
 */
export function explaining(
  episode: DaemonEpisode,
  own: Defect,
  all: Iterable<Episode>,
  facts: NodeFacts,
): readonly Explaining[] {
  if (own.yieldsTo.length === 0) return [];
  const found: Explaining[] = [];
  const programs = programsOf(episode, own);
  for (const other of all) {
    if (other.kind === 'node' || other === episode) continue;
    const name = other.kind === 'stop' ? 'stuck-stop' : other.defect;
    if (!own.yieldsTo.some((id) => id === name) || !facts.same(other.node, episode.node)) continue;
    if (episode.subject !== null && other.subject?.key !== episode.subject.key) continue;
    if (!isOf(other, programs)) continue;
    if (meets(episode, other)) found.push(other);
  }
  return found;
}

/** Programs that its signs name, those alone that were seen more than once where there are such. */
function programsOf({ tallies }: DaemonEpisode, { signs }: Defect): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const { fact, where } of signs) {
    const names = new Set((where?.['comm'] ?? where?.['product'] ?? []).map(canonical));
    const [name] = names;
    const count = tallies.get(fact)?.count ?? 0;
    // A sign of several programs tells of none.
    if (names.size === 1 && name !== undefined && count > 0)
      counts.set(name, Math.max(counts.get(name) ?? 0, count));
  }
  const again = [...counts].filter(([, count]) => count > 1);
  return new Set((again.length > 0 ? again : [...counts]).map(([name]) => name));
}

function canonical(name: string): string {
  return name === 'dockerd-current' || name === 'balenad' ? 'dockerd' : programOf(name);
}

function isOf(other: Explaining, programs: ReadonlySet<string>): boolean {
  const program = other.kind === 'stop' ? LEAKS_IN : other.program;
  return program === null || [...programs].every((name) => name === program);
}

/** A profile states no time: it speaks of now. */
function meets(episode: DaemonEpisode, other: Explaining): boolean {
  if (episode.first === null || (other.kind === 'daemon' && other.first === null)) return true;
  return other.firstMs <= episode.lastMs && other.lastMs + EXPLAINS_FOR_MS >= episode.firstMs;
}

/** The incident as it is told beside the one that explains it. What leaks nothing explains no memory. */
export function yielded(incident: Incident, by: Incident): Incident {
  const isOfMemory = incident.containers.length === 0;
  if (isOfMemory && (by.affected === 'no' || leaksNothing(by))) return incident;
  return { ...incident, certainty: 'suspected', why: [`Explained by ${by.id}`, ...incident.why] };
}

/** Stop calls are known to leak only where their least is above 0; of the others a profile or a version tells. */
function leaksNothing({ defect, leak }: Incident): boolean {
  return defect === 'stuck-stop' && (leak === null || Math.max(leak.goroutines.min, leak.bytes.min) <= 0);
}
