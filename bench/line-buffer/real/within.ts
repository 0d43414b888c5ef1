/** Waiting for something that may never come. */
import { setTimeout as pause } from 'node:timers/promises';

/** What the promise resolves to; undefined when it takes longer. Rejects as it does. */
export async function within<T>(seconds: number, promise: Promise<T>): Promise<T | undefined> {
  const settled = new AbortController();
  const late = pause(seconds * 1000, undefined, { signal: settled.signal });
  late.catch(() => {});
  try {
    return await Promise.race([promise, late]);
  } finally {
    settled.abort();
  }
}
