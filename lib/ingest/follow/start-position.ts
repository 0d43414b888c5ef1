/**
 * Finds where to begin in a file that is followed from its end: behind its last newline, so that a line that is
 * still being written is read whole. And counts the lines before that place.
 */
import type { OpenFile } from './follow-fs.js';

const NEWLINE = 10;
const BLOCK_BYTES = 64 * 1024;
/** How far back a newline is looked for. A longer unfinished line is not read: reading begins at the end. */
const BACK_BYTES = 64 * 1024 * 1024;
/** Lines of larger beginnings are not counted: the numbers of the lines then count from where reading began. */
const COUNT_BYTES = 256 * 1024 ** 2;

/** Offset behind the last newline of the first `size` bytes. */
export async function lastLineStart(file: OpenFile, size: number): Promise<number> {
  const block = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, Math.max(1, size)));
  let end = size;
  while (end > 0 && size - end < BACK_BYTES) {
    const start = Math.max(0, end - block.length);
    const got = await file.read(block, 0, end - start, start);
    const newline = block.subarray(0, got).lastIndexOf(NEWLINE);
    if (newline >= 0) return start + newline + 1;
    end = start;
  }
  return end === 0 ? 0 : size;
}

/** Newlines in the first `length` bytes; 0 where these are more than `COUNT_BYTES`, or where the signal aborts. */
export async function linesBefore(
  file: OpenFile,
  length: number,
  buffer: Uint8Array,
  signal: AbortSignal,
): Promise<number> {
  if (length > COUNT_BYTES) return 0;
  let lines = 0;
  for (let position = 0; position < length && !signal.aborted; ) {
    const got = await file.read(buffer, 0, Math.min(buffer.length, length - position), position);
    if (got === 0) break;
    const read = buffer.subarray(0, got);
    for (let at = read.indexOf(NEWLINE); at >= 0; at = read.indexOf(NEWLINE, at + 1)) lines++;
    position += got;
  }
  return lines;
}
