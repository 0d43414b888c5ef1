/**
 * A source from what a program already holds: a Node stream or any async iterable of bytes or strings. For
 * library users, who have a response body or a child's output rather than a path.
 */
import { decompress } from './decompress.js';
import { InputError, reasonOf } from './input-error.js';
import type { Source } from './types.js';

export type ByteStream = NodeJS.ReadableStream | AsyncIterable<Uint8Array | string>;

/**
 * The stream is read once. When the signal aborts, a Node stream is destroyed and an iterable is told to
 * return. A string stands for its UTF-8 bytes.
 */
export function fromStream(stream: ByteStream, name = 'stream'): Source {
  // Node throws away what nobody has begun to read when a child process exits: this counts as having begun.
  if ('on' in stream) stream.on('readable', () => {});
  return {
    name,
    kind: 'stream',
    modified: null,
    raw: (signal) => readStream(stream, name, signal),
    read: (signal) => decompress(name, () => readStream(stream, name, signal), null, signal),
  };
}

async function* readStream(
  stream: ByteStream,
  name: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const chunks = (stream as AsyncIterable<Uint8Array | string>)[Symbol.asyncIterator]();
  let wake = () => {};
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  let finished = false;
  try {
    while (!signal.aborted) {
      // No Promise.race with one promise of the abort: that would keep a reaction for every chunk ever read.
      const next = await new Promise<IteratorResult<Uint8Array | string> | null>((resolve, reject) => {
        wake = () => resolve(null);
        chunks.next().then(resolve, reject);
      });
      if (next === null) return;
      finished = next.done === true;
      if (finished) return;
      const { value } = next;
      yield typeof value === 'string' ? Buffer.from(value) : value;
    }
  } catch (error) {
    finished = true;
    throw new InputError(name, reasonOf(error), { cause: error });
  } finally {
    signal.removeEventListener('abort', onAbort);
    if (!finished) stop(stream, chunks);
  }
}

/** Not awaited: a generator that waits for its next chunk returns only when that has come. */
function stop(stream: ByteStream, chunks: AsyncIterator<unknown>): void {
  if ('destroy' in stream && typeof stream.destroy === 'function') {
    stream.destroy();
  } else {
    chunks.return?.().catch(() => undefined);
  }
}
