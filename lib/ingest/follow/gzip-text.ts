/**
 * Finds a text again in its compressed copy, and reads on in it: what was rotated and gzipped while nobody looked.
 * The text is decompressed from its start as far as the mark, because gzip knows no other way to get there.
 */
import { gunzip } from '../gunzip.js';
import { InputError } from '../input-error.js';
import type { OpenFile } from './follow-fs.js';
import type { TextEnd } from './group.js';
import {
  BEFORE_BYTES,
  compareHeads,
  createHeadGatherer,
  equal,
  type Head,
  nextBefore,
  type TextMark,
  written,
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
  } catch (error) {
    unlessDamaged(error);
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
  } catch (error) {
    await closed(chunks);
    unlessDamaged(error);
    return null;
  }
  const head = gathered.head();
  if (offset < mark.offset || head === null) return await closed(chunks);
  const like = compareHeads(head, mark.head);
  if (like === 'other' || (like === 'unclear' && mark.before.length === 0)) return await closed(chunks);
  const kept = before.subarray(before.length - mark.before.length);
  if (!equal(kept, mark.before)) return await closed(chunks);
  return followedBy(rest, chunks);
}

/** Of the text inside, as far as it is sound, without zeros behind it. `upTo`: where to stop. */
export async function gzipEnd(
  file: OpenFile,
  signal: AbortSignal,
  upTo = Number.POSITIVE_INFINITY,
): Promise<TextEnd> {
  let length = 0;
  let last: Uint8Array = new Uint8Array(0);
  let zeros = 0;
  const addZeros = (): void => {
    last = nextBefore(last, new Uint8Array(Math.min(BEFORE_BYTES, zeros)));
    length += zeros;
    zeros = 0;
  };
  try {
    for await (const chunk of gunzip('', rawBytes(file), null, signal)) {
      const part = chunk.subarray(0, upTo - length - zeros);
      const text = written(part);
      if (text.length > 0) {
        addZeros();
        last = nextBefore(last, text);
        length += text.length;
      }
      zeros += part.length - text.length;
      if (length + zeros === upTo) {
        addZeros();
        break;
      }
    }
  } catch (error) {
    unlessDamaged(error);
  }
  return { length, last };
}

/** What came before the damage counts, or before the end of a file that is still being written. */
function unlessDamaged(error: unknown): void {
  if (!(error instanceof InputError)) throw error;
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
