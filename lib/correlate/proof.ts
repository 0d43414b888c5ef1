/**
 * The lines that prove an episode, bounded: its first ones and its latest ones stay, the middle is counted.
 */
import { detach } from './detach.js';
import type { Proof, TimedEvent } from './types.js';
import type { Undo } from './undo.js';

export interface ProofLimits {
  readonly proof: number;
  readonly proofText: number;
}

export function proofOf(event: TimedEvent, limits: ProofLimits): Proof {
  return detached(looseProofOf(event, limits));
}

/** The same where it may never be needed, which costs next to nothing: its text still holds the line. */
export function looseProofOf(event: TimedEvent, limits: ProofLimits): Proof {
  const { record, pattern } = event.event;
  const text =
    record.text.length > limits.proofText ? `${record.text.slice(0, limits.proofText - 1)}…` : record.text;
  return {
    at: event.at,
    source: record.source,
    ...(record.part !== undefined && { part: record.part }),
    line: record.line,
    text,
    pattern: pattern.id,
    component: pattern.component,
  };
}

export function detached(proof: Proof): Proof {
  return {
    at: proof.at,
    source: proof.source,
    ...(proof.part !== undefined && { part: proof.part }),
    line: proof.line,
    text: detach(proof.text),
    pattern: proof.pattern,
    component: proof.component,
  };
}

/** Adds a line; returns how many were dropped for it, 0 or 1. A line that repeats stands once. */
export function addProof(kept: Proof[], proof: Proof, limits: ProofLimits, undo: Undo): 0 | 1 {
  const last = kept.at(-1);
  if (last && last.line === proof.line && last.source === proof.source && last.part === proof.part) return 0;
  undo.end(kept);
  kept.push(proof);
  if (kept.length <= limits.proof) return 0;
  const middle = Math.floor(limits.proof / 3);
  undo.removed(kept, middle);
  kept.splice(middle, 1);
  return 1;
}
