/**
 * What several incidents say in the same words is said once, with the names of those it holds for.
 * Texts count as the same when they differ only in the container's id or name: forty checks that differ in an id
 * are one check.
 */
import type { Incident } from '../diagnose/types.js';
import { podText, whoText } from './verdict.js';

export interface SaidOnce<T> {
  readonly item: T;
  /** Every incident that said it, at least one; the item's own ids are those of the first. */
  readonly incidents: readonly [Incident, ...Incident[]];
  /** True where it names the first incident's container: for the others it holds with their ids. */
  readonly namesSubject: boolean;
}

/** Names shorter than this occur inside ordinary words. */
const shortestName = 4;

/** In order of first mention. `text` gives what is compared. */
export function sayOnce<T>(
  incidents: readonly Incident[],
  pick: (incident: Incident) => readonly T[],
  text: (item: T) => string,
): readonly SaidOnce<T>[] {
  const found = new Map<string, { item: T; incidents: [Incident, ...Incident[]]; namesSubject: boolean }>();
  for (const incident of incidents) {
    for (const item of pick(incident)) {
      const raw = text(item);
      const key = withoutSubject(raw, incident);
      const known = found.get(key);
      if (known === undefined) found.set(key, { item, incidents: [incident], namesSubject: key !== raw });
      // One incident may say the same thing twice.
      else if (known.incidents.at(-1) !== incident) known.incidents.push(incident);
    }
  }
  return [...found.values()];
}

/** The text with the incident's ids and names replaced by placeholders. Only for comparing. */
export function withoutSubject(text: string, incident: Incident): string {
  let plain = text;
  for (const { id, name } of incident.containers) {
    plain = replaced(plain, id, '<id>');
    plain = replaced(plain, id.slice(0, 12), '<id>');
    plain = replaced(plain, name, '<name>');
  }
  plain = replaced(plain, incident.pod?.uid ?? null, '<uid>');
  return replaced(plain, incident.pod?.name ?? null, '<pod>');
}

/** `sandbox a9acd5210705, fluentd fef3e1fbee14 and 3 more`. */
export function whoList(incidents: readonly Incident[], shown = 3): string {
  const names = incidents.slice(0, shown).map(whoText);
  return incidents.length > shown
    ? `${names.join(', ')} and ${incidents.length - shown} more`
    : names.join(', ');
}

/** `kube-system/fluentd-hjj42`, or the container where the pod is not known. */
export function titleText(incident: Incident): string {
  return podText(incident) ?? whoText(incident);
}

function replaced(text: string, part: string | null, by: string): string {
  return part === null || part.length < shortestName ? text : text.replaceAll(part, by);
}
