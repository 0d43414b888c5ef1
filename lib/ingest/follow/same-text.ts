/**
 * Compares two texts that begin alike: at some places, which is cheap and tells nearly all apart, and two plain files in
 * their bytes.
 */
import type { OpenFile } from './follow-fs.js';
import { markedOffsets } from './gzip-text.js';
import type { PackedText } from './packed-texts.js';
import { beforeOf, equal, readRange } from './text-mark.js';

/** Of two plain files up to so many bytes are compared: all of them, or blocks spread over their length. */
const COMPARED_BYTES = 4 * 1024 * 1024;
const BLOCK_BYTES = 64 * 1024;

/** Some places of a text. */
export interface Places {
  /** Where it ends, or the last place that is known of it; infinity for a file that is asked as it is. */
  readonly length: number;
  /** Up to 64 bytes before an offset; null where they are not known. */
  before(offset: number): Promise<Uint8Array | null>;
}

/** `length`: where the text ends. */
export function placesInPlain(file: OpenFile, length = Number.POSITIVE_INFINITY): Places {
  return { length, before: (offset) => beforeOf(file, offset) };
}

export function placesInPacked({ end, marks }: PackedText): Places {
  return {
    length: end?.length ?? Math.max(0, ...marks.keys()),
    before: async (offset) => marks.get(offset) ?? null,
  };
}

/** Whether a text is no copy of another, as far as that shows at some places. */
export async function differs(copy: Places, original: Places): Promise<boolean> {
  for (const offset of markedOffsets(Math.min(copy.length, original.length))) {
    const [one, other] = [await copy.before(offset), await original.before(offset)];
    if (one === null || other === null) continue;
    // Zeros may be room behind the end of a text.
    if (one.at(-1) !== 0 && !equal(one, other)) return true;
  }
  return false;
}

/** Whether two plain files are the same up to a length, as far as they are compared. */
export async function isSameText(one: OpenFile, other: OpenFile, length: number): Promise<boolean> {
  const step = Math.max(BLOCK_BYTES, Math.ceil((length / COMPARED_BYTES) * BLOCK_BYTES));
  for (let at = 0; at < length; at += step) {
    const size = Math.min(BLOCK_BYTES, length - at);
    if (!equal(await readRange(one, at, size), await readRange(other, at, size))) return false;
  }
  return true;
}
