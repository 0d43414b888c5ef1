/**
 * Recognises a text by its first bytes and by those before the place that was reached in it. Names, inodes and
 * times can all lie (rotation, reuse of inodes, network file systems, copies); the text cannot.
 */
import { createHash } from 'node:crypto';
import type { OpenFile } from './follow-fs.js';
import type { Fingerprint } from './types.js';

/** Bytes of the start of a text that make its fingerprint. */
const HEAD_BYTES = 1024;
/** Two texts that have so many first bytes in common are taken for one; less may be the start of any line. */
const PROOF_BYTES = 32;
/** Bytes before a position that are remembered. */
export const BEFORE_BYTES = 64;
/** Lengths of a head of which digests are kept, for copies that are shorter than it. */
const PART_BYTES = [64, 128, 256, 512] as const;
/** Zeros are looked through in pieces of so many bytes. */
const HOLE_BYTES = 64 * 1024;

/** First bytes of a text, 1 to 1,024. A writer that goes on at its old offset after a truncation leaves zeros before them. */
export interface Head {
  /** Bytes of zeros before them. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Where a text ends, without zeros behind it. */
export interface TextEnd {
  /** Its bytes. */
  readonly length: number;
  /** Up to 64 of them before the end. */
  readonly last: Uint8Array;
}

/** A place in a text, with what tells the text from others. */
export interface TextMark {
  readonly head: Head | Fingerprint;
  readonly offset: number;
  /** Up to 64 bytes before the offset. */
  readonly before: Uint8Array;
}

export function isPrint(head: Head | Fingerprint): head is Fingerprint {
  return typeof head.bytes === 'number';
}

/** Bytes that are known of it. */
export function headLength({ bytes }: Head | Fingerprint): number {
  return typeof bytes === 'number' ? bytes : bytes.length;
}

/** Enough is known of it to take a text that begins like it for the same, whatever file that is in. */
export function isProof(head: Head | Fingerprint): boolean {
  return headLength(head) >= PROOF_BYTES;
}

/** As much of it is known as is ever kept. */
export function isWholeHead(head: Head | Fingerprint): boolean {
  return headLength(head) >= HEAD_BYTES;
}

export function fingerprintOf({ at, bytes }: Head): Fingerprint {
  return {
    ...(at > 0 && { at }),
    bytes: bytes.length,
    sha256: digest(bytes),
    start: Buffer.from(bytes.subarray(0, PROOF_BYTES)).toString('base64'),
    parts: PART_BYTES.filter((length) => length < bytes.length).map((length) => partOf(bytes, length)),
  };
}

/**
 * How a text that begins with `found` stands to a known one. `same`: it has all of the known head. `part`: it is
 * shorter, and equal as far as it goes. `unclear`: too short to say. `other`: another text.
 */
export function compareHeads(found: Head, known: Head | Fingerprint): 'same' | 'part' | 'unclear' | 'other' {
  if (found.at !== (known.at ?? 0)) return 'other';
  const { bytes } = found;
  if (!isPrint(known)) {
    const common = Math.min(bytes.length, known.bytes.length);
    if (!equal(bytes.subarray(0, common), known.bytes.subarray(0, common))) return 'other';
    return bytes.length >= known.bytes.length ? 'same' : bytes.length >= PROOF_BYTES ? 'part' : 'unclear';
  }
  if (bytes.length >= known.bytes)
    return digest(bytes.subarray(0, known.bytes)) === known.sha256 ? 'same' : 'other';
  const start = Buffer.from(known.start, 'base64');
  if (!equal(bytes.subarray(0, start.length), start.subarray(0, bytes.length))) return 'other';
  if (bytes.length < PROOF_BYTES) return 'unclear';
  for (const [at, length] of PART_BYTES.entries())
    if (
      length <= bytes.length &&
      known.parts?.[at] !== undefined &&
      partOf(bytes, length) !== known.parts[at]
    )
      return 'other';
  return 'part';
}

/** Whether a head that is part of a known one was compared with it to its last byte: of a saved one only some digests are kept. */
export function isWhollyCompared({ bytes }: Head, known: Head | Fingerprint): boolean {
  return (
    !isPrint(known) || bytes.length <= PROOF_BYTES || PART_BYTES.some((length) => length === bytes.length)
  );
}

/**
 * Null where there is no text yet, or only zeros. `known`: where the head of the text is that was in the file, so that a
 * hole before it is not looked through again. Zeros behind the text, up to the end of the file, are no part of it.
 */
export async function headOf(file: OpenFile, known: Head | Fingerprint | null = null): Promise<Head | null> {
  const at = known?.at ?? 0;
  if (at > 0) {
    const [first] = await readRange(file, 0, 1);
    const bytes = await readRange(file, at, HEAD_BYTES);
    if (first === 0 && bytes.length > 0 && bytes[0] !== 0) return { at, bytes: written(bytes) };
  }
  return firstText(file, await firstBytes(file));
}

/** As many bytes of a file as a head has. */
export function firstBytes(file: OpenFile): Promise<Buffer> {
  return readRange(file, 0, HEAD_BYTES);
}

/** `bytes`: the first ones of the file. */
export async function firstText(file: OpenFile, bytes: Buffer): Promise<Head | null> {
  const text = zerosAtStart(bytes);
  if (text === 0 && bytes.length > 0) return { at: 0, bytes: written(bytes) };
  const at = text < bytes.length ? text : await textBehind(file, bytes.length);
  if (at === null || bytes.length === 0) return null;
  const head = written(await readRange(file, at, HEAD_BYTES));
  return head.length === 0 ? null : { at, bytes: head };
}

const ZEROS = Buffer.alloc(HOLE_BYTES);

export function zerosAtStart(bytes: Uint8Array): number {
  const text = bytes.findIndex((byte) => byte !== 0);
  return text < 0 ? bytes.length : text;
}

/** Offset of the first byte from one on that is no zero; null where none is. */
export async function textBehind(file: OpenFile, from: number): Promise<number | null> {
  for (let at = from; ; ) {
    const bytes = await readRange(file, at, HOLE_BYTES);
    if (bytes.length === 0) return null;
    const zeros = isZeros(bytes) ? bytes.length : zerosAtStart(bytes);
    at += zeros;
    if (zeros < bytes.length) return at;
  }
}

/** Bytes of the first `size` ones up to the last that is no zero. */
export async function writtenLength(file: OpenFile, size: number): Promise<number> {
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - (end === size ? BEFORE_BYTES : HOLE_BYTES));
    const bytes = await readRange(file, start, end - start);
    if (!isZeros(bytes)) return start + written(bytes).length;
    end = start;
  }
  return 0;
}

function isZeros(bytes: Uint8Array): boolean {
  return bytes.length <= ZEROS.length && equal(bytes, ZEROS.subarray(0, bytes.length));
}

/** Without the zeros at its end, as a program leaves them that asks for room in advance. */
export function written<Bytes extends Uint8Array>(bytes: Bytes): Bytes {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end) as Bytes;
}

/** Gathers the head of a text that comes in pieces. */
export function createHeadGatherer(): {
  add(chunk: Uint8Array): void;
  isFull(): boolean;
  head(): Head | null;
} {
  let at = 0;
  let bytes: Uint8Array = new Uint8Array(0);
  return {
    add(chunk) {
      let text = 0;
      if (bytes.length === 0) {
        text = chunk.findIndex((byte) => byte !== 0);
        if (text < 0) text = chunk.length;
        at += text;
      }
      if (bytes.length < HEAD_BYTES)
        bytes = Buffer.concat([bytes, chunk.subarray(text, text + HEAD_BYTES - bytes.length)]);
    },
    isFull: () => bytes.length >= HEAD_BYTES,
    head: () => (bytes.length === 0 ? null : { at, bytes }),
  };
}

/** The head with the bytes added that were read at an offset. */
export function extended(head: Head | Fingerprint, chunk: Uint8Array, offset: number): Head | Fingerprint {
  if (isPrint(head) || head.bytes.length >= HEAD_BYTES) return head;
  const end = head.at + head.bytes.length;
  if (offset > end || offset + chunk.length <= end) return head;
  const more = chunk.subarray(end - offset, end - offset + HEAD_BYTES - head.bytes.length);
  return { at: head.at, bytes: written(Buffer.concat([head.bytes, more])) };
}

/** Whether what was read at an offset is what was seen there before, as far as the head goes. */
export function agrees(head: Head | Fingerprint, chunk: Uint8Array, offset: number): boolean {
  if (isPrint(head)) return true;
  const from = offset - head.at;
  if (from < 0 || from >= head.bytes.length) return true;
  const known = head.bytes.subarray(from, from + chunk.length);
  return equal(known, chunk.subarray(0, known.length));
}

/** Whether the bytes before the mark are still those that were read there. */
export async function hasBefore(file: OpenFile, { offset, before }: TextMark): Promise<boolean> {
  return equal(await readRange(file, offset - before.length, before.length), before);
}

/** The bytes before an offset, as they are remembered. */
export async function beforeOf(file: OpenFile, offset: number, from = 0): Promise<Buffer> {
  const length = Math.max(0, Math.min(BEFORE_BYTES, offset - from));
  return readRange(file, offset - length, length);
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

/** Enough of a digest to tell two texts apart. */
function partOf(bytes: Uint8Array, length: number): string {
  return digest(bytes.subarray(0, length)).slice(0, 16);
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
