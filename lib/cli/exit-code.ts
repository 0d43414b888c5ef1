/**
 * The exit codes, a contract with scripts: 0 nothing open, 1 an open incident, 2 wrong usage, 3 an input that
 * could not be read, which wins over 1 because then nobody knows what was not seen.
 */
import type { Incident, Summary } from '../diagnose/types.js';

export const OK = 0;
export const FOUND = 1;
export const USAGE = 2;
export const UNREADABLE = 3;
/** leaktrail itself failed, or could not write its report: nothing is said about the logs. */
export const FAILED = 70;
/** A signal that ended `reproduce`, or a second one. */
export const INTERRUPTED = 130;

/** Which incidents make the exit code 1. */
export const FAIL_ON = ['open', 'any', 'never'] as const;
export type FailOn = (typeof FAIL_ON)[number];

/** `incidents` are those reported, in their final state. */
export function exitCodeOf(
  incidents: readonly Pick<Incident, 'state'>[],
  summary: Pick<Summary, 'unreadable'>,
  failOn: FailOn,
): number {
  if (summary.unreadable > 0) return UNREADABLE;
  if (failOn === 'never') return OK;
  return incidents.some(({ state }) => failOn === 'any' || state === 'open') ? FOUND : OK;
}
