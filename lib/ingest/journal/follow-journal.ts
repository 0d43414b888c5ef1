/** The same as an Observable, for whoever composes: unsubscribing ends journalctl. */
import { Observable } from 'rxjs';
import type { FollowedPiece } from '../follow/types.js';
import { journalPieces } from './journal-pieces.js';
import type { JournalOptions } from './types.js';

/**
 * Follows this machine's journal, or one in `directory` or `file`: pieces of at least one entry in JSON, and
 * problems. Each subscriber has a journalctl of its own. Completes when `signal` aborts, or where there is no
 * journalctl; a TypeError for options that exclude each other is its only error.
 */
export function followJournal(options: JournalOptions = {}): Observable<FollowedPiece> {
  return new Observable((subscriber) => {
    const stop = new AbortController();
    const signal =
      options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
    const run = async () => {
      for await (const piece of journalPieces({ ...options, signal })) subscriber.next(piece);
    };
    run().then(
      () => subscriber.complete(),
      (error: unknown) => subscriber.error(error),
    );
    return () => stop.abort();
  });
}
