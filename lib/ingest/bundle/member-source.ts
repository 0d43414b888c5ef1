/**
 * The source of one member of a bundle: a stretch of an open archive, or a file below a directory. As any source
 * it is decompressed where it is gzip; growth beyond measure ends it, since nobody vouches for a bundle's parts.
 */
import { close, constants, fstat, open } from 'node:fs';
import { promisify } from 'node:util';
import { decompress } from '../decompress.js';
import { InputError, reasonOf } from '../input-error.js';
import { limitExpansion } from '../limit-expansion.js';
import type { BundleIdentity, Source } from '../types.js';
import type { BundleLimits } from './bundle-limits.js';
import type { SharedFile } from './shared-file.js';
import { readOnce } from './tar-cursor.js';

const openFile = promisify(open);
const closeFile = promisify(close);
const statOf = promisify(fstat);

const CHUNK_BYTES = 1024 * 1024;

export interface MemberOrigin {
  readonly name: string;
  /** Bytes, as stored. */
  readonly size: number;
  /** Ms since the epoch, null where unknown. */
  readonly modified: number | null;
  readonly bundle: BundleIdentity;
}

/** A stretch of an archive that stays open. */
export function stretchSource(
  origin: MemberOrigin,
  file: SharedFile,
  offset: number,
  limits: BundleLimits,
): Source {
  return sourceOf(origin, limits, async function* (signal) {
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(1, origin.size)));
    for (let at = 0; at < origin.size && !signal.aborted; ) {
      const wanted = Math.min(buffer.length, origin.size - at);
      const count = await file.use((fd) => readOnce(fd, buffer, 0, wanted, offset + at));
      if (count === 0) return;
      at += count;
      yield buffer.subarray(0, count);
    }
  });
}

/** A regular file below a directory, read to the end that is seen. */
export function fileMemberSource(origin: MemberOrigin, path: string, limits: BundleLimits): Source {
  return sourceOf(origin, limits, async function* (signal) {
    // Non-blocking, and looked at again: what was a file when it was listed may by now be a FIFO.
    const fd = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK);
    let isOpen = true;
    const closeOnce = async () => {
      if (isOpen) await closeFile(fd);
      isOpen = false;
    };
    try {
      if (!(await statOf(fd)).isFile()) throw new Error('is no regular file any more');
      const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, origin.size + 1));
      for (let at = 0; !signal.aborted; ) {
        const count = await readOnce(fd, buffer, 0, buffer.length, at);
        if (count === 0) return;
        at += count;
        // A bundle may hold two thousand small files, read side by side: they must not stay open meanwhile.
        const ended = count < buffer.length && (await readOnce(fd, Buffer.alloc(1), 0, 1, at)) === 0;
        if (ended) await closeOnce();
        yield buffer.subarray(0, count);
        if (ended) return;
      }
    } finally {
      await closeOnce();
    }
  });
}

function sourceOf(
  { name, size, modified, bundle }: MemberOrigin,
  limits: BundleLimits,
  stored: (signal: AbortSignal) => AsyncIterable<Uint8Array>,
): Source {
  const raw = (signal: AbortSignal) => explained(name, stored(signal));
  return {
    name,
    kind: 'file',
    modified,
    bundle,
    raw,
    read: (signal) =>
      limitExpansion(
        name,
        decompress(
          name,
          () => raw(signal),
          () => raw(signal),
          signal,
        ),
        () => size,
        limits,
      ),
  };
}

async function* explained(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let given = 0;
  try {
    for await (const chunk of chunks) {
      given += chunk.length;
      yield chunk;
    }
  } catch (error) {
    const where = given > 0 ? ` after ${given} bytes` : '';
    throw new InputError(name, reasonOf(error) + where, { cause: error });
  }
}
