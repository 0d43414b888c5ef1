/**
 * The correlate stage as an RxJS operator: batches of events in, batches of changed episodes out. It holds
 * events until their order is certain; in a live stream an empty batch is the tick that lets time pass.
 */
import { Observable, type OperatorFunction } from 'rxjs';
import type { LogEvent } from '../match/types.js';
import type { Correlator } from './correlate.js';
import type { Order } from './order.js';
import type { History } from './replay.js';
import type { Episode, TimedEvent } from './types.js';

export interface EpisodeBatch {
  readonly episodes: readonly Episode[];
  /** The input is over: what is not there will not come. */
  readonly ended: boolean;
  /** A tick of a live stream. */
  readonly tick: boolean;
}

export interface CorrelateOptions {
  readonly order: Order;
  readonly correlator: Correlator & { begin(): void };
  /** What a live run has booked, in case that zones turn out to be others. */
  readonly history: History;
  /** True where the events that were dated by assumption would be dated otherwise today. */
  readonly outdated: (events: readonly LogEvent[]) => boolean;
  /** Events are released while the input runs; otherwise at its end, or at the cap. */
  readonly live: boolean;
  /** Wall clock, ms: only for how long events are held, and for time passing in a silent live stream. */
  readonly now: () => number;
  /** How long a live event waits for earlier ones to arrive, wall-clock ms. */
  readonly holdMs: number;
  /** How far the log of each node reached, by its last line whatever that says. Asked once, at the end. */
  readonly reached: () => readonly { readonly node: string; readonly ms: number | null }[];
}

export function correlateEvents(
  options: CorrelateOptions,
): OperatorFunction<readonly LogEvent[], EpisodeBatch> {
  const { order, correlator, history, live, now, holdMs } = options;
  return (batches) =>
    new Observable((subscriber) => {
      /** Per node: where its log stood when its last event came, on both clocks. */
      const lastSeen = new Map<string, { eventMs: number; wallMs: number }>();
      const push = (events: readonly TimedEvent[]): void => {
        for (const event of events) {
          correlator.push(event);
          if (!live) continue;
          const known = lastSeen.get(event.node);
          if (
            (known === undefined || event.ms > known.eventMs) &&
            (known !== undefined || lastSeen.size < 1024)
          ) {
            lastSeen.set(event.node, { eventMs: event.ms, wallMs: now() });
          }
        }
      };
      let releasedMs = Number.NEGATIVE_INFINITY;
      /** Books everything anew where the zone that was assumed for it has been learned. */
      const beginAgain = (arrivedMs: number): void => {
        const { all } = history;
        if (all === null || !options.outdated(all)) return;
        order.drain();
        correlator.begin();
        lastSeen.clear();
        for (const event of all) push(order.push(event, arrivedMs));
        push(order.drain());
      };
      const passTime = (): void => {
        for (const [node, { eventMs, wallMs }] of lastSeen)
          correlator.advance(node, eventMs + (now() - wallMs));
      };
      return batches.subscribe({
        next(events) {
          const arrived = now();
          for (const event of events) {
            if (live) history.add(event);
            push(order.push(event, arrived));
          }
          const tick = events.length === 0;
          if (live && tick) beginAgain(arrived);
          // Not with every piece of a fast pipe: each look costs as much as is held.
          if (live && arrived - releasedMs >= holdMs / 2) {
            releasedMs = arrived;
            push(order.release(arrived - holdMs));
          }
          if (live && tick) passTime();
          const episodes = correlator.takeChanged();
          if (live && (episodes.length > 0 || tick)) subscriber.next({ episodes, ended: false, tick });
        },
        error: (error) => subscriber.error(error),
        complete() {
          const rest = order.drain();
          // Hosts that only later lines name are the hosts of the nameless ones before them, too.
          for (const { node } of rest) correlator.facts.seeHost(node);
          push(rest);
          if (live) beginAgain(now());
          for (const { node, ms } of options.reached()) if (ms !== null) correlator.advance(node, ms);
          correlator.takeChanged();
          subscriber.next({ episodes: [...correlator.all()], ended: true, tick: false });
          subscriber.complete();
        },
      });
    });
}
