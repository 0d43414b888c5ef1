/**
 * The words of a verdict: what a defect is called in a headline, who it is about, and whether a leak is proven.
 * One place, so that the headline, the rows, the table and the live line never disagree.
 */
import type { Certainty, Incident, RootCause, State, SubjectRef } from '../diagnose/types.js';
import { printable } from './printable.js';

export type LeakVerdict = 'PROVEN' | 'NOT PROVEN' | 'NONE' | 'not affected' | null;

/** Columns a name may take inside a line; ids and names can be made arbitrarily long by a log. */
export const nameColumns = 48;

/** What is said of a defect while it goes on, and afterwards. */
const sayings: Readonly<Record<string, { readonly now: string; readonly past: string }>> = {
  'stuck-stop': { now: 'does not stop', past: 'did not stop' },
  'stuck-stop of a dump': { now: 'stop calls do not return', past: 'stop calls did not return' },
  'runtime-unresponsive': {
    now: 'container runtime does not answer',
    past: 'container runtime did not answer',
  },
  'log-line-buffer': {
    now: 'containerd holds an endless log line in memory',
    past: 'containerd held an endless log line in memory',
  },
};

const causes: Readonly<Record<RootCause, string>> = {
  'd-state': 'a process in D state',
  zombie: 'a zombie process',
  oom: 'an out-of-memory kill',
  frozen: 'a frozen cgroup',
  'shim-hung': 'a shim that does not answer',
  'exit-lost': 'a lost exit event',
  'signal-denied': 'a denied signal',
};

const certaintyRank: Readonly<Record<Certainty, number>> = { confirmed: 0, likely: 1, suspected: 2 };
const stateRank: Readonly<Record<State, number>> = { open: 0, ended: 1, resolved: 2 };
const verdictRank: readonly LeakVerdict[] = ['PROVEN', 'NOT PROVEN', 'NONE', 'not affected', null];

/** `does not stop`; a defect that has no words of its own here is called by its title. */
export function saying(incident: Incident, goingOn: boolean): string {
  const words =
    sayings[incident.containers.length === 0 ? `${incident.defect} of a dump` : incident.defect] ??
    sayings[incident.defect];
  if (words === undefined)
    return printable(`${incident.title.slice(0, 1).toLowerCase()}${incident.title.slice(1)}`, 120);
  return goingOn ? words.now : words.past;
}

export function causeText(cause: RootCause): string {
  return causes[cause] ?? printable(cause, nameColumns);
}

/** First twelve characters of an id, as `docker ps` shows it. */
export function shortId(id: string): string {
  return printable(id.slice(0, 12));
}

/** `sandbox a9acd5210705`, `fluentd fef3e1fbee14`, `container fef3e1fbee14`. */
export function subjectText(subject: SubjectRef): string {
  const kind = subject.kind === 'sandbox' ? 'sandbox' : (subject.name ?? 'container');
  return `${printable(kind, nameColumns)} ${shortId(subject.id)}`;
}

/** The incident's own subject; for a whole daemon or client the words of its key. */
export function whoText(incident: Incident): string {
  const [subject] = incident.containers;
  if (subject !== undefined) return subjectText(subject);
  if (incident.program !== null) return printable(incident.program, nameColumns);
  return incident.defect === 'runtime-unresponsive' ? 'whole runtime' : 'daemon or client';
}

/** `kube-system/fluentd-hjj42`, or null where nothing of the pod is known. */
export function podText(incident: Incident): string | null {
  const { pod } = incident;
  if (pod === null) return null;
  if (pod.name !== null) return printable(`${pod.namespace ?? '?'}/${pod.name}`, nameColumns * 2);
  return pod.uid === null ? null : `pod ${printable(pod.uid, nameColumns)}`;
}

export function nodeText(node: string | null): string {
  return node === null || node === '' ? '(node unknown)' : printable(node, nameColumns);
}

/** PROVEN: some of it is certain; NOT PROVEN: it may be nothing; NONE: the calls return; null: not a leak at all. */
export function leakVerdict(incident: Incident): LeakVerdict {
  const { leak, affected } = incident;
  if (affected === 'no') return 'not affected';
  if (leak === null) return null;
  // A heap profile shows what is held; that it is never let go is what the certainty is about.
  if (incident.defect !== 'stuck-stop') {
    if (incident.certainty !== 'confirmed') return null;
    if (leak.bytes.max === 0 && leak.goroutines.max === 0 && leak.fds.max === 0) return 'NONE';
    return leak.bytes.min > 0 || leak.goroutines.min > 0 || leak.fds.min > 0 ? 'PROVEN' : 'NOT PROVEN';
  }
  const ranges = [leak.goroutines, leak.fds, leak.bytes];
  if (ranges.every((range) => range.max === 0)) return 'NONE';
  return affected === 'yes' && ranges.some((range) => range.min > 0) ? 'PROVEN' : 'NOT PROVEN';
}

/** The worst verdict of those that go on, or of all once nothing does. */
export function groupVerdict(incidents: readonly Incident[]): LeakVerdict {
  const open = incidents.filter((incident) => incident.state === 'open');
  const verdicts = (open.length > 0 ? open : incidents).map(leakVerdict);
  return verdictRank.find((verdict) => verdicts.includes(verdict)) ?? null;
}

export function worstCertainty(incidents: readonly Incident[]): Certainty {
  return (
    [...incidents].sort((a, b) => certaintyRank[a.certainty] - certaintyRank[b.certainty])[0]?.certainty ??
    'suspected'
  );
}

export function worstState(incidents: readonly Incident[]): State {
  return [...incidents].sort((a, b) => stateRank[a.state] - stateRank[b.state])[0]?.state ?? 'ended';
}

/** Order of reading: what goes on first, then the surest, then the earliest. */
export function byUrgency(a: Incident, b: Incident): number {
  return (
    stateRank[a.state] - stateRank[b.state] ||
    certaintyRank[a.certainty] - certaintyRank[b.certainty] ||
    compare(a.firstSeen ?? '~', b.firstSeen ?? '~') ||
    compare(a.id, b.id)
  );
}

export function isMoreCertain(now: Certainty, before: Certainty): boolean {
  return certaintyRank[now] < certaintyRank[before];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
