/**
 * Finds the lines that hold a literal, in WebAssembly SIMD. This file is AssemblyScript: `npm run build` compiles it
 * to dist/teddy.wasm.
 *
 * After Teddy (Hyperscan; ripgrep's for few literals): three bytes of each literal are its fingerprint, and every
 * literal is in one of eight buckets. For each byte of a fingerprint two tables of sixteen say in which buckets its
 * low and its high half may occur, so that six table lookups test sixteen places at once. What passes is looked up by
 * four bytes, and only then compared.
 */

// Where things lie in the memory, which the host fills. All is in the first page but `RECORDS`, which grows.

/** Six tables of sixteen bytes: for each byte of a fingerprint the buckets by its low half, then by its high half. */
export const TABLES: usize = 0;
/** u32, first of the literals that are shorter than four bytes, by record; 0 for none. */
export const SHORTS: usize = 0x60;
/** u16 by hash of the four bytes at a fingerprint: the first record of such literals; 0 for none. */
export const HEADS: usize = 0x80;
/**
 * Records of 20 bytes from 1 on: u32 address of the literal, u32 length, u32 offset of its fingerprint, u32 next record,
 * u32 a bit for its kind.
 */
export const RECORDS: usize = 0x10000;
/** Pairs of u32: address of the first byte of a line, and the kinds of literals that it holds. */
export const LINES: usize = 0x2100;
/** Room for so many pairs. */
export const MOST_LINES: u32 = 1024;

/** Pairs of u32: address of 32 bytes with a possible fingerprint, and a bit for each place where one may end. */
const SUSPECTS: usize = 0x4200;
/** u32, addresses where a literal's four bytes may start. */
const PLACES: usize = 0x5000;
/** Bytes that are filtered before what has passed is looked at: its lists stay in the first-level cache. */
const STEP: usize = 2048;
const NEWLINE: u8 = 10;
const RECORD_BYTES: usize = 20;

/** Where the last literal starts that was found. */
let literalStart: usize = 0;

/** How far the last call has come. */
export let reached: usize = 0;

function hashOf(fourBytes: u32): u32 {
  return (fourBytes * 0x9e3779b1) >>> 20;
}

function equals(at: usize, literal: usize, length: usize): bool {
  let i: usize = 0;
  for (; i + 8 <= length; i += 8) if (load<u64>(at + i) !== load<u64>(literal + i)) return false;
  for (; i < length; i++) if (load<u8>(at + i) !== load<u8>(literal + i)) return false;
  return true;
}

/** Kinds of the literals of a chain that lie in [from, to) with their fingerprint at `place`. */
function kindsAt(chain: u32, place: usize, from: usize, to: usize): u32 {
  let kinds: u32 = 0;
  for (let record = chain; record !== 0; ) {
    const entry = RECORDS + <usize>record * RECORD_BYTES;
    const length = <usize>load<u32>(entry, 4);
    const start = place - <usize>load<u32>(entry, 8);
    if (start >= from && start + length <= to && equals(start, <usize>load<u32>(entry), length)) {
      kinds |= load<u32>(entry, 16);
      literalStart = start;
    }
    record = load<u32>(entry, 12);
  }
  return kinds;
}

function lineStart(inside: usize, lowest: usize): usize {
  const newline = i8x16.splat(NEWLINE);
  let at = inside;
  for (; at >= lowest + 16; at -= 16) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at - 16), newline));
    if (found !== 0) return at + 16 - clz<i32>(found);
  }
  while (at > lowest && load<u8>(at - 1) !== NEWLINE) at--;
  return at;
}

function lineEnd(inside: usize, to: usize): usize {
  const newline = i8x16.splat(NEWLINE);
  for (let at = inside; at < to; at += 16) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at), newline));
    if (found !== 0) return min(at + ctz<i32>(found), to);
  }
  return to;
}

/**
 * Writes the lines of [from, to) that hold a literal, in order, and gives their number; at most `MOST_LINES`, so that
 * `reached` may be less than `to`. A literal may start with a newline: its line is the one behind. 64 bytes behind `to`
 * must be readable.
 */
export function findLines(from: usize, to: usize): u32 {
  const low0 = v128.load(TABLES);
  const high0 = v128.load(TABLES, 16);
  const low1 = v128.load(TABLES, 32);
  const high1 = v128.load(TABLES, 48);
  const low2 = v128.load(TABLES, 64);
  const high2 = v128.load(TABLES, 80);
  const half = i8x16.splat(15);
  const none = i8x16.splat(0);
  const shorts = load<u32>(SHORTS);
  // The fingerprint of a literal of one byte ends two places behind it.
  const end = to + 2;
  let lines: u32 = 0;
  /** End of the last line that was found. */
  let lineStop = from;
  let at = from;
  let before0 = none;
  let before1 = none;
  while (at < end) {
    const stop = min(end, at + STEP);
    let suspects = SUSPECTS;
    // No branch but the loop's own: a wrong guess would cost more than what follows.
    do {
      const a = v128.load(at);
      const b = v128.load(at, 16);
      const aLow = v128.and(a, half);
      const aHigh = v128.and(i16x8.shr_u(a, 4), half);
      const bLow = v128.and(b, half);
      const bHigh = v128.and(i16x8.shr_u(b, 4), half);
      const a0 = v128.and(i8x16.swizzle(low0, aLow), i8x16.swizzle(high0, aHigh));
      const a1 = v128.and(i8x16.swizzle(low1, aLow), i8x16.swizzle(high1, aHigh));
      const a2 = v128.and(i8x16.swizzle(low2, aLow), i8x16.swizzle(high2, aHigh));
      const b0 = v128.and(i8x16.swizzle(low0, bLow), i8x16.swizzle(high0, bHigh));
      const b1 = v128.and(i8x16.swizzle(low1, bLow), i8x16.swizzle(high1, bHigh));
      const b2 = v128.and(i8x16.swizzle(low2, bLow), i8x16.swizzle(high2, bHigh));
      const inA = v128.and(a2, v128.and(behindOne(before1, a1), behindTwo(before0, a0)));
      const inB = v128.and(b2, v128.and(behindOne(a1, b1), behindTwo(a0, b0)));
      before0 = b0;
      before1 = b1;
      const free =
        <u32>i8x16.bitmask(i8x16.eq(inA, none)) | ((<u32>i8x16.bitmask(i8x16.eq(inB, none))) << 16);
      store<u32>(suspects, <u32>at);
      store<u32>(suspects, ~free, 4);
      suspects += select<usize>(8, 0, ~free !== 0);
      at += 32;
    } while (at < stop);

    let places = PLACES;
    for (let suspect = SUSPECTS; suspect < suspects; suspect += 8) {
      const base = <usize>load<u32>(suspect) - 2;
      let bits = load<u32>(suspect, 4);
      do {
        const place = base + ctz(bits);
        bits &= bits - 1;
        store<u32>(places, <u32>place);
        const head = <u32>load<u16>(HEADS + (hashOf(load<u32>(place)) << 1));
        places += select<usize>(4, 0, (head | shorts) !== 0);
      } while (bits !== 0);
    }

    for (let next = PLACES; next < places; next += 4) {
      const place = <usize>load<u32>(next);
      let kinds = kindsAt(<u32>load<u16>(HEADS + (hashOf(load<u32>(place)) << 1)), place, from, to);
      if (shorts !== 0) kinds |= kindsAt(shorts, place, from, to);
      if (kinds === 0) continue;
      const pair = LINES + ((<usize>lines) << 3);
      // The newline at the end of a line is the start of literals of the next one.
      if (literalStart < lineStop) {
        store<u32>(pair - 8, load<u32>(pair - 8, 4) | kinds, 4);
        continue;
      }
      if (lines === MOST_LINES) {
        reached = lineStop;
        return lines;
      }
      const line = load<u8>(literalStart) === NEWLINE ? literalStart + 1 : lineStart(literalStart, lineStop);
      store<u32>(pair, <u32>line);
      store<u32>(pair, kinds, 4);
      lines++;
      lineStop = lineEnd(literalStart + 1, to);
    }
  }
  reached = to;
  return lines;
}

/** What was found one place to the left. */
function behindOne(before: v128, now: v128): v128 {
  return v128.shuffle<u8>(before, now, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
}

function behindTwo(before: v128, now: v128): v128 {
  return v128.shuffle<u8>(before, now, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
}

/** How many newlines [from, to) holds. */
export function countNewlines(from: usize, to: usize): u32 {
  const newline = i8x16.splat(NEWLINE);
  let count: u32 = 0;
  let at = from;
  while (at + 64 <= to) {
    let a = i8x16.splat(0);
    let b = a;
    let c = a;
    let d = a;
    // Counters of one byte each: they are added up before one can overflow.
    const stop = min(to, at + 64 * 255);
    for (; at + 64 <= stop; at += 64) {
      a = i8x16.sub(a, i8x16.eq(v128.load(at), newline));
      b = i8x16.sub(b, i8x16.eq(v128.load(at, 16), newline));
      c = i8x16.sub(c, i8x16.eq(v128.load(at, 32), newline));
      d = i8x16.sub(d, i8x16.eq(v128.load(at, 48), newline));
    }
    const ab = i16x8.add(i16x8.extadd_pairwise_i8x16_u(a), i16x8.extadd_pairwise_i8x16_u(b));
    const cd = i16x8.add(i16x8.extadd_pairwise_i8x16_u(c), i16x8.extadd_pairwise_i8x16_u(d));
    const sums = i32x4.extadd_pairwise_i16x8_u(i16x8.add(ab, cd));
    count += i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1);
    count += i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
  }
  for (; at < to; at++) count += load<u8>(at) === NEWLINE ? 1 : 0;
  return count;
}
