/**
 * Recognises a text by its first bytes and by those before the place that was reached in it. Names, inodes and
 * times can all lie (rotation, reuse of inodes, network file systems, copies); the text cannot.
 */
import { createHash } from 'node:crypto';
import type { OpenFile } from './follow-fs.js';
import type { Fingerprint } from './types.js';

/** Bytes of the start of a file that make its fingerprint. */
export const HEAD_BYTES = 1024;
/** Two texts that have so many first bytes in common are taken for one; less may be the start of any line. */
export const PROOF_BYTES = 32;
/** Bytes before a position that are remembered. */
export const BEFORE_BYTES = 64;

/** A place in a text, with what tells the text from others. */
export interface TextMark {
  /** As many of the first bytes as are known, or the fingerprint of an earlier run. */
  readonly head: Uint8Array | Fingerprint;
  /** Of fewer bytes, where `head` is a fingerprint. */
  readonly start: Fingerprint | null;
  readonly offset: number;
  readonly before: Uint8Array;
}

export function fingerprintOf(head: Uint8Array): Fingerprint {
  return { bytes: head.length, sha256: createHash('sha256').update(head).digest('hex') };
}

/** Null where the head itself is as short. */
export function startOf(head: Uint8Array): Fingerprint | null {
  return head.length > PROOF_BYTES ? fingerprintOf(head.subarray(0, PROOF_BYTES)) : null;
}

export function headLength(head: Uint8Array | Fingerprint): number {
  return head instanceof Uint8Array ? head.length : head.bytes;
}

/** Whether a text that begins with `start` can be the one with this head. */
export function hasHead(start: Uint8Array, head: Uint8Array | Fingerprint): boolean {
  const length = headLength(head);
  if (start.length < length) return false;
  const part = start.subarray(0, length);
  return head instanceof Uint8Array ? equal(part, head) : fingerprintOf(part).sha256 === head.sha256;
}

/** True only where the text itself proves it: without a head nothing is known of it. */
export async function holdsText(file: OpenFile, mark: TextMark): Promise<boolean> {
  if (isUnproved(mark)) return false;
  const found = await readRange(file, 0, headLength(mark.head));
  return (await isBefore(file, mark)) && hasStart(found, mark, mark.offset === 0);
}

/** Nothing of the text is known, or only the zeros that a writer leaves which goes on at its old offset. */
export function isUnproved({ head, before }: Pick<TextMark, 'before' | 'head'>): boolean {
  if (before.some((byte) => byte !== 0)) return false;
  if (head instanceof Uint8Array) return head.every((byte) => byte === 0);
  return head.bytes === 0 || head.sha256 === fingerprintOf(Buffer.alloc(head.bytes)).sha256;
}

/**
 * Whether a file that begins with `found`, its first bytes, can hold the text, or the beginning of it where it is
 * shorter than what is known. `weak`: a few bytes are enough where nothing was read yet.
 */
export function hasStart(found: Uint8Array, mark: TextMark, weak = false): boolean {
  const { before, head, offset, start } = mark;
  if (found.length >= headLength(head)) return hasHead(found, head);
  if (found.length < PROOF_BYTES) return false;
  if (head instanceof Uint8Array) return equal(found, head.subarray(0, found.length));
  if (start === null || !hasHead(found, start)) return false;
  const from = offset - before.length;
  if (offset > 0 && found.length > from) {
    const common = found.subarray(from, offset);
    return equal(common, before.subarray(0, common.length));
  }
  return weak;
}

/** Whether the bytes before the mark are still those that were read there. */
async function isBefore(file: OpenFile, { offset, before }: TextMark): Promise<boolean> {
  const found = await readRange(file, offset - before.length, before.length);
  return equal(found, before);
}

/** Fewer bytes than asked for only where the file ends. */
export async function readRange(file: OpenFile, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const got = await file.read(bytes, filled, length - filled, position + filled);
    if (got === 0) break;
    filled += got;
  }
  return bytes.subarray(0, filled);
}

/** The last bytes of `before` followed by `chunk`, in memory of their own. */
export function nextBefore(before: Uint8Array, chunk: Uint8Array): Buffer {
  if (chunk.length >= BEFORE_BYTES) return Buffer.from(chunk.subarray(chunk.length - BEFORE_BYTES));
  const kept = before.subarray(Math.max(0, before.length + chunk.length - BEFORE_BYTES));
  return Buffer.concat([kept, chunk]);
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
