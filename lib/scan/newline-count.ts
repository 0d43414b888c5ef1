/**
 * Counts newlines in raw bytes, for exact line numbers.
 *
 * `indexOf` is the engine's vectorised search and by far the fastest for lines of usual length, but costs a call
 * for each newline. Where lines are short, four bytes at a time are counted in one integer instead.
 */

const NEWLINE = 10;
const BLOCK_BYTES = 16_384;
/** Below this many bytes a line, the call for each newline costs more than it saves. */
const SHORT_LINE_BYTES = 32;

/** How many newlines `bytes[from, to)` holds. */
export function countNewlines(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  for (let start = from; start < to; start += BLOCK_BYTES)
    count += countBlock(bytes, start, Math.min(to, start + BLOCK_BYTES));
  return count;
}

function countBlock(bytes: Buffer, from: number, to: number): number {
  const block = bytes.subarray(from, to);
  let count = 0;
  let at = 0;
  for (;;) {
    const newline = block.indexOf(NEWLINE, at);
    if (newline < 0) return count;
    count += 1;
    at = newline + 1;
    if (count * SHORT_LINE_BYTES > at + 1024) return count + countDense(bytes, from + at, to);
  }
}

function countDense(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  let at = from;
  // An Int32Array must start on a multiple of four of the memory below.
  while (at < to && ((bytes.byteOffset + at) & 3) !== 0) count += bytes[at++] === NEWLINE ? 1 : 0;
  if (at === to) return count;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, (to - at) >> 2);
  at += words.length * 4;
  for (let word = 0; word < words.length; ) {
    // Four counters of one byte each, so that a run must end before one of them can overflow.
    const stop = Math.min(words.length, word + 255);
    let lanes = 0;
    for (; word < stop; word += 1) {
      const x = (words[word] as number) ^ 0x0a0a0a0a;
      const nonZero = ((x & 0x7f7f7f7f) + 0x7f7f7f7f) | x;
      lanes = (lanes + ((~nonZero >>> 7) & 0x01010101)) | 0;
    }
    count += (lanes & 255) + ((lanes >>> 8) & 255) + ((lanes >>> 16) & 255) + (lanes >>> 24);
  }
  while (at < to) count += bytes[at++] === NEWLINE ? 1 : 0;
  return count;
}
