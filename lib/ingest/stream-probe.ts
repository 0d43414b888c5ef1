/**
 * Finds out whether a pipe carries an archive, without losing a byte of it: the first bytes are read, and given
 * again to whoever reads on. A live log shows by its first line that it is none.
 */

import { archiveFormSoFar } from './bundle/member-head.js';
import { decompress } from './decompress.js';
import type { Source } from './types.js';

export type Probed =
  | { readonly kind: 'log'; readonly source: Source }
  | {
      readonly kind: 'archive';
      readonly form: 'tar' | 'tar.gz';
      /** The archive as it comes, from its first byte. */
      readonly raw: AsyncIterable<Uint8Array>;
    };

/** Waits for the first bytes, or for the signal: then it is a log that has ended. */
export async function probeStream(source: Source, signal: AbortSignal): Promise<Probed> {
  if (source.raw === undefined) return { kind: 'log', source };
  // Begun under one signal, it is read on under another: either ends it.
  const stop = new AbortController();
  endWith(stop, signal);
  const chunks = source.raw(stop.signal)[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array(0);
  let form: ReturnType<typeof archiveFormSoFar> = null;
  let failure: unknown = null;
  let ended = false;
  while (form === null && !ended) {
    try {
      const next = await chunks.next();
      ended = next.done === true;
      if (!next.done) {
        head = Buffer.concat([head, next.value]);
        form = archiveFormSoFar(head);
      }
    } catch (error) {
      // It belongs to the reading: there it becomes a problem.
      failure = error;
      ended = true;
    }
  }

  async function* replay(): AsyncGenerator<Uint8Array> {
    try {
      if (head.length > 0) yield head;
      head = new Uint8Array(0);
      if (failure !== null) throw failure;
      while (!ended) {
        const next = await chunks.next();
        if (next.done) return;
        yield next.value;
      }
    } finally {
      await chunks.return?.();
    }
  }

  if (form === 'tar' || form === 'tar.gz') return { kind: 'archive', form, raw: replay() };
  const { name, kind, modified } = source;
  const read = (later: AbortSignal) => {
    endWith(stop, later);
    return decompress(name, replay, null, stop.signal);
  };
  return { kind: 'log', source: { name, kind, modified, read } };
}

function endWith(stop: AbortController, signal: AbortSignal): void {
  if (signal.aborted) stop.abort();
  else signal.addEventListener('abort', () => stop.abort(), { once: true });
}
