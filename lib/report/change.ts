/** What an update changes, for the live view: opened, escalated, resolved, ended, or only said again. */
import type { Incident, Told } from '../diagnose/types.js';
import { isMoreCertain } from './verdict.js';

/** `before`: null where nothing was said of it yet. */
export function changeWord({ state, certainty, defect }: Incident, before: Told | null): string {
  if (state !== 'open') return state.toUpperCase();
  if (before === null || before.state !== 'open') return 'OPENED';
  if (isMoreCertain(certainty, before.certainty)) return `ESCALATED to ${certainty}`;
  return defect === 'stuck-stop' ? 'STILL STUCK' : 'STILL OPEN';
}
