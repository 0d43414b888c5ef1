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
 * Input given to one call. Its output is held until the consumer took it, so this bounds memory: gzip grows at
 * most 1,032 times, which makes 17 MB.
 */
const SLICE_BYTES = 16 * 1024;

const DAMAGE: Readonly<Record<string, string>> = {
  Z_BUF_ERROR: 'unexpected end of file',
  Z_DATA_ERROR: 'corrupt data',
};

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

/** Throws a `Damage`. From offset `carefulFrom` of the input on, bytes are fed one at a time. */
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

  let offset = 0;
  try {
    for await (const chunk of raw) {
      for (let at = 0; at < chunk.length; ) {
        const size = offset < carefulFrom ? Math.min(SLICE_BYTES, carefulFrom - offset) : 1;
        const slice = chunk.subarray(at, at + size);
        // The write's callback does not come where zero padding ends the stream early: `end` does.
        await settled((done) => stream.write(slice, () => done()));
        const ready = output;
        output = [];
        yield* ready;
        if (error !== null) throw new Damage(error, offset);
        if (ended) return;
        at += slice.length;
        offset += slice.length;
      }
    }
    if (signal.aborted) return;
    await settled(() => stream.end());
    yield* output;
    if (error !== null) throw new Damage(error, offset);
  } finally {
    stream.destroy();
  }
}
