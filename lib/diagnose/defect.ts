/**
 * A defect as compiled from patterns/defects/*.yaml: rules, versions, leak, advice. Plain data; the published
 * schema is docs/schema/defect.schema.json.
 */
import type { Ending, Sign } from '../correlate/sign.js';
import type { Certainty, DefectId, Mechanism, State } from './types.js';

/** Lowers a certainty, after the rules gave one: evidence that speaks against it. Each that fits counts. */
export interface Contradiction {
  readonly id: string;
  readonly lowersTo: 'likely' | 'suspected';
  /** Ids of certainty rules: it counts only where one of them decided; always where not given. */
  readonly rules?: readonly string[];
  readonly when: readonly Condition[];
  readonly because: string;
}

/** Another defect that shares signs, and the one fact that decides between them. */
export interface LookAlike {
  readonly name: string;
  readonly shares: string;
  readonly decides: string;
}

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
  /** `suspected` says why it is that, and no more. */
  readonly gives: Certainty;
  /** All must hold. */
  readonly when: readonly Condition[];
  /** Sentence for people; {fact} is filled in. */
  readonly because: string;
}

/** How an incident stands by what is known at the end. The first that fits decides. */
export interface StateRule {
  /** As of a contradiction. */
  readonly rules?: readonly string[];
  readonly when: readonly Condition[];
  readonly state: State;
  readonly because: string;
}

/** What is told beside a verdict; changes nothing of it. */
export interface Remark {
  readonly when: readonly Condition[];
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

/** Versions from `from` (the first of all where it is missing) to before `before` (no end where it is missing). */
export interface VersionRange {
  readonly from?: string;
  readonly before?: string;
  /** The range counts only where this fact holds; nothing is known of it while the fact is not. */
  readonly when?: Condition;
  /** That fact in words for people: `an OTLP exporter is configured`. Goes with `when`. */
  readonly only?: string;
}

/** What is known of a build that its number does not tell. */
export interface Backport {
  /** Regular expression over the whole version as printed. */
  readonly match: string;
  readonly answer: 'fixed' | 'affected' | 'unknown';
  readonly why: string;
}

/** Which versions of one product have a defect; judged by version-range.ts. */
export interface VersionRule {
  readonly product: string;
  readonly affected: readonly VersionRange[];
  /** What to go to; null where no version fixes it. */
  readonly fixed: string | null;
  /** The first that fits decides. */
  readonly backports?: readonly Backport[];
  readonly source: string;
}

export type AppliesTo = 'any' | 'docker' | 'affected' | 'containerd' | 'cri-o' | 'kubernetes';

export interface Defect {
  readonly id: DefectId;
  readonly title: string;
  readonly summary: string;
  readonly keyedBy: 'container' | 'node' | 'daemon' | 'process';
  /** Program that it is of, as its own lines and dumps name it: `dockerd`; null for any. */
  readonly daemon: string | null;
  readonly mechanism: string;
  /** What speaks for or against it; empty where the facts are the correlator's own. */
  readonly signs: readonly Sign[];
  readonly certainty: readonly CertaintyRule[];
  readonly contradicts: readonly Contradiction[];
  readonly remarks: readonly Remark[];
  readonly ends: readonly Ending[];
  readonly states: readonly StateRule[];
  /** Defects that explain it: while one of them is reported of the same node and time, this one is only suspected. */
  readonly yieldsTo: readonly DefectId[];
  readonly parameters: Readonly<Record<string, number>>;
  readonly mechanisms: readonly MechanismRule[];
  /** Which versions have it, by product; empty where it is not a matter of versions. */
  readonly versions: readonly VersionRule[];
  readonly fix: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly fixNote: string | null;
  readonly leakPerCall: {
    readonly goroutines: number;
    readonly fds: number;
    readonly bytes: { readonly min: number; readonly max: number };
    readonly derivation: string;
    /** Last version that leaves one goroutine a call instead of that many: the handler itself waits. */
    readonly singleGoroutineUpTo?: string;
  } | null;
  /** What one occurrence leaves behind, in words; null where leakPerCall says it, or nothing stays. */
  readonly leakNote: string | null;
  readonly next: readonly {
    readonly title: string;
    readonly when: AppliesTo;
    readonly command: string;
    /** Fact that makes the step needless: it is shown while that fact is not known. */
    readonly unless?: string;
  }[];
  readonly mitigations: readonly {
    readonly title: string;
    readonly when: string;
    readonly for: AppliesTo;
    /** States of the incident that it is for; all where not given. */
    readonly while?: readonly State[];
    /** All where not given. */
    readonly mechanisms?: readonly Mechanism[];
    readonly command: string | null;
    readonly risk: string;
    readonly undo: string;
  }[];
  readonly verify: string;
  /** Said behind it where that applies. */
  readonly verifyWith?: readonly { readonly for: AppliesTo; readonly text: string }[];
  /** Sentences: what proves it, what disproves it. */
  readonly proof: readonly string[];
  readonly disproof: readonly string[];
  readonly lookAlikes: readonly LookAlike[];
  readonly falsePositives: readonly string[];
  readonly references: readonly string[];
}
