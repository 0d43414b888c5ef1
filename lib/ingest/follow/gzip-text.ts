/**
 * Finds a text again in its compressed copy, and reads on in it: what was rotated and gzipped while nobody looked.
 * The text is decompressed from its start as far as the mark, because gzip knows no other way to get there.
 */
import { gunzip } from '../gunzip.js';
import type { OpenFile } from './follow-fs.js';
import {
  beforeOf,
  compareHeads,
  createHeadGatherer,
  equal,
  type Head,
  nextBefore,
  type TextMark,
} from './text-mark.js';

const CHUNK_BYTES = 64 * 1024;

async function* rawBytes(file: OpenFile): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let position = 0; ; ) {
    const got = await file.read(chunk, 0, chunk.length, position);
    if (got === 0) return;
    position += got;
    yield chunk.subarray(0, got);
  }
}

/** Of the text inside; null where there is none, or the file is no sound gzip so far. */
export async function gzipHead(file: OpenFile, signal: AbortSignal): Promise<Head | null> {
  const gathered = createHeadGatherer();
  try {
    for await (const chunk of gunzip('', rawBytes(file), null, signal)) {
      gathered.add(chunk);
      if (gathered.isFull()) break;
    }
  } catch {
    // What came before the damage, or before the end of a file that is still being written.
  }
  return gathered.head();
}

/** The text behind the mark, read as it is asked for; null where the compressed one is another, or ends before it. */
export async function gzipTextAfter(
  name: string,
  file: OpenFile,
  mark: TextMark,
  signal: AbortSignal,
): Promise<AsyncGenerator<Uint8Array> | null> {
  const chunks = gunzip(name, rawBytes(file), () => rawBytes(file), signal);
  const gathered = createHeadGatherer();
  let before: Uint8Array = new Uint8Array(0);
  let offset = 0;
  let rest: Uint8Array = new Uint8Array(0);
  try {
    while (offset < mark.offset || rest.length === 0) {
      const next = await chunks.next();
      if (next.done) break;
      const chunk = next.value;
      gathered.add(chunk);
      const part = chunk.subarray(0, Math.max(0, mark.offset - offset));
      before = nextBefore(before, part);
      offset += part.length;
      rest = Buffer.from(chunk.subarray(part.length));
    }
  } catch {
    return await closed(chunks);
  }
  const head = gathered.head();
  if (offset < mark.offset || head === null) return await closed(chunks);
  const like = compareHeads(head, mark.head);
  if (like === 'other' || (like === 'unclear' && mark.before.length === 0)) return await closed(chunks);
  const kept = before.subarray(before.length - mark.before.length);
  if (!equal(kept, mark.before)) return await closed(chunks);
  return followedBy(rest, chunks);
}

/** Whether it holds a text as far as that was read: `more` behind that, `yes`: nothing more, `no`: another text. `host`: the file that the text is read from. */
export async function gzipCompare(
  file: OpenFile,
  { before, head, offset }: TextMark,
  signal: AbortSignal,
  host: OpenFile | null,
): Promise<'yes' | 'more' | 'unclear' | 'no'> {
  const gathered = createHeadGatherer();
  let last: Uint8Array = new Uint8Array(0);
  let length = 0;
  let isMore = false;
  try {
    for await (const chunk of gunzip('', rawBytes(file), null, signal)) {
      gathered.add(chunk);
      const part = chunk.subarray(0, Math.max(0, offset - length));
      last = nextBefore(last, part);
      length += part.length;
      isMore ||= part.length < chunk.length;
      if (isMore && gathered.isFull()) break;
    }
  } catch {
    // What came before the damage, or before the end of a file that is still being written.
  }
  const found = gathered.head();
  const like = found === null ? 'unclear' : compareHeads(found, head);
  if (like === 'other') return 'no';
  // Of what it has of the bytes before the place that was reached.
  const from = offset - before.length;
  const common = Math.max(0, length - from);
  if (!equal(last.subarray(last.length - common), before.subarray(0, common))) return 'no';
  if (isMore) return 'more';
  // It is all before that: the file that the text is read from knows what it should end with.
  if (common === 0 && host !== null && !equal(await beforeOf(host, length), last)) return 'no';
  return like === 'unclear' ? 'unclear' : 'yes';
}

async function closed(chunks: AsyncGenerator<Uint8Array>): Promise<null> {
  await chunks.return(undefined);
  return null;
}

async function* followedBy(
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
