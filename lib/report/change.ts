/**
 * What an update changes, for the live view: opened, escalated, resolved, ended, or still the same.
 * Remembers the last state of each incident that is shown, up to a cap.
 */
import type { Certainty, Incident, State } from '../diagnose/types.js';
import { isMoreCertain } from './verdict.js';

/** Incidents remembered; beyond it the oldest is forgotten and would be announced as opened again. */
const remembered = 10_000;

export function createChanges(): (incident: Incident) => string {
  const last = new Map<string, { readonly state: State; readonly certainty: Certainty }>();
  return ({ id, state, certainty, defect }) => {
    const before = last.get(id);
    last.delete(id);
    last.set(id, { state, certainty });
    if (last.size > remembered) last.delete(last.keys().next().value ?? id);
    if (state !== 'open') return state.toUpperCase();
    if (before === undefined || before.state !== 'open') return 'OPENED';
    if (isMoreCertain(certainty, before.certainty)) return `ESCALATED to ${certainty}`;
    return defect === 'stuck-stop' ? 'STILL STUCK' : 'STILL OPEN';
  };
}
