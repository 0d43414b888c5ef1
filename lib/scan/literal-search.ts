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
   * there is none. Literals hold no newline, so this is always a hit in the first line that has one.
   */
  find(bytes: Uint8Array, from: number, to: number): LiteralHit | null;
}

/** Below this length a literal would make every step of the window a short one, so it is searched by itself. */
const SHORT_BYTES = 6;

/**
 * Throws a TypeError for an empty literal, which every line holds, and for one with a newline, which none holds.
 */
export function createLiteralSearch(literals: readonly string[]): LiteralSearch {
  const needles = literals.map((literal, index) => {
    if (literal === '') throw new TypeError(`literal ${index} is empty: every line would hold it`);
    if (literal.includes('\n')) {
      throw new TypeError(
        `literal ${index}, ${JSON.stringify(literal)}, holds a newline: no line can hold it`,
      );
    }
    return { index, bytes: Buffer.from(literal) };
  });
  const long = needles.filter(({ bytes }) => bytes.length >= SHORT_BYTES);
  const short = needles.filter(({ bytes }) => bytes.length < SHORT_BYTES);
  const search = createWindowSearch(long);
  return short.length === 0 ? search : createShortLiteralSearch(short, search);
}

export interface Needle {
  readonly index: number;
  readonly bytes: Buffer;
}

// 8 KiB of shifts stay in the first-level cache together with the text; more bits were measured slower.
const HASH_MASK = (1 << 13) - 1;
const BLOCK = 3;
const ALONE_BYTES = 2048;
const PAIRED_BYTES = 8192;

/** Bytes of log text, most frequent first. What is not listed is rare. */
const COMMON_BYTES = ' e0123456789atoinsrdcbflpmu":-/.=hgkvyw,_[]';

function rarity(byte: number): number {
  const rank = COMMON_BYTES.indexOf(String.fromCharCode(byte));
  return rank < 0 ? COMMON_BYTES.length : rank;
}

function createWindowSearch(needles: readonly Needle[]): LiteralSearch {
  if (needles.length === 0) return { find: () => null };
  const width = Math.min(...needles.map(({ bytes }) => bytes.length));
  const shifts = new Uint8Array(HASH_MASK + 1).fill(Math.min(width - BLOCK + 1, 255));
  const buckets: (PlacedNeedle[] | undefined)[] = new Array(HASH_MASK + 1).fill(undefined);
  for (const needle of needles) {
    const placed = place(needle, width);
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
        ((bytes[at] as number) ^ ((bytes[at - 1] as number) << 4) ^ ((bytes[at - 2] as number) << 8)) &
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

  /** The same with two windows at once: while one waits for memory, the other goes on. Half as fast again. */
  function findPaired(
    bytes: Uint8Array,
    from: number,
    to: number,
    first: number,
    stop: number,
  ): LiteralHit | null {
    const middle = (first + stop) >>> 1;
    let at = first;
    let ahead = middle;
    while (at < middle && ahead < stop) {
      const hash =
        ((bytes[at] as number) ^ ((bytes[at - 1] as number) << 4) ^ ((bytes[at - 2] as number) << 8)) &
        HASH_MASK;
      const hashAhead =
        ((bytes[ahead] as number) ^
          ((bytes[ahead - 1] as number) << 4) ^
          ((bytes[ahead - 2] as number) << 8)) &
        HASH_MASK;
      const shift = shifts[hash] as number;
      const shiftAhead = shifts[hashAhead] as number;
      at += shift;
      ahead += shiftAhead;
      if (shift === 0) {
        const hit = verify(bytes, from, to, at, hash);
        if (hit !== null) return hit;
        at += 1;
      }
      if (shiftAhead === 0) {
        const hit = verify(bytes, from, to, ahead, hashAhead);
        if (hit !== null) return findAlone(bytes, from, to, at, middle) ?? hit;
        ahead += 1;
      }
    }
    return findAlone(bytes, from, to, at, middle) ?? findAlone(bytes, from, to, ahead, stop);
  }

  return {
    find(bytes, from, to) {
      let at = from + width - 1;
      // Hits come in bursts. What the second window had seen is lost with a hit of the first, so it starts later.
      let stop = Math.min(to, at + ALONE_BYTES);
      let hit = findAlone(bytes, from, to, at, stop);
      while (hit === null && stop < to) {
        at = stop;
        stop = Math.min(to, at + PAIRED_BYTES);
        hit = findPaired(bytes, from, to, at, stop);
      }
      return hit;
    },
  };
}

interface PlacedNeedle extends Needle {
  /** Where in the literal the window lies. */
  readonly offset: number;
}

/** A literal longer than the window is looked for where its window ends in the rarest bytes. */
function place(needle: Needle, width: number): PlacedNeedle {
  let offset = 0;
  let best = -1;
  for (let start = 0; start + width <= needle.bytes.length; start += 1) {
    const end = start + width;
    const score = needle.bytes.subarray(end - BLOCK, end).reduce((sum, byte) => sum + rarity(byte), 0);
    if (score > best) {
      best = score;
      offset = start;
    }
  }
  return { ...needle, offset };
}

function hashAt(bytes: Uint8Array, last: number): number {
  return ((bytes[last] ?? 0) ^ ((bytes[last - 1] ?? 0) << 4) ^ ((bytes[last - 2] ?? 0) << 8)) & HASH_MASK;
}

function equals(bytes: Uint8Array, start: number, needle: Uint8Array): boolean {
  for (let i = 0; i < needle.length; i += 1) if (bytes[start + i] !== needle[i]) return false;
  return true;
}
