/**
 * The correlate stage as an RxJS operator: batches of events in, batches of changed episodes out. In a live stream
 * an empty batch is the tick that lets time pass.
 */
import { Observable, type OperatorFunction } from 'rxjs';
import type { LogEvent } from '../match/types.js';
import type { Booking } from './booking.js';
import type { Rewindable } from './rewind.js';
import type { Episode } from './types.js';

export interface EpisodeBatch {
  readonly episodes: readonly Episode[];
  /** The input is over: what is not there will not come. */
  readonly ended: boolean;
  /** A tick of a live stream. */
  readonly tick: boolean;
}

export interface CorrelateOptions {
  readonly correlator: Rewindable;
  readonly booking: Booking;
  /** Changed episodes are given while the input runs; otherwise all of them at its end. */
  readonly live: boolean;
  /** How far the log of each node reached, by its last line whatever that says. Asked once, at the end. */
  readonly reached: () => readonly { readonly node: string; readonly ms: number | null }[];
}

export function correlateEvents(
  options: CorrelateOptions,
): OperatorFunction<readonly LogEvent[], EpisodeBatch> {
  const { booking, correlator, live } = options;
  return (batches) =>
    new Observable((subscriber) => {
      let later: ReturnType<typeof setTimeout> | undefined;
      const give = (episodes: readonly Episode[], tick: boolean): void => {
        if (live && (episodes.length > 0 || tick)) subscriber.next({ episodes, ended: false, tick });
        booking.dealtWith();
      };
      // Lines that come while a look is not yet due are looked at when it is.
      const lookLater = (): void => {
        const { lookInMs } = booking;
        if (!live || lookInMs === null || later !== undefined) return;
        later = setTimeout(() => {
          later = undefined;
          give(booking.look(), false);
          lookLater();
        }, lookInMs);
      };
      const reading = batches.subscribe({
        next(events) {
          const tick = events.length === 0;
          give(booking.take(events, tick), tick);
          lookLater();
        },
        error: (error) => subscriber.error(error),
        complete() {
          clearTimeout(later);
          booking.finish();
          for (const { node, ms } of options.reached()) if (ms !== null) correlator.advance(node, ms);
          correlator.takeChanged();
          subscriber.next({ episodes: [...correlator.all()], ended: true, tick: false });
          subscriber.complete();
        },
      });
      return () => {
        clearTimeout(later);
        reading.unsubscribe();
      };
    });
}
