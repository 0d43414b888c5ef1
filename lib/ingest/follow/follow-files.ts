/**
 * The public face of following: files and globs in, an Observable of pieces out. Unsubscribing stops it, and so
 * does the AbortSignal of the options; the next piece is read when `ready` lets it.
 */
import { Observable } from 'rxjs';
import { createFileFollower, type FileFollowOptions } from './follower.js';
import type { FollowedPiece } from './types.js';

/**
 * Begins when it is subscribed to. Completes when the signal aborts, without an `end` for what is open: a later run
 * goes on with it. Never fails for what happens to the files; that comes as pieces of kind `problem`.
 */
export function followFiles(
  names: readonly string[],
  options: FileFollowOptions = {},
): Observable<FollowedPiece> {
  return new Observable((subscriber) => {
    const stop = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
    const run = async (): Promise<void> => {
      for await (const piece of createFileFollower(names, { ...options, signal }).pieces()) {
        if (stop.signal.aborted) return;
        subscriber.next(piece);
      }
    };
    run().then(
      () => subscriber.complete(),
      (error: unknown) => subscriber.error(error),
    );
    return () => stop.abort();
  });
}
