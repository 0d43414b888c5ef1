/**
 * A stream as an `Output`: a reader that goes away (`| head -1`) ends the writing without a word, and a slow one
 * can be waited for.
 */
import type { Writable } from 'node:stream';
import type { Output } from './io.js';

export function createOutput(stream: Writable & { isTTY?: boolean; columns?: number }): Output {
  let broken: string | null = null;
  let draining: Promise<void> | undefined;
  const listeners: (() => void)[] = [];

  const breakWith = (reason: string) => {
    if (broken !== null) return;
    broken = reason;
    for (const listener of listeners) listener();
  };
  stream.on('error', (error: NodeJS.ErrnoException) => breakWith(error.code ?? error.message));

  return {
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.columns ?? null;
    },
    get broken() {
      return broken;
    },
    write(text) {
      if (broken !== null || text === '') return;
      if (stream.write(text)) return;
      draining ??= new Promise<void>((resolve) => {
        const done = () => {
          draining = undefined;
          resolve();
        };
        stream.once('drain', done);
        listeners.push(done);
      });
    },
    drained: () => draining,
    flushed: () =>
      broken === null ? new Promise((resolve) => stream.write('', () => resolve())) : Promise.resolve(),
    onBroken(listener) {
      listeners.push(listener);
    },
  };
}
