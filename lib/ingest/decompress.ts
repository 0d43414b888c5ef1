/**
 * Turns raw bytes into the log's bytes: gzip is recognised by content and decompressed, other compressions
 * are refused by name, everything else passes through. A name's ending decides nothing, because rotated and
 * copied files carry wrong ones.
 */

import { BLOCK, isTarHead } from './bundle/tar-header.js';
import { gunzip } from './gunzip.js';
import { InputError } from './input-error.js';

/** First bytes of what cannot be read here, and the command that can. */
const REFUSED = [
  { magic: [0xff, 0xfe], name: 'UTF-16', command: 'iconv -f UTF-16 -t UTF-8' },
  { magic: [0xfe, 0xff], name: 'UTF-16', command: 'iconv -f UTF-16 -t UTF-8' },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], name: 'xz', command: 'xz -dc' },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], name: 'zstd', command: 'zstd -dc' },
  // Its fourth byte is the level.
  { magic: [0x42, 0x5a, 0x68, null, 0x31, 0x41, 0x59, 0x26], name: 'bzip2', command: 'bzip2 -dc' },
] as const;
const GZIP = [0x1f, 0x8b] as const;
const MAGICS: readonly Magic[] = [GZIP, ...REFUSED.map(({ magic }) => magic)];

/** Null stands for any byte. */
type Magic = readonly (number | null)[];

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
      const { name: format, command } = refused;
      throw new InputError(name, `is ${format}: convert it first (${command} FILE | analyze)`);
    }
    const whole = resume(head, chunks);
    yield* withoutArchives(name, startsWith(head, GZIP) ? gunzip(name, whole, again, signal) : whole);
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

/** The format by its first bytes where it cannot be read here, null where it can. */
export function refusedFormat(head: Uint8Array): { readonly name: string; readonly command: string } | null {
  return REFUSED.find(({ magic }) => startsWith(head, magic)) ?? null;
}

/** The first chunk, longer only where it is so short that it could still become a compressed file's magic. */
async function readHead(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array | null> {
  const first = await chunks.next();
  if (first.done) return null;
  let head = first.value;
  while (MAGICS.some((magic) => couldBecome(head, magic))) {
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

function startsWith(head: Uint8Array, magic: Magic): boolean {
  return head.length >= magic.length && magic.every((byte, at) => byte === null || head[at] === byte);
}

function couldBecome(head: Uint8Array, magic: Magic): boolean {
  return head.length < magic.length && startsWith(head, magic.slice(0, head.length));
}
