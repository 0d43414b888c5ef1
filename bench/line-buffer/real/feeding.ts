/**
 * Feeds the writers, all of them at once, until everything is fed or somebody says stop. What is counted is what
 * the pipes took. The sources keep the pace.
 */
import type { Readable } from 'node:stream';
import type { Feed } from './writers.js';

export interface Feeding {
  readonly fedBytes: () => number;
  /** Resolves when all is fed or the feeding was stopped; rejects on abort or a broken pipe. */
  readonly done: Promise<void>;
  /** The feeds stay open. */
  readonly stop: () => void;
  readonly stopped: () => boolean;
}

export interface FeedJob {
  readonly feed: Feed;
  readonly source: Readable;
}

/** `stopsHere` is asked every 16 MiB, so that a fast feed is held back even where the samples are late. */
export function startFeeding(
  jobs: readonly FeedJob[],
  stopsHere: () => Promise<boolean>,
  signal: AbortSignal,
): Feeding {
  const ASK_EVERY_BYTES = 16 * 2 ** 20;
  let fed = 0;
  let askAt = ASK_EVERY_BYTES;
  let stopped = false;
  const run = async ({ feed, source }: FeedJob): Promise<void> => {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      signal.throwIfAborted();
      if (stopped) return;
      await feed.write(chunk);
      fed += chunk.length;
      if (fed >= askAt) {
        askAt = fed + ASK_EVERY_BYTES;
        if (await stopsHere()) stopped = true;
      }
    }
  };
  const broken = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  const done = Promise.race([Promise.all(jobs.map(run)), broken]).then(() => {});
  done.catch(() => {});
  return {
    fedBytes: () => fed,
    done,
    stop: () => {
      stopped = true;
    },
    stopped: () => stopped,
  };
}
