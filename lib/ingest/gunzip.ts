/**
 * Decompresses gzip of any number of members, streaming. Its point is damage: everything before it counts,
 * then an InputError says after how many bytes the log breaks off. Node's zlib drops what the failing call had
 * already decompressed, so the piece with the damage is fed a second time, byte by byte.
 */
import { createGunzip } from 'node:zlib';
import { InputError } from './input-error.js';

/** Output buffer of one call: with Node's 16 KiB default the same data takes half as long again. */
const OUTPUT_BYTES = 1 << 20;

/**
 * Input given to one call, less where the one before it gave much. Its output is held until the consumer took it, so
 * this bounds memory: gzip grows at most 1,032 times, which makes 17 MB, or 68 MB where little came of the one before,
 * beside what is held of that.
 */
const SLICE_BYTES = 16 * 1024;
const LARGEST_SLICE_BYTES = 64 * 1024;
/** Bytes that are fed one by one before anybody looks what came of them. */
const CAREFUL_BYTES = 1024;

const DAMAGE: Readonly<Record<string, string>> = {
  Z_BUF_ERROR: 'unexpected end of file',
  Z_DATA_ERROR: 'corrupt data',
};

/** Told by two bytes; one alone says nothing. */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

class Damage {
  constructor(
    readonly error: NodeJS.ErrnoException,
    /** Offset of the compressed slice that failed. */
    readonly slice: number,
  ) {}
}

/** `again` gives the raw bytes once more from their start, or is null where they are gone. */
export async function* gunzip(
  name: string,
  raw: AsyncIterable<Uint8Array>,
  again: (() => AsyncIterable<Uint8Array>) | null,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let given = 0;
  let damage: Damage;
  try {
    for await (const chunk of inflate(raw, Number.POSITIVE_INFINITY, signal)) {
      given += chunk.length;
      yield chunk;
    }
    return;
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    damage = error;
  }
  if (again !== null && damage.error.code === 'Z_DATA_ERROR') {
    let skip = given;
    try {
      for await (const chunk of inflate(again(), damage.slice, signal)) {
        const fresh = chunk.subarray(Math.min(skip, chunk.length));
        skip -= chunk.length - fresh.length;
        given += fresh.length;
        if (fresh.length > 0) yield fresh;
      }
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
    }
  }
  const what = DAMAGE[damage.error.code ?? ''] ?? damage.error.message;
  throw new InputError(name, `damaged gzip: ${what} after ${given} bytes of log`, { cause: damage.error });
}

/** Sizes of slices, by what the last one gave: each call costs as much as some kilobytes. */
function createSliceSizes(): { next(given: readonly Uint8Array[]): number } {
  let size = SLICE_BYTES / 2;
  return {
    next(given) {
      const bytes = given.reduce((sum, { length }) => sum + length, 0);
      size = bytes > OUTPUT_BYTES ? SLICE_BYTES : Math.min(2 * size, LARGEST_SLICE_BYTES);
      return size;
    },
  };
}

/**
 * Throws a `Damage`. From offset `carefulFrom` of the input on, bytes are fed one at a time. The next slice is
 * decompressed, by another thread, while the consumer is at work with what the last one gave.
 */
async function* inflate(
  raw: AsyncIterable<Uint8Array>,
  carefulFrom: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const stream = createGunzip({ chunkSize: OUTPUT_BYTES });
  let output: Uint8Array[] = [];
  let error: NodeJS.ErrnoException | null = null;
  let ended = false;
  let wake = () => {};
  // Flowing, never paused: a paused stream forgets its finished output when a later call fails.
  stream.on('data', (chunk: Buffer) => output.push(chunk));
  stream.on('error', (cause) => {
    error = cause;
    wake();
  });
  stream.on('end', () => {
    ended = true;
    wake();
  });
  const settled = (start: (done: () => void) => void) =>
    new Promise<void>((resolve) => {
      wake = resolve;
      start(resolve);
    });
  const takeOutput = (): readonly Uint8Array[] => {
    const ready = output;
    output = [];
    return ready;
  };

  const sizes = createSliceSizes();
  let offset = 0;
  /** The slice that is being decompressed, and where it stands. */
  let feeding: Promise<void> = Promise.resolve();
  let fed = 0;
  try {
    for await (const chunk of raw) {
      for (let at = 0; at < chunk.length; ) {
        await feeding;
        // What the last one gave is given out behind the loop.
        if (error !== null || ended) break;
        const ready = takeOutput();
        const isCareful = offset >= carefulFrom;
        const size = isCareful ? CAREFUL_BYTES : Math.min(sizes.next(ready), carefulFrom - offset);
        // A copy: whoever gives the chunk uses its memory again.
        const slice = Uint8Array.prototype.slice.call(chunk, at, at + size);
        fed = offset;
        // The write's callback does not come where zero padding ends the stream early: `end` does.
        feeding = settled((done) => {
          if (isCareful)
            for (let byte = 0; byte < slice.length - 1; byte++) stream.write(slice.subarray(byte, byte + 1));
          stream.write(isCareful ? slice.subarray(-1) : slice, () => done());
        });
        yield* ready;
        at += slice.length;
        offset += slice.length;
      }
      // A pipe may have nothing more for hours, and a disk may fail: what has come is given out before.
      await feeding;
      yield* takeOutput();
      if (error !== null) throw new Damage(error, fed);
      if (ended) return;
    }
    if (signal.aborted) return;
    await settled(() => stream.end());
    yield* takeOutput();
    if (error !== null) throw new Damage(error, offset);
  } finally {
    stream.destroy();
  }
}
