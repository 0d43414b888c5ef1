/**
 * A scenario: a realistic log of one night on one node, and what a careful reader must make of it. Only the
 * fields that are given are compared; a scenario that expects nothing must stay silent.
 */
import type { Log } from './log.js';

export interface ExpectedIncident {
  readonly defect: 'stuck-stop' | 'runtime-unresponsive' | 'exec-wedged';
  /** First 12 hex digits of the container or sandbox; absent for a whole node. */
  readonly container?: string;
  readonly node?: string;
  readonly id?: string;
  readonly state: 'open' | 'resolved' | 'ended';
  readonly certainty: 'likely' | 'confirmed';
  readonly attempts?: number;
  readonly attemptsAtLeast?: boolean;
  /** Seconds, half a second either way. */
  readonly intervalSeconds?: number;
  readonly mechanism?: 'hung-call' | 'lost-exit' | 'unknown';
  readonly rootCause?: string | null;
  readonly rootCauseBasis?: 'named' | 'by-time' | null;
  readonly affected?: 'yes' | 'no' | 'unknown';
  /** `namespace/name` */
  readonly pod?: string;
  /** Goroutines left behind; null where nothing can leak. */
  readonly goroutines?: { readonly min: number; readonly max: number } | null;
}

export type Expectation = { readonly silent: true } | { readonly incidents: readonly ExpectedIncident[] };

export interface Scenario {
  readonly name: string;
  /** Why the verdict must be this one, in one sentence. */
  readonly why: string;
  /** Ids of the defect rules that decide it; none where nothing is reported. */
  readonly rules: readonly string[];
  readonly expect: Expectation;
  readonly log: Log;
}

export function silent(name: string, why: string, log: Log): Scenario {
  return { name, why, rules: [], expect: { silent: true }, log };
}

export function loud(
  name: string,
  why: string,
  rules: readonly string[],
  incidents: readonly ExpectedIncident[],
  log: Log,
): Scenario {
  return { name, why, rules, expect: { incidents }, log };
}

/** What an incident calls a container in short. */
export function short(id: string): string {
  return id.slice(0, 12);
}

/** A stuck container that is confirmed and still stuck, unless `rest` says otherwise. */
export function stuck(id: string, rest: Partial<ExpectedIncident>): ExpectedIncident {
  return { defect: 'stuck-stop', container: short(id), state: 'open', certainty: 'confirmed', ...rest };
}
