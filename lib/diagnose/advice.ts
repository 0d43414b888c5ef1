/**
 * What to look at next and what to do, filled in for this container. Commands are read-only, bounded in time
 * and take nothing from the log but ids, which are hex.
 */
import type { AppliesTo, Defect } from './defect.js';
import { fill } from './rules.js';
import type { Mitigation, NextStep } from './types.js';

export interface AdviceFor {
  readonly runtime: 'docker' | 'containerd' | 'cri-o' | null;
  readonly kubernetes: boolean;
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
    .map((step) => ({
      title: step.title,
      when: step.when,
      command: step.command === null ? null : fill(step.command, advice.words),
      risk: step.risk,
      undo: fill(step.undo, advice.words),
    }));
}

function applies(when: AppliesTo, advice: AdviceFor): boolean {
  if (when === 'any' || when === 'always') return true;
  if (when === 'kubernetes') return advice.kubernetes;
  return advice.runtime === when;
}
