/**
 * What to look at next and what to do, filled in for this container. Commands are read-only, bounded in time
 * and take nothing from the log but ids, which are hex.
 */
import type { AppliesTo, Defect } from './defect.js';
import { type Facts, fill } from './rules.js';
import type { Mechanism, Mitigation, NextStep, State } from './types.js';

export interface AdviceFor {
  readonly runtime: 'docker' | 'containerd' | 'cri-o' | null;
  readonly kubernetes: boolean;
  /** A version that has the defect runs, or may run. */
  readonly affected: boolean;
  /** Null where the defect has none. */
  readonly mechanism: Mechanism | null;
  readonly words: Readonly<Record<string, string>>;
  /** What is known: a step that would only find it out again is left out. */
  readonly facts?: Facts;
  /** How the incident stands; every mitigation is given where it is left out. */
  readonly state?: State;
}

/** A container or pod that nothing names: what would be done to it cannot be typed. */
const NAMELESS = /\{(?:id|id12|pod)\}/;

export function nextSteps(defect: Defect, advice: AdviceFor): readonly NextStep[] {
  return defect.next
    .filter((step) => applies(step.when, advice))
    .filter(({ unless }) => unless === undefined || !isKnown(advice.facts?.[unless]))
    .map((step) => ({ title: fill(step.title, advice.words), command: fill(step.command, advice.words) }))
    .filter(({ title, command }) => !NAMELESS.test(`${title} ${command}`));
}

export function mitigationsFor(defect: Defect, advice: AdviceFor): readonly Mitigation[] {
  return defect.mitigations
    .filter((step) => applies(step.for, advice))
    .filter((step) => advice.state === undefined || (step.while?.includes(advice.state) ?? true))
    .filter(({ mechanisms }) => {
      return advice.mechanism === null || mechanisms === undefined || mechanisms.includes(advice.mechanism);
    })
    .toSorted((x, y) => place(x.mechanisms, advice) - place(y.mechanisms, advice))
    .filter(({ command }) => command === null || !NAMELESS.test(fill(command, advice.words)))
    .map((step) => ({
      title: fill(step.title, advice.words),
      when: step.when,
      command: step.command === null ? null : fill(step.command, advice.words),
      risk: fill(step.risk, advice.words),
      undo: fill(step.undo, advice.words),
    }));
}

/** How to see that it is gone, as far as it can be seen with the runtime of the node. */
export function verifying({ verify, verifyWith = [] }: Defect, advice: AdviceFor): string {
  const more = verifyWith.filter((one) => applies(one.for, advice)).map(({ text }) => text.trim());
  return [verify.trim(), ...more].join(' ');
}

function isKnown(fact: number | null | undefined): boolean {
  return fact !== undefined && fact !== null;
}

/** What the mechanism makes most likely comes first. */
function place(mechanisms: readonly Mechanism[] | undefined, { mechanism }: AdviceFor): number {
  const at = mechanism === null ? 0 : (mechanisms?.indexOf(mechanism) ?? 0);
  return at > 0 ? 1 : 0;
}

function applies(when: AppliesTo, advice: AdviceFor): boolean {
  if (when === 'any') return true;
  if (when === 'affected') return advice.affected && advice.runtime === 'docker';
  if (when === 'kubernetes') return advice.kubernetes;
  return advice.runtime === when;
}
