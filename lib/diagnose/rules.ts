/**
 * Reads the rules of a defect against the facts of an episode. The rules are data; this is all the logic that
 * they need: the first one whose conditions all hold decides.
 */
import type { Condition } from './defect.js';

/** Numbers that rules compare; null is "not known" and fits nothing. */
export type Facts = Readonly<Record<string, number | null>>;

export interface Rule {
  readonly when: readonly Condition[];
}

export function firstFitting<R extends Rule>(rules: readonly R[], facts: Facts): R | null {
  return fitting(rules, facts)[0] ?? null;
}

export function fitting<R extends Rule>(rules: readonly R[], facts: Facts): readonly R[] {
  return rules.filter((rule) => rule.when.every((condition) => holds(condition, facts)));
}

/** Those that are for any rule, or for the one that decided. */
export function ofRule<R extends { readonly rules?: readonly string[] }>(
  rules: readonly R[],
  decided: string | null,
): readonly R[] {
  return rules.filter(
    (rule) => rule.rules === undefined || (decided !== null && rule.rules.includes(decided)),
  );
}

function holds(condition: Condition, facts: Facts): boolean {
  const value = facts[condition.fact];
  if (value === undefined || value === null || Number.isNaN(value)) return false;
  if (condition.atLeast !== undefined && value < condition.atLeast) return false;
  if (condition.atMost !== undefined && value > condition.atMost) return false;
  if (condition.above !== undefined && value <= condition.above) return false;
  if (condition.below !== undefined && value >= condition.below) return false;
  return true;
}

/** Fills `{name}` from words first, then from facts; an unknown name stays as it is. */
export function fill(template: string, words: Readonly<Record<string, string>>, facts: Facts = {}): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const word = words[name];
    if (word !== undefined) return word;
    const fact = facts[name];
    return fact === undefined || fact === null ? whole : String(fact);
  });
}
