/**
 * The lines that prove an episode, bounded: its first ones and its latest ones stay, the middle is counted.
 */
import { detach } from './detach.js';
import type { Proof, TimedEvent } from './types.js';

export interface ProofLimits {
  readonly proof: number;
  readonly proofText: number;
}

export function proofOf(event: TimedEvent, limits: ProofLimits): Proof {
  const proof = looseProofOf(event, limits);
  // A line's text is a string of its own, decoded from its bytes: only what was cut from it holds more than it shows.
  return event.event.record.text.length > limits.proofText ? detached(proof) : proof;
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

/** What lines prove: the proof of an episode, and how many lines of it were dropped. */
export interface Proven {
  proof: readonly Proof[];
  proofDropped: number;
}

/**
 * Adds a line to an episode whose fields are known to change. A line that repeats stands once. The list is made anew:
 * one that grows in place keeps room for sixteen more, and most episodes have a few lines.
 */
export function addProof(episode: Proven, proof: Proof, limits: ProofLimits): void {
  const kept = episode.proof;
  const last = kept.at(-1);
  if (last && last.line === proof.line && last.source === proof.source && last.part === proof.part) return;
  if (kept.length < limits.proof) {
    episode.proof = kept.concat(proof);
    return;
  }
  const next = kept.slice();
  const middle = Math.floor(limits.proof / 3);
  next.copyWithin(middle, middle + 1);
  next[next.length - 1] = proof;
  episode.proof = next;
  episode.proofDropped++;
}
