/**
 * Which incidents are told together: those of one pod, and three or more containers of one node that got stuck
 * at the same time. Forty containers behind one dead NFS server are one finding, not forty.
 */
import type { Incident } from '../diagnose/types.js';
import { epoch } from './time.js';
import { byUrgency } from './verdict.js';

/** Incidents of one pod (or a single one without a pod), or of many containers that share a window. */
export interface Group {
  readonly kind: 'subject' | 'cluster';
  readonly node: string | null;
  /** At least one, most urgent first. */
  readonly incidents: readonly [Incident, ...Incident[]];
}

/** A stop belongs to the window when it began within 5 minutes of the one before it: the span a cause is looked for. */
const windowMs = 5 * 60_000;
const clusterSize = 3;

export function groupIncidents(incidents: readonly Incident[]): readonly Group[] {
  const clustered = new Set<Incident>();
  const groups: Group[] = [];
  for (const window of windows(incidents)) {
    for (const incident of window) clustered.add(incident);
    groups.push(groupOf('cluster', window));
  }
  const pods = partition(
    incidents.filter((incident) => !clustered.has(incident)),
    (incident) => `${incident.defect} ${podKey(incident)}`,
  );
  for (const members of pods) groups.push(groupOf('subject', members));
  // A runtime that does not answer explains its node's stuck containers: cause first.
  return groups.sort((a, b) => rank(a) - rank(b) || byUrgency(a.incidents[0], b.incidents[0]));

  function rank(group: Group): number {
    return group.incidents[0].state === 'open' && group.incidents[0].defect === 'runtime-unresponsive'
      ? 0
      : 1;
  }
}

/** Same pod on the same node; without a pod every incident stands for itself. */
export function podKey(incident: Incident): string {
  const { node, pod } = incident;
  if (pod === null || (pod.name === null && pod.uid === null)) return `id ${incident.id}`;
  // The uid is often known for some containers of a pod only, so the name decides where there is one.
  return JSON.stringify(pod.name === null ? [node, pod.uid] : [node, pod.namespace, pod.name]);
}

function windows(incidents: readonly Incident[]): Incident[][] {
  /** Of those that may belong to a window, ms. */
  const starts = new Map<Incident, number>();
  for (const incident of incidents) {
    if (incident.containers.length === 0 || incident.certainty === 'suspected') continue;
    const start = epoch(incident.firstSeen);
    if (start !== null) starts.set(incident, start);
  }
  const startOf = (incident: Incident): number => starts.get(incident) ?? 0;
  const found: Incident[][] = [];
  for (const same of partition([...starts.keys()], ({ defect, node }) => JSON.stringify([defect, node]))) {
    same.sort((a, b) => startOf(a) - startOf(b));
    let window: Incident[] = [];
    for (const incident of same) {
      const last = window.at(-1);
      if (last !== undefined && startOf(incident) - startOf(last) > windowMs) {
        found.push(window);
        window = [];
      }
      window.push(incident);
    }
    found.push(window);
  }
  return found.filter(
    (window) => window.length >= clusterSize && new Set(window.map((incident) => podKey(incident))).size > 1,
  );
}

function groupOf(kind: Group['kind'], members: readonly Incident[]): Group {
  const [first, ...rest] = [...members].sort(byUrgency);
  if (first === undefined) throw new Error('a group needs at least one incident');
  return { kind, node: first.node, incidents: [first, ...rest] };
}

function partition(incidents: readonly Incident[], keyOf: (incident: Incident) => string): Incident[][] {
  const parts = new Map<string, Incident[]>();
  for (const incident of incidents) {
    const key = keyOf(incident);
    const part = parts.get(key);
    if (part === undefined) parts.set(key, [incident]);
    else part.push(incident);
  }
  return [...parts.values()];
}
