/**
 * Turns raw bytes into the log's bytes: gzip is recognised by content and decompressed, other formats that hold a log
 * are refused by name, everything else passes through. A name's ending decides nothing, because rotated and
 * copied files carry wrong ones.
 */

import { BLOCK, isTarHead } from './bundle/tar-header.js';
import { gunzip, isGzip } from './gunzip.js';
import { InputError } from './input-error.js';
import { mayBecomeRefused, refusedFormat } from './refused-format.js';

/**
 * `open` gives the raw bytes from their start. `again` does so a second time where that is possible (a named
 * file): damaged gzip is then decompressed up to the very byte of the damage.
 */
export async function* decompress(
  name: string,
  open: () => AsyncIterable<Uint8Array>,
  again: (() => AsyncIterable<Uint8Array>) | null,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const chunks = open()[Symbol.asyncIterator]();
  try {
    const head = await readHead(chunks);
    if (head === null) return;
    const refused = refusedFormat(head);
    if (refused !== null) {
      throw new InputError(
        name,
        `is ${refused.name}, expected text or gzip: convert it first (${refused.command})`,
      );
    }
    const whole = resume(head, chunks);
    yield* withoutArchives(name, isGzip(head) ? gunzip(name, whole, again, signal) : whole);
  } finally {
    await chunks.return?.();
  }
}

/** A tar archive read as a log would put its members' lines under one name. No piece is held back for it. */
async function* withoutArchives(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | null = new Uint8Array(0);
  for await (const chunk of chunks) {
    if (head !== null) {
      head = Buffer.concat([head, chunk.subarray(0, BLOCK)]);
      if (isTarHead(head)) {
        throw new InputError(name, 'is a tar archive: name it as a file, or pipe it as the only input');
      }
      if (head.length >= BLOCK) head = null;
    }
    yield chunk;
  }
}

/**
 * The first chunk, longer only where it is so short that it could still become the magic of a format that is refused, or
 * gzip's, whose first byte one of them has, too.
 */
async function readHead(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array | null> {
  const first = await chunks.next();
  if (first.done) return null;
  let head = first.value;
  while (mayBecomeRefused(head)) {
    const kept = Uint8Array.from(head);
    const next = await chunks.next();
    if (next.done) return kept;
    head = Buffer.concat([kept, next.value]);
  }
  return head;
}

async function* resume(
  head: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield head;
  for (;;) {
    const next = await rest.next();
    if (next.done) return;
    yield next.value;
  }
}
