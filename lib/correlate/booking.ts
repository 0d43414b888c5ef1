/**
 * When events are booked. Those of named files wait until all is read; those of a live stream are booked as they
 * come and put right when an earlier one comes late. How long a look takes decides how soon the next one may be, so
 * that a storm is not looked at again and again.
 */
import type { LogEvent } from '../match/types.js';
import type { History } from './history.js';
import { lightened } from './lightened.js';
import type { Order } from './order.js';
import { createPacing } from './pacing.js';
import type { Rewindable } from './rewind.js';
import type { Episode, TimedEvent } from './types.js';

export interface BookingOptions {
  readonly order: Order;
  readonly correlator: Rewindable;
  /** What a live run has booked, in case that zones turn out to be others. */
  readonly history: History;
  /** Notices where events that were dated by assumption would be dated otherwise today. */
  readonly dates: { note(event: LogEvent): void; changed(): boolean };
  /** Events are booked while the input runs; otherwise at its end, or at the cap. */
  readonly live: boolean;
  /** Wall clock, ms: for how long events are held, and for time passing in a silent live stream. */
  readonly now: () => number;
  /** Lateness of lines that is put right, ms: of event time, and of a quiet stream's wall-clock time. */
  readonly latenessMs: number;
  /** An input that ends within so long of its first event is told of at its end only, ms. Default 0. */
  readonly patienceMs?: number;
  /** True while more input waits to be read: then what comes is booked in good order rather than at once. */
  readonly behind?: () => boolean;
  /** Event time up to which every source that is behind has been read, ms; infinite where none is. */
  readonly reachedMs?: () => number;
}

/** Plain data: how far the log of each node had got when its last event came, on both clocks. */
export type BookingMemory = Map<string, { eventMs: number; wallMs: number }>;

export interface Booking {
  /** Takes what came together; `tick`: a moment of a live run. Gives the episodes that changed. */
  take(events: readonly LogEvent[], tick: boolean): readonly Episode[];
  /** Wall-clock ms to wait before `look` is worth calling; null where nothing waits for it. */
  readonly lookInMs: number | null;
  /** Books what was left for later. */
  look(): readonly Episode[];
  /** What `take` or `look` gave has been dealt with: the time that it took counts as theirs. */
  dealtWith(): void;
  /** The input is over. */
  finish(): void;
  readonly memory: BookingMemory;
}

const NODES = 1024;
/** Lines that arrive within so long are put in order however far they are apart: blocks pasted one behind the other. */
const WHOLE_MS = 1_000;
/** While more waits to be read, what is settled is booked this often; episodes that wait are given this often. */
const BEHIND_LOOK_MS = 500;
const BEHIND_GIVE_MS = 100;
/** Events that are booked before their order is certain, at most: beyond it a storm waits until it is. */
const GUESSED = 2_048;
/** Episodes given by one look at most: in a storm the others wait for the next one, and other work is done meanwhile. */
const AT_ONCE = 64;
/** Share of the time that looks may take: one in so many; while more waits to be read, reading comes first. */
const SHARE = 4;
const BEHIND_SHARE = 8;

export function createBooking(options: BookingOptions, memory: BookingMemory = new Map()): Booking {
  const { order, correlator, history, live, now, latenessMs } = options;
  /** Released because of a cap, and not booked yet. */
  let due: TimedEvent[] = [];
  let lookedMs = Number.NEGATIVE_INFINITY;
  let nextLookMs = Number.NEGATIVE_INFINITY;
  /** Something waits for a look. */
  let unlooked = correlator.hasChanged;
  const pacing = createPacing();
  /** When the latest event came; null before the first one of this run. */
  let newestMs: number | null = null;

  const isBehind = (): boolean => options.behind?.() ?? false;

  function seen(events: readonly TimedEvent[], wallMs: number): void {
    let last: string | null = null;
    let reached = Number.NEGATIVE_INFINITY;
    for (const { node, ms } of events) {
      // Most are of one node, and were seen before.
      if (node === last && ms <= reached) continue;
      const known = memory.get(node);
      if (known === undefined ? memory.size < NODES : ms > known.eventMs)
        memory.set(node, { eventMs: ms, wallMs });
      last = node;
      reached = memory.get(node)?.eventMs ?? Number.POSITIVE_INFINITY;
    }
  }

  /** Those that were booked by a guess stay so, that nothing is taken back that was told. */
  function toldBefore(pending: readonly TimedEvent[]): readonly TimedEvent[] {
    const told = new Set(correlator.guessed.map(({ event }) => event));
    return pending.filter(({ event }) => told.has(event));
  }

  function book(tick: boolean): void {
    const behind = isBehind();
    const at = now();
    lookedMs = at;
    unlooked = false;
    // Where nothing waits to be read, what came so long ago has nothing earlier on its way.
    const { settled, pending } = order.settle(options.reachedMs?.() ?? Number.POSITIVE_INFINITY, {
      whole: at - WHOLE_MS,
      quiet: behind ? Number.NEGATIVE_INFINITY : at - latenessMs - WHOLE_MS,
    });
    const guessed = behind || pending.length > GUESSED ? toldBefore(pending) : pending;
    const first = due.length === 0 ? settled : [...due, ...settled];
    due = [];
    correlator.book(first, guessed);
    // An earlier run may have taken events that it did not book: they count as come now.
    const arrived = Math.min(at, newestMs ?? at);
    seen(first, arrived);
    seen(guessed, arrived);
    if (tick && !behind)
      for (const [node, { eventMs, wallMs }] of memory) correlator.advance(node, eventMs + (at - wallMs));
  }

  function look(tick: boolean): readonly Episode[] {
    pacing.begin();
    book(tick);
    const changed = correlator.takeChanged(AT_ONCE);
    if (correlator.hasChanged) unlooked = true;
    return changed;
  }

  /** Books everything anew where the zone that was assumed for it has been learned. */
  function beginAgain(arrivedMs: number): void {
    const { all } = history;
    if (!options.dates.changed() || all === null) return;
    order.clear();
    due = [];
    correlator.begin();
    memory.clear();
    for (const event of all) due.push(...order.push(event, arrivedMs));
    unlooked = true;
  }

  return {
    take(events, tick) {
      const arrived = now();
      for (const given of events) {
        const event = lightened(given);
        if (live) {
          history.add(event);
          options.dates.note(event);
        }
        due.push(...order.push(event, arrived));
      }
      if (!live) {
        correlator.book(due, []);
        due = [];
        return correlator.takeChanged();
      }
      beginAgain(arrived);
      if (events.length > 0) {
        if (newestMs === null) nextLookMs = arrived + (options.patienceMs ?? 0);
        unlooked = true;
        newestMs = arrived;
      }
      const pauseMs = correlator.hasChanged ? BEHIND_GIVE_MS : BEHIND_LOOK_MS;
      const wanted = tick || !isBehind() || arrived - lookedMs >= pauseMs;
      // What a cap has released is booked at once: whoever saves the run would not find it.
      return due.length > 0 || (wanted && (tick || unlooked) && arrived >= nextLookMs) ? look(tick) : [];
    },
    get lookInMs() {
      return unlooked && !isBehind() ? Math.max(0, nextLookMs - now()) : null;
    },
    look: () => look(false),
    dealtWith() {
      const pauseMs = pacing.end(isBehind() ? BEHIND_SHARE : SHARE);
      if (pauseMs !== null) nextLookMs = now() + pauseMs;
    },
    finish() {
      if (live) beginAgain(now());
      const rest = [...due, ...order.drain()];
      due = [];
      // Hosts that only later lines name are the hosts of the nameless ones before them, too.
      for (const { node } of rest) correlator.facts.seeHost(node);
      correlator.book(rest, []);
    },
    memory,
  };
}
