/**
 * A place in a tar archive that moves forward: over an open file, where passing over a member costs nothing, or
 * over chunks that come from a decompressor or a pipe. Walking an archive needs nothing else.
 */
import { read } from 'node:fs';

export interface TarCursor {
  /** Bytes before the current place. */
  readonly offset: number;
  /** The next bytes, copied; fewer only at the end. */
  take(length: number): Promise<Buffer>;
  /** Passes over bytes; returns how many there were. */
  pass(length: number): Promise<number>;
}

/** A cursor whose bytes can be had only once. */
export interface StreamCursor extends TarCursor {
  /** The next bytes piece by piece, ending early at the end; a piece is valid until the next one is asked for. */
  pieces(length: number): AsyncGenerator<Uint8Array>;
  close(): Promise<void>;
}

/** Bytes read at once: headers of small members lie close together. */
const WINDOW_BYTES = 64 * 1024;

/** `size` is where the file ended when it was opened. */
export function fileCursor(fd: number, size: number): TarCursor {
  let offset = 0;
  let window: Buffer = Buffer.alloc(0);
  let windowAt = 0;
  return {
    get offset() {
      return offset;
    },
    async take(length) {
      const wanted = Math.min(length, Math.max(0, size - offset));
      if (offset < windowAt || offset + wanted > windowAt + window.length) {
        windowAt = offset;
        window = await readAt(fd, offset, Math.max(wanted, Math.min(WINDOW_BYTES, size - offset)));
      }
      const bytes = Buffer.from(window.subarray(offset - windowAt, offset - windowAt + wanted));
      offset += bytes.length;
      return bytes;
    },
    async pass(length) {
      const passed = Math.min(length, Math.max(0, size - offset));
      offset += passed;
      return passed;
    },
  };
}

export function streamCursor(chunks: AsyncIterable<Uint8Array>): StreamCursor {
  const source = chunks[Symbol.asyncIterator]();
  let current: Uint8Array = new Uint8Array(0);
  let offset = 0;

  /** At most `limit` bytes of what is there, null at the end. */
  const next = async (limit: number): Promise<Uint8Array | null> => {
    while (current.length === 0) {
      const result = await source.next();
      if (result.done) return null;
      current = result.value;
    }
    const piece = current.subarray(0, limit);
    current = current.subarray(piece.length);
    offset += piece.length;
    return piece;
  };

  async function* pieces(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0; ) {
      const piece = await next(left);
      if (piece === null) return;
      left -= piece.length;
      yield piece;
    }
  }

  return {
    get offset() {
      return offset;
    },
    async take(length) {
      const copies: Buffer[] = [];
      for await (const piece of pieces(length)) copies.push(Buffer.from(piece));
      return Buffer.concat(copies);
    },
    async pass(length) {
      let passed = 0;
      for await (const piece of pieces(length)) passed += piece.length;
      return passed;
    },
    pieces,
    async close() {
      await source.return?.();
    },
  };
}

/** Reads `length` bytes at `position`, fewer only at the end of the file. */
export async function readAt(fd: number, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const count = await readOnce(fd, bytes, filled, length - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

export function readOnce(
  fd: number,
  into: Buffer,
  at: number,
  length: number,
  position: number,
): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, into, at, length, position, (error, count) => (error ? reject(error) : resolve(count)));
  });
}
