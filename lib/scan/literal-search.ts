/**
 * Finds any of many literals in raw bytes: the one hot loop of the program.
 *
 * `createLiteralSearch(literals).find(bytes, from, to)` gives the next hit. No text is decoded and most bytes are
 * never looked at: after Wu and Manber, the three bytes at the end of a window say how far the window can move.
 */
import { createShortLiteralSearch } from './short-literal-search.js';

export interface LiteralHit {
  /** Index of the literal's first byte. */
  readonly start: number;
  /** Which literal, as an index into the list the search was made of. */
  readonly literal: number;
}

/** One way to search. All ways give hits that obey the same rule, so that they can replace each other. */
export interface LiteralSearch {
  /**
   * A literal that lies wholly within `bytes[from, to)`, such that no other one ends before it starts; null where
   * there is none. Literals hold no newline but at their start, so this is always a hit of the first line that has
   * one.
   */
  find(bytes: Uint8Array, from: number, to: number): LiteralHit | null;
}

/** Below this length a literal would make every step of the window a short one, so it is searched by itself. */
const SHORT_BYTES = 6;

/**
 * Throws a TypeError for an empty literal, which every line holds, and for one with a newline, which none holds. As
 * the first character it is allowed: such a hit starts with the newline in front of its line.
 * `sample`: bytes of the log to come. What is found does not depend on it, only how fast.
 */
export function createLiteralSearch(literals: readonly string[], sample?: Uint8Array): LiteralSearch {
  // At once: the sample is not there any more later.
  if (sample !== undefined) return searchOf(needlesOf(literals), sample);
  const key = JSON.stringify(literals);
  const known = made.get(key);
  if (known !== undefined) return known;
  const needles = needlesOf(literals);
  // Its tables take some milliseconds, and many a run never asks.
  let search: LiteralSearch | undefined;
  const whenAsked: LiteralSearch = {
    find(bytes, from, to) {
      search ??= searchOf(needles, undefined);
      return search.find(bytes, from, to);
    },
  };
  if (made.size >= MADE) made.clear();
  made.set(key, whenAsked);
  return whenAsked;
}

/** Every source has its own scanner, and all look for the same: a bundle has thousands of sources. */
const made = new Map<string, LiteralSearch>();
const MADE = 16;

function needlesOf(literals: readonly string[]): Needle[] {
  return literals.map((literal, index) => {
    if (literal === '') throw new TypeError(`literal ${index} is empty: every line would hold it`);
    if (literal.lastIndexOf('\n') > 0 || literal === '\n') {
      throw new TypeError(
        `literal ${index}, ${JSON.stringify(literal)}, holds a newline: no line can hold it`,
      );
    }
    return { index, bytes: Buffer.from(literal) };
  });
}

function searchOf(needles: readonly Needle[], sample: Uint8Array | undefined): LiteralSearch {
  const long = needles.filter(({ bytes }) => bytes.length >= SHORT_BYTES);
  const short = needles.filter(({ bytes }) => bytes.length < SHORT_BYTES);
  const search = createWindowSearch(long, sample);
  return short.length === 0 ? search : createShortLiteralSearch(short, search);
}

export interface Needle {
  readonly index: number;
  readonly bytes: Buffer;
}

// 16 KiB of shifts stay in the first-level cache; more bits cost more than the collisions that they avoid.
const HASH_BITS = 14;
const HASH_MASK = (1 << HASH_BITS) - 1;
const BLOCK = 3;
const ALONE_BYTES = 2048;
const LANES_BYTES = 16_384;
/** So much of a sample shows which blocks are common. */
const SAMPLE_BYTES = 65_536;

/** Bytes of log text, most frequent first: what is assumed where there is no sample. */
const COMMON_BYTES = ' e0123456789atoinsrdcbflpmu":-/.=hgkvyw,_[]';

function createWindowSearch(needles: readonly Needle[], sample: Uint8Array | undefined): LiteralSearch {
  if (needles.length === 0) return { find: () => null };
  const width = Math.min(...needles.map(({ bytes }) => bytes.length));
  const shifts = new Uint8Array(HASH_MASK + 1).fill(Math.min(width - BLOCK + 1, 255));
  const buckets: (PlacedNeedle[] | undefined)[] = new Array(HASH_MASK + 1).fill(undefined);
  const cost = sample === undefined ? assumedCost : costIn(sample);
  for (const needle of needles) {
    const placed = place(needle, width, cost);
    for (let last = BLOCK - 1; last < width; last += 1) {
      const hash = hashAt(needle.bytes, placed.offset + last);
      const shift = width - 1 - last;
      if (shift < (shifts[hash] ?? 0)) shifts[hash] = shift;
      if (shift === 0) {
        const bucket = buckets[hash];
        if (bucket === undefined) buckets[hash] = [placed];
        else bucket.push(placed);
      }
    }
  }

  function verify(bytes: Uint8Array, from: number, to: number, at: number, hash: number): LiteralHit | null {
    for (const { index, bytes: needle, offset } of buckets[hash] ?? []) {
      const start = at - width + 1 - offset;
      if (start >= from && start + needle.length <= to && equals(bytes, start, needle))
        return { start, literal: index };
    }
    return null;
  }

  // The two loops below are the program's speed: plain arithmetic, no calls but at a possible hit. `at` is the last
  // byte of the window; the casts stand for the bounds that the loops keep.

  /** Tries the windows that end in [first, stop). The literal itself may lie anywhere in [from, to). */
  function findAlone(
    bytes: Uint8Array,
    from: number,
    to: number,
    first: number,
    stop: number,
  ): LiteralHit | null {
    for (let at = first; at < stop; ) {
      const hash =
        ((bytes[at] as number) ^ ((bytes[at - 1] as number) << 5) ^ ((bytes[at - 2] as number) << 9)) &
        HASH_MASK;
      const shift = shifts[hash] as number;
      at += shift;
      if (shift !== 0) continue;
      const hit = verify(bytes, from, to, at, hash);
      if (hit !== null) return hit;
      at += 1;
    }
    return null;
  }

  /** The same with four windows at once: while one waits for memory, the others go on. Half as fast again. */
  function findInLanes(
    bytes: Uint8Array,
    from: number,
    to: number,
    first: number,
    stop: number,
  ): LiteralHit | null {
    const quarter = (stop - first) >>> 2;
    const end0 = first + quarter;
    const end1 = end0 + quarter;
    const end2 = end1 + quarter;
    let at0 = first;
    let at1 = end0;
    let at2 = end1;
    let at3 = end2;
    while (at0 < end0 && at1 < end1 && at2 < end2 && at3 < stop) {
      const hash0 =
        ((bytes[at0] as number) ^ ((bytes[at0 - 1] as number) << 5) ^ ((bytes[at0 - 2] as number) << 9)) &
        HASH_MASK;
      const hash1 =
        ((bytes[at1] as number) ^ ((bytes[at1 - 1] as number) << 5) ^ ((bytes[at1 - 2] as number) << 9)) &
        HASH_MASK;
      const hash2 =
        ((bytes[at2] as number) ^ ((bytes[at2 - 1] as number) << 5) ^ ((bytes[at2 - 2] as number) << 9)) &
        HASH_MASK;
      const hash3 =
        ((bytes[at3] as number) ^ ((bytes[at3 - 1] as number) << 5) ^ ((bytes[at3 - 2] as number) << 9)) &
        HASH_MASK;
      const shift0 = shifts[hash0] as number;
      const shift1 = shifts[hash1] as number;
      const shift2 = shifts[hash2] as number;
      const shift3 = shifts[hash3] as number;
      at0 += shift0;
      at1 += shift1;
      at2 += shift2;
      at3 += shift3;
      if (shift0 !== 0 && shift1 !== 0 && shift2 !== 0 && shift3 !== 0) continue;
      // A hit stands only if the lanes in front of it have none.
      if (shift0 === 0) {
        const hit = verify(bytes, from, to, at0, hash0);
        if (hit !== null) return hit;
        at0 += 1;
      }
      if (shift1 === 0) {
        const hit = verify(bytes, from, to, at1, hash1);
        if (hit !== null) return findAlone(bytes, from, to, at0, end0) ?? hit;
        at1 += 1;
      }
      if (shift2 === 0) {
        const hit = verify(bytes, from, to, at2, hash2);
        if (hit !== null)
          return findAlone(bytes, from, to, at0, end0) ?? findAlone(bytes, from, to, at1, end1) ?? hit;
        at2 += 1;
      }
      if (shift3 === 0) {
        const hit = verify(bytes, from, to, at3, hash3);
        if (hit !== null) {
          return (
            findAlone(bytes, from, to, at0, end0) ??
            findAlone(bytes, from, to, at1, end1) ??
            findAlone(bytes, from, to, at2, end2) ??
            hit
          );
        }
        at3 += 1;
      }
    }
    return (
      findAlone(bytes, from, to, at0, end0) ??
      findAlone(bytes, from, to, at1, end1) ??
      findAlone(bytes, from, to, at2, end2) ??
      findAlone(bytes, from, to, at3, stop)
    );
  }

  return {
    find(bytes, from, to) {
      let at = from + width - 1;
      // Hits come in bursts. What the other lanes had seen is lost with a hit of the first, so they start later.
      let stop = Math.min(to, at + ALONE_BYTES);
      let hit = findAlone(bytes, from, to, at, stop);
      while (hit === null && stop < to) {
        at = stop;
        stop = Math.min(to, at + LANES_BYTES);
        hit = findInLanes(bytes, from, to, at, stop);
      }
      return hit;
    },
  };
}

interface PlacedNeedle extends Needle {
  /** Where in the literal the window lies. */
  readonly offset: number;
}

/** What it costs to meet a block in ordinary text; only the relation between blocks counts. */
type Cost = (bytes: Uint8Array, last: number) => number;

function assumedCost(bytes: Uint8Array, last: number): number {
  let likely = 1;
  for (let at = last - BLOCK + 1; at <= last; at += 1) {
    const rank = COMMON_BYTES.indexOf(String.fromCharCode(bytes[at] ?? 0));
    likely *= 1 / (2 + (rank < 0 ? 4 * COMMON_BYTES.length : rank));
  }
  return likely;
}

function costIn(sample: Uint8Array): Cost {
  const counts = new Uint32Array(HASH_MASK + 1);
  const end = Math.min(sample.length, SAMPLE_BYTES);
  for (let last = BLOCK - 1; last < end; last += 1) {
    const hash = hashAt(sample, last);
    counts[hash] = (counts[hash] ?? 0) + 1;
  }
  return (bytes, last) => counts[hashAt(bytes, last)] ?? 0;
}

/**
 * A literal longer than the window is looked for where its blocks are rarest. A block costs the more the nearer
 * it is to the window's end: the shorter a step it allows, and at the end a comparison.
 */
function place(needle: Needle, width: number, cost: Cost): PlacedNeedle {
  let offset = 0;
  let best = Number.POSITIVE_INFINITY;
  for (let start = 0; start + width <= needle.bytes.length; start += 1) {
    let total = 0;
    for (let last = BLOCK - 1; last < width; last += 1) {
      total += cost(needle.bytes, start + last) * (last === width - 1 ? 4 * last : last);
    }
    if (total < best) {
      best = total;
      offset = start;
    }
  }
  return { ...needle, offset };
}

function hashAt(bytes: Uint8Array, last: number): number {
  return ((bytes[last] ?? 0) ^ ((bytes[last - 1] ?? 0) << 5) ^ ((bytes[last - 2] ?? 0) << 9)) & HASH_MASK;
}

function equals(bytes: Uint8Array, start: number, needle: Uint8Array): boolean {
  for (let i = 0; i < needle.length; i += 1) if (bytes[start + i] !== needle[i]) return false;
  return true;
}
