/**
 * What to look at next and what to do, filled in for this container. Commands are read-only, bounded in time
 * and take nothing from the log but ids, which are hex.
 */
import type { AppliesTo, Defect } from './defect.js';
import { fill } from './rules.js';
import type { Mechanism, Mitigation, NextStep } from './types.js';

export interface AdviceFor {
  readonly runtime: 'docker' | 'containerd' | 'cri-o' | null;
  readonly kubernetes: boolean;
  /** A version that has the defect runs, or may run. */
  readonly affected: boolean;
  /** Null where the defect has none. */
  readonly mechanism: Mechanism | null;
  readonly words: Readonly<Record<string, string>>;
}

export function nextSteps(defect: Defect, advice: AdviceFor): readonly NextStep[] {
  return defect.next
    .filter((step) => applies(step.when, advice))
    .map((step) => ({ title: fill(step.title, advice.words), command: fill(step.command, advice.words) }));
}

export function mitigationsFor(defect: Defect, advice: AdviceFor): readonly Mitigation[] {
  return defect.mitigations
    .filter((step) => applies(step.for, advice))
    .filter(({ mechanisms }) => {
      return advice.mechanism === null || mechanisms === undefined || mechanisms.includes(advice.mechanism);
    })
    .toSorted((x, y) => place(x.mechanisms, advice) - place(y.mechanisms, advice))
    .map((step) => ({
      title: step.title,
      when: step.when,
      command: step.command === null ? null : fill(step.command, advice.words),
      risk: step.risk,
      undo: fill(step.undo, advice.words),
    }));
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
