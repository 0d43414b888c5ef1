/**
 * Finds a text again in its compressed copy, and reads on in it: what was rotated and gzipped while nobody looked.
 * The text is decompressed from its start as far as the mark, because gzip knows no other way to get there.
 */
import { gunzip } from '../gunzip.js';
import type { OpenFile } from './follow-fs.js';
import { equal, HEAD_BYTES, hasHead, headLength, nextBefore, type TextMark } from './text-mark.js';

const CHUNK_BYTES = 64 * 1024;

/** The whole text. Closes the file at its end. Throws an InputError where it is damaged. */
export async function* gzipText(
  name: string,
  file: OpenFile,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    yield* gunzip(name, rawBytes(file), () => rawBytes(file), signal);
  } finally {
    await file.close().catch(() => undefined);
  }
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

/** First bytes of the text, as many as a fingerprint takes; null where the file is no sound gzip so far. */
export async function gzipHead(file: OpenFile, signal: AbortSignal): Promise<Buffer | null> {
  let head = Buffer.alloc(0);
  try {
    for await (const chunk of gunzip('', rawBytes(file), null, signal)) {
      head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)]);
      if (head.length >= HEAD_BYTES) break;
    }
  } catch {
    if (head.length === 0) return null;
  }
  return head;
}

/** The text behind the mark; null where the compressed one is another, or ends before it. */
export async function gzipTextAfter(
  name: string,
  file: OpenFile,
  mark: TextMark,
  signal: AbortSignal,
): Promise<AsyncGenerator<Uint8Array> | null> {
  const chunks = gzipText(name, file, signal);
  let head = Buffer.alloc(0);
  let before: Uint8Array = new Uint8Array(0);
  let offset = 0;
  const wanted = headLength(mark.head);
  let headSeen = wanted === 0;
  let rest: Uint8Array = new Uint8Array(0);
  try {
    while (offset < mark.offset || !headSeen) {
      const next = await chunks.next();
      if (next.done) return null;
      const chunk = next.value;
      if (!headSeen) {
        head = Buffer.concat([head, chunk.subarray(0, wanted - head.length)]);
        if (head.length === wanted) {
          headSeen = true;
          if (!hasHead(head, mark.head)) return await closed(chunks);
        }
      }
      const part = chunk.subarray(0, Math.max(0, Math.min(chunk.length, mark.offset - offset)));
      before = nextBefore(before, part);
      offset += part.length;
      if (part.length < chunk.length) rest = Buffer.concat([rest, chunk.subarray(part.length)]);
    }
  } catch {
    return await closed(chunks);
  }
  const kept = before.subarray(before.length - mark.before.length);
  if (!equal(kept, mark.before)) return await closed(chunks);
  return followedBy(rest, chunks);
}

async function closed(chunks: AsyncGenerator<Uint8Array>): Promise<null> {
  await chunks.return(undefined);
  return null;
}

export async function* followedBy(
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    if (first.length > 0) yield first;
    yield* rest;
  } finally {
    // A generator that was never asked does not run its own `finally`.
    await rest.return(undefined);
  }
}
