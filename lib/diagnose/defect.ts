/**
 * A defect as compiled from patterns/defects/*.yaml: rules, versions, leak, advice. Plain data; the published
 * schema is docs/schema/defect.schema.json.
 */
import type { Certainty, DefectId, Mechanism } from './types.js';

/** One comparison of a fact. A fact that is not known fits no comparison. */
export interface Condition {
  readonly fact: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly above?: number;
  readonly below?: number;
}

export interface CertaintyRule {
  readonly id: string;
  readonly gives: Exclude<Certainty, 'suspected'>;
  /** All must hold. */
  readonly when: readonly Condition[];
  /** Sentence for people; {fact} is filled in. */
  readonly because: string;
}

export interface MechanismRule {
  readonly id: string;
  readonly gives: Mechanism;
  /** True where the evidence leaves no doubt: the leak is then a figure and not a range. */
  readonly decisive: boolean;
  readonly when: readonly Condition[];
  readonly because: string;
}

export type AppliesTo = 'any' | 'docker' | 'affected' | 'containerd' | 'cri-o' | 'kubernetes';

export interface Defect {
  readonly id: DefectId;
  readonly title: string;
  readonly summary: string;
  readonly keyedBy: 'container' | 'node' | 'daemon' | 'process';
  readonly mechanism: string;
  readonly certainty: readonly CertaintyRule[];
  readonly parameters: Readonly<Record<string, number>>;
  readonly mechanisms: readonly MechanismRule[];
  readonly affects: {
    readonly product: string;
    readonly fixed: string;
    readonly singleGoroutineUpTo: string;
  } | null;
  readonly fix: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly fixNote: string | null;
  readonly leakPerCall: {
    readonly goroutines: number;
    readonly fds: number;
    readonly bytes: { readonly min: number; readonly max: number };
    readonly derivation: string;
  } | null;
  readonly next: readonly { readonly title: string; readonly when: AppliesTo; readonly command: string }[];
  readonly mitigations: readonly {
    readonly title: string;
    readonly when: string;
    readonly for: AppliesTo;
    /** All where not given. */
    readonly mechanisms?: readonly Mechanism[];
    readonly command: string | null;
    readonly risk: string;
    readonly undo: string;
  }[];
  readonly verify: string;
  readonly falsePositives: readonly string[];
  readonly references: readonly string[];
}
