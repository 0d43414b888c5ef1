/**
 * The text in a compressed file: how it begins, where it ends with what stands at some places of it, and the rest of it
 * behind a place that was reached before. gzip knows no other way to a place than from the start.
 */
import { gunzip } from '../gunzip.js';
import { InputError } from '../input-error.js';
import type { OpenFile } from './follow-fs.js';
import { createHeadGatherer, type Head, nextBefore, type TextEnd, written } from './text-mark.js';

const CHUNK_BYTES = 64 * 1024;
/** Of the text, that are decompressed to know how it begins: they tell nearly all apart that have a banner in common. */
const OPENING_BYTES = 64 * 1024;
const FIRST_MARK = 2048;

/** Up to 64 bytes before some places of a text, by their offsets. */
export type Marks = Map<number, Uint8Array>;

/** Places at which texts are compared that begin alike: 2, 4, 8 … KiB. */
export function* markedOffsets(upTo: number): Generator<number> {
  for (let offset = FIRST_MARK; offset <= upTo; offset *= 2) yield offset;
}

export interface GzipText {
  add(chunk: Uint8Array): void;
  readonly marks: Marks;
  /** Of what was added. Zeros behind it are no part of it. */
  end(): TextEnd;
}

/** Takes a text in pieces. `wanted`: offsets to be marked besides. */
export function createGzipText(wanted: readonly number[]): GzipText {
  const marks: Marks = new Map();
  const offsets = [...new Set([...wanted, ...markedOffsets(Number.MAX_SAFE_INTEGER)])].sort((a, b) => a - b);
  let next = offsets.findIndex((offset) => offset > 0);
  let length = 0;
  let before: Uint8Array = new Uint8Array(0);
  let end: TextEnd = { length: 0, last: before };
  return {
    marks,
    add(chunk) {
      for (let at = offsets[next]; at !== undefined && at <= length + chunk.length; at = offsets[++next])
        marks.set(at, nextBefore(before, chunk.subarray(0, at - length)));
      const text = written(chunk);
      if (text.length > 0) end = { length: length + text.length, last: nextBefore(before, text) };
      before = nextBefore(before, chunk);
      length += chunk.length;
    },
    end: () => end,
  };
}

/** How it begins; a head of null where there is no text, or the file is no sound gzip so far. */
export async function gzipOpening(
  file: OpenFile,
  signal: AbortSignal,
): Promise<{ readonly head: Head | null; readonly marks: Marks }> {
  const gathered = createHeadGatherer();
  const text = createGzipText([]);
  let length = 0;
  try {
    for await (const chunk of gunzip('', rawBytes(file), null, signal)) {
      gathered.add(chunk);
      text.add(chunk.subarray(0, Math.max(0, OPENING_BYTES - length)));
      length += chunk.length;
      if (gathered.isFull() && length >= OPENING_BYTES) break;
    }
  } catch (error) {
    unlessDamaged(error);
  }
  return { head: gathered.head(), marks: text.marks };
}

/** All of it. Of a damaged one what stands before the damage. */
export function gzipChunks(name: string, file: OpenFile, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  return gunzip(name, rawBytes(file), () => rawBytes(file), signal);
}

/** What stands behind an offset. What stands before it comes as pieces of no bytes: others are read in between. */
export async function* gzipRest(
  name: string,
  file: OpenFile,
  offset: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  let skip = offset;
  for await (const chunk of gzipChunks(name, file, signal)) {
    const rest = chunk.subarray(Math.min(skip, chunk.length));
    skip -= chunk.length - rest.length;
    yield rest;
  }
}

/** What came before the damage counts, or before the end of a file that is still being written. */
export function unlessDamaged(error: unknown): void {
  if (!(error instanceof InputError)) throw error;
}

async function* rawBytes(file: OpenFile): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let position = 0; ; ) {
    const got = await file.read(chunk, 0, chunk.length, position);
    if (got === 0) return;
    position += got;
    yield chunk.subarray(0, got);
  }
}
