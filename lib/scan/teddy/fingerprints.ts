/**
 * Chooses by which three bytes each literal is recognised, and in which of eight buckets it is. The fewer places of
 * an ordinary log pass, the faster is the search; what is found does not depend on it.
 *
 * A bucket lets through whatever has at each of three places a low half and a high half of one of its literals. So
 * literals belong together that have such bytes in common, at a place that is rare in logs: that is tried on a sample.
 */
import type { Passing, SamplePlaces, Sets } from './sample-places.js';

/** The bytes of a literal from `offset` on. */
export interface Fingerprint {
  readonly offset: number;
  readonly bucket: number;
}

export const FINGERPRINT_BYTES = 3;
/** A place that passes is looked up by so many bytes. A shorter literal cannot be. */
export const HASHED_BYTES = 4;
export const BUCKETS = 8;

/** A place that holds the four bytes of a literal costs as much as so many that only pass. */
const HASHED_COST = 4;

export interface Effort {
  /** Offsets of a literal that are tried, its rarest first. */
  readonly choices: number;
  /** How often each choice is made, the later times with all others in place. */
  readonly rounds: number;
}

/** `known`: those of the first literals, where they have one. `places`: of a sample of logs, some thousand bytes. */
export function chooseFingerprints(
  literals: readonly Uint8Array[],
  places: SamplePlaces,
  known: readonly (Fingerprint | undefined)[],
  effort: Effort,
): Fingerprint[] {
  const chosen = literals.map((_, index) => known[index]);
  const buckets = Array.from({ length: BUCKETS }, () => places.none());
  const put = (index: number, { offset, bucket }: Fingerprint): void => {
    const literal = literals[index];
    const target = buckets[bucket];
    if (literal !== undefined && target !== undefined) places.add(target, places.setsOf(literal, offset));
  };
  for (const [index, fingerprint] of chosen.entries()) if (fingerprint !== undefined) put(index, fingerprint);
  for (const bucket of buckets) places.count(bucket);

  function takeOut(index: number, bucket: number): void {
    chosen[index] = undefined;
    const rest = places.none();
    buckets[bucket] = rest;
    for (const [other, fingerprint] of chosen.entries())
      if (fingerprint?.bucket === bucket) put(other, fingerprint);
    places.count(rest);
  }

  function best(choices: readonly Choice[]): Fingerprint {
    let found: Fingerprint = { offset: 0, bucket: 0 };
    let least = Number.POSITIVE_INFINITY;
    let others = 0;
    for (const { offset, sets, hashed } of choices) {
      for (const [bucket, target] of buckets.entries()) {
        const most = least - hashed + target.passing;
        const added = places.passing(target, sets, most) - target.passing + hashed;
        // Where the sample shows no difference, few in each bucket let less through of what it does not have.
        if (added > least || (added === least && target.literals >= others)) continue;
        least = added;
        others = target.literals;
        found = { offset, bucket };
      }
    }
    return found;
  }

  const open = literals
    .flatMap((literal, index) => (known[index] === undefined ? [{ index, choices: choicesOf(literal) }] : []))
    // Those with the fewest choices first.
    .sort((a, b) => a.choices.length - b.choices.length);
  for (let round = 0; round < effort.rounds; round += 1) {
    for (const { index, choices } of open) {
      const before = chosen[index];
      if (before !== undefined) takeOut(index, before.bucket);
      const fingerprint = best(choices);
      chosen[index] = fingerprint;
      put(index, fingerprint);
      places.count(buckets[fingerprint.bucket] as Passing);
    }
  }
  return chosen.map((fingerprint) => fingerprint ?? { offset: 0, bucket: 0 });

  function choicesOf(literal: Uint8Array): Choice[] {
    if (literal.length < HASHED_BYTES) return [{ offset: 0, sets: places.setsOf(literal, 0), hashed: 0 }];
    return Array.from({ length: literal.length - HASHED_BYTES + 1 }, (_, offset) => ({
      offset,
      likely: places.likely(literal, offset),
    }))
      .sort((a, b) => a.likely - b.likely)
      .slice(0, effort.choices)
      .map(({ offset }) => ({
        offset,
        sets: places.setsOf(literal, offset),
        hashed: HASHED_COST * places.holding(literal, offset),
      }));
  }
}

interface Choice {
  readonly offset: number;
  readonly sets: Sets;
  /** What the places cost that hold its four bytes. */
  readonly hashed: number;
}
