/**
 * The places of a sample of logs as sets of bits, by the halves of the bytes that stand there: how many places a
 * bucket of literals lets through is counted 32 at a time.
 */
import { FINGERPRINT_BYTES, HASHED_BYTES } from './fingerprints.js';

/** For the low and the high half of each byte of a fingerprint: the places where it is so. */
export type Sets = readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array];

/** What the literals of a bucket let through. */
export interface Passing {
  readonly sets: Sets;
  /** Places of the sample. */
  passing: number;
  literals: number;
}

export type SamplePlaces = ReturnType<typeof createPlaces>;

export function createPlaces(sample: Uint8Array) {
  const words = Math.max(1, sample.length >>> 5);
  const places = Math.max(0, words * 32 - HASHED_BYTES);
  const byHalf: readonly Uint32Array[] = Array.from(
    { length: 2 * FINGERPRINT_BYTES * 16 },
    () => new Uint32Array(words),
  );
  const everywhere = new Uint32Array(words).fill(0xffffffff);
  const four = new Map<number, number>();
  const single = new Uint32Array(256);
  for (let place = 0; place < places; place += 1) {
    for (let byte = 0; byte < FINGERPRINT_BYTES; byte += 1) {
      const value = sample[place + byte] ?? 0;
      mark(placesOf(byte, 0, value & 15), place);
      mark(placesOf(byte, 1, value >>> 4), place);
    }
    const held = fourAt(sample, place);
    four.set(held, (four.get(held) ?? 0) + 1);
    single[sample[place] ?? 0] = (single[sample[place] ?? 0] ?? 0) + 1;
  }

  function placesOf(byte: number, half: 0 | 1, value: number): Uint32Array {
    return byHalf[(byte * 2 + half) * 16 + value] ?? everywhere;
  }

  /** How many places pass the sets of both; not exact above `most`. */
  function passing(bucket: Passing, added: Sets, most: number): number {
    const [a, b, c, d, e, f] = bucket.sets;
    const [g, h, i, j, k, l] = added;
    let count = 0;
    // The casts stand for the bounds: every set has all words.
    for (let word = 0; word < words && count <= most; word += 1) {
      const pass =
        ((a[word] as number) | (g[word] as number)) &
        ((b[word] as number) | (h[word] as number)) &
        ((c[word] as number) | (i[word] as number)) &
        ((d[word] as number) | (j[word] as number)) &
        ((e[word] as number) | (k[word] as number)) &
        ((f[word] as number) | (l[word] as number));
      if (pass !== 0) count += bitsIn(pass);
    }
    return count;
  }

  return {
    passing,
    count(bucket: Passing): void {
      bucket.passing = passing(bucket, bucket.sets, Number.POSITIVE_INFINITY);
    },
    none(): Passing {
      const empty = () => new Uint32Array(words);
      return { sets: [empty(), empty(), empty(), empty(), empty(), empty()], passing: 0, literals: 0 };
    },
    /** `passing` is to be counted again then. */
    add(bucket: Passing, added: Sets): void {
      bucket.literals += 1;
      for (const [half, set] of bucket.sets.entries()) {
        const other = added[half] ?? everywhere;
        for (let word = 0; word < words; word += 1)
          set[word] = (set[word] as number) | (other[word] as number);
      }
    },
    /** Behind the end of a short literal any byte may stand. */
    setsOf(literal: Uint8Array, offset: number): Sets {
      const of = (byte: number, half: 0 | 1): Uint32Array => {
        const value = literal[offset + byte];
        return value === undefined ? everywhere : placesOf(byte, half, half === 0 ? value & 15 : value >>> 4);
      };
      return [of(0, 0), of(0, 1), of(1, 0), of(1, 1), of(2, 0), of(2, 1)];
    },
    /** Places that hold the four bytes of the literal at `offset`. */
    holding: (literal: Uint8Array, offset: number): number => four.get(fourAt(literal, offset)) ?? 0,
    /** The same, guessed from the single bytes where the four do not occur. */
    likely(literal: Uint8Array, offset: number): number {
      let guess = 1;
      for (let byte = 0; byte < FINGERPRINT_BYTES; byte += 1)
        guess *= (single[literal[offset + byte] ?? 0] ?? 0) / Math.max(1, places);
      return (four.get(fourAt(literal, offset)) ?? 0) + guess;
    },
  };
}

function mark(set: Uint32Array, place: number): void {
  set[place >>> 5] = (set[place >>> 5] as number) | (1 << (place & 31));
}

function fourAt(bytes: Uint8Array, place: number): number {
  let four = 0;
  for (let byte = HASHED_BYTES - 1; byte >= 0; byte -= 1) four = (four << 8) | (bytes[place + byte] ?? 0);
  return four;
}

function bitsIn(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
