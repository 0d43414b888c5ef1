/**
 * What a container prints, as a stream: lines of the lengths asked for, then the long line, then its end. The same
 * seed prints the same bytes. They come out of one block made beforehand, so that the source is never the brake.
 */
import { Readable } from 'node:stream';
import { createRandom, type Random } from '../random.js';
import type { Clock } from './clock.js';
import type { LineLengths, Workload } from './types.js';

/** Printable, and nothing that JSON or HTML would escape: what is on disk is as long as what was printed. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .';
const NEWLINE = 0x0a;
/** The content repeats after this many bytes: a prime, so that no buffer's size divides it. */
const PERIOD_BYTES = 65_521;

export type Printed = Pick<
  Workload,
  'lineBytes' | 'end' | 'before' | 'writeBytes' | 'paceBytesPerSecond' | 'seed'
>;

export interface LineSourceOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** Called before every write with its bytes; the write waits for what it returns. */
  readonly onWrite?: (bytes: number) => Promise<void> | undefined;
  /** Called when the stream has all but the end, read or not; the end is not sent before it is fulfilled. */
  readonly beforeEnd?: () => Promise<void>;
  /** With `end: 'newline'`: called when the stream has that, too; it stays open until this is fulfilled. */
  readonly beforeClose?: () => Promise<void>;
}

function lengthOf(lengths: LineLengths, random: Random): number {
  if (lengths.kind === 'fixed') return lengths.bytes;
  if (lengths.kind === 'uniform')
    return lengths.minBytes + random.int(lengths.maxBytes - lengths.minBytes + 1);
  // Box and Muller; the first fraction must not be 0, of which there is no logarithm.
  const normal = Math.sqrt(-2 * Math.log(1 - random.fraction())) * Math.cos(2 * Math.PI * random.fraction());
  const bytes = Math.round(lengths.medianBytes * Math.exp(lengths.sigma * normal));
  return Math.min(Math.max(bytes, 0), lengths.maxBytes);
}

/** Lengths of the lines in front of the long one. */
export function* lengthsBefore({ before, seed }: Printed): Generator<number> {
  if (before === null) return;
  const random = createRandom(seed);
  for (let i = 0; i < before.count; i++) yield lengthOf(before.lengths, random);
}

/** Bytes that are printed until the long line is complete, without its end. */
export function bytesBeforeEnd(printed: Printed): number {
  let bytes = printed.lineBytes;
  for (const length of lengthsBefore(printed)) bytes += length + 1;
  return bytes;
}

function requireSizes({ lineBytes, writeBytes, paceBytesPerSecond }: Printed): void {
  if (!Number.isSafeInteger(lineBytes) || lineBytes < 0)
    throw new RangeError(`lineBytes: expected a whole number of bytes, 0 or more, found ${lineBytes}`);
  if (!Number.isSafeInteger(writeBytes) || writeBytes < 1)
    throw new RangeError(`writeBytes: expected a whole number of bytes, 1 or more, found ${writeBytes}`);
  if (paceBytesPerSecond !== null && !(paceBytesPerSecond > 0))
    throw new RangeError(
      `paceBytesPerSecond: expected bytes per second above 0, or null for no limit, found ${paceBytesPerSecond}`,
    );
}

/** Hands out the content in order, without copying. `largest`: bytes that one call may ask for. */
function createContent(seed: number, largest: number): (bytes: number) => Buffer {
  const random = createRandom(seed ^ 0x9e37_79b9);
  const block = Buffer.allocUnsafeSlow(PERIOD_BYTES + largest);
  for (let i = 0; i < PERIOD_BYTES; i++) block[i] = ALPHABET.charCodeAt(random.int(ALPHABET.length));
  // The beginning again behind the end, so that a run over the end is still one piece of memory.
  for (let at = PERIOD_BYTES; at < block.length; at += PERIOD_BYTES) block.copy(block, at, 0, PERIOD_BYTES);
  let at = 0;
  return (bytes) => {
    const from = at;
    at = (at + bytes) % PERIOD_BYTES;
    return block.subarray(from, from + bytes);
  };
}

/**
 * The lines in front of the long one, packed into writes. The last write is filled up by the long line; returned is
 * how many of its bytes that took.
 */
function* writesOfLines(printed: Printed, content: (bytes: number) => Buffer): Generator<Buffer, number> {
  const { lineBytes, writeBytes } = printed;
  const lengths = lengthsBefore(printed);
  let line = lengths.next();
  /** Bytes from where the write stands to the line's newline. */
  let left = line.done === true ? 0 : line.value;
  while (line.done !== true) {
    // All of the write at once and the newlines poked into it: a copy for each line would be the brake.
    const write = Buffer.from(content(writeBytes));
    let filled = 0;
    while (line.done !== true && filled + left < writeBytes) {
      write[filled + left] = NEWLINE;
      filled += left + 1;
      line = lengths.next();
      left = line.done === true ? 0 : line.value;
    }
    if (line.done === true) {
      const head = Math.min(lineBytes, writeBytes - filled);
      yield write.subarray(0, filled + head);
      return head;
    }
    yield write;
    left -= writeBytes - filled;
  }
  return 0;
}

/** A stream cannot be destroyed while its generator waits: it would wait along. So an abort ends the waiting. */
async function unlessAborted(
  waiting: Promise<void> | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (waiting === undefined || signal === undefined) return waiting;
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    waiting.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** The writes of the container, one Buffer each. They share memory: whoever reads them must not write into them. */
async function* writes(
  printed: Printed,
  content: (bytes: number) => Buffer,
  options: LineSourceOptions,
): AsyncGenerator<Buffer> {
  const { writeBytes, lineBytes, end, paceBytesPerSecond } = printed;
  const start = options.clock.seconds();
  let fed = 0;

  /** What a write has to wait for, if anything: a promise that need not be would cost more than the write. */
  function waitBefore(bytes: number): Promise<void> | undefined {
    const due = fed;
    fed += bytes;
    if (paceBytesPerSecond !== null && due > 0) {
      const early = start + due / paceBytesPerSecond - options.clock.seconds();
      if (early > 0) return options.clock.sleep(early, options.signal).then(() => options.onWrite?.(bytes));
    }
    return options.onWrite?.(bytes);
  }

  const lines = writesOfLines(printed, content);
  let next = lines.next();
  for (; next.done !== true; next = lines.next()) {
    const waiting = waitBefore(next.value.length);
    if (waiting !== undefined) await waiting;
    yield next.value;
  }
  for (let left = lineBytes - next.value; left > 0; ) {
    const bytes = Math.min(left, writeBytes);
    const waiting = waitBefore(bytes);
    if (waiting !== undefined) await waiting;
    yield content(bytes);
    left -= bytes;
  }
  await unlessAborted(options.beforeEnd?.(), options.signal);
  if (end !== 'newline') return;
  await waitBefore(1);
  yield Buffer.from([NEWLINE]);
  await unlessAborted(options.beforeClose?.(), options.signal);
}

/** A stream of Buffers of `writeBytes` each. Aborting the signal destroys it. Throws RangeError for impossible sizes. */
export function createLineSource(printed: Printed, options: LineSourceOptions): Readable {
  requireSizes(printed);
  const content = createContent(printed.seed, printed.writeBytes);
  return Readable.from(writes(printed, content, options), {
    objectMode: false,
    highWaterMark: printed.writeBytes,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
}
