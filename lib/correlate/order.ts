/**
 * Puts events into event-time order. Named files are held to their end (or to the cap), so that a missing
 * year or zone that a later line states is known for the earlier ones, too; of a live stream an event is held until
 * nothing earlier can come any more. What still comes late is taken as it comes, and counted.
 */
import type { Clock } from '../envelope/clock.js';
import type { Instant } from '../envelope/types.js';
import type { LogEvent, Meaning } from '../match/types.js';
import { innerNode } from './node-facts.js';
import type { TimedEvent } from './types.js';

export interface OrderOptions {
  readonly clock: Clock;
  readonly heldEvents: number;
  readonly heldText: number;
  /** Event-time lateness that is always waited for in a live stream, ms. */
  readonly latenessMs: number;
}

export interface Order {
  /** Takes one event; gives back what must be released because a cap was reached. */
  push(event: LogEvent, arrivedMs: number): readonly TimedEvent[];
  /**
   * Live: releases what nothing earlier can come before. That has arrived before `whole`, so that what came in one go
   * is in order, and is older by its source's lateness than the newest event and than `reachedMs`; or it has arrived
   * before `quiet`. Also gives what is still held, in the order in which it would be released now.
   */
  settle(
    reachedMs: number,
    arrived: { readonly whole: number; readonly quiet: number },
  ): { readonly settled: readonly TimedEvent[]; readonly pending: readonly TimedEvent[] };
  /** Releases everything. */
  drain(): readonly TimedEvent[];
  /** Forgets everything, also what was released. */
  clear(): void;
  readonly lateEvents: number;
  readonly held: number;
  readonly memory: OrderMemory;
}

/** Plain data: all that an order remembers. */
export interface OrderMemory {
  held: Held[];
  /** Characters of the lines held. */
  text: number;
  released: TimedEvent | null;
  lateEvents: number;
  /** Host that each source named last. */
  readonly lastHost: Map<string, string>;
}

interface Held {
  readonly event: LogEvent;
  readonly arrivedMs: number;
  timed: TimedEvent | null;
  /** The line states year and zone itself: what is learned later changes nothing. */
  settled: boolean;
}

export function newOrderMemory(): OrderMemory {
  return { held: [], text: 0, released: null, lateEvents: 0, lastHost: new Map() };
}

/** Of a repeated line so many are booked one by one, at their true distance; the rest is only counted. */
const REPEATS_SHOWN = 64;

/** At one instant a request comes before its failure, and an exit last. */
const RANK: Partial<Record<Meaning, number>> = {
  rebooted: 0,
  linked: 1,
  'stop-called': 2,
  'stop-requested': 3,
  'stop-skipped': 3.5,
  'stop-forced': 4,
  'kill-sent': 5,
  'kill-survived': 6,
  'stop-failed': 7,
  'sandbox-stop-failed': 7,
  'pod-stop-failed': 8,
  'short-client-deadline': 9.5,
  exited: 10,
  'stop-succeeded': 10,
  'exited-anonymously': 11,
  removed: 11,
};

export function createOrder(options: OrderOptions, memory: OrderMemory = newOrderMemory()): Order {
  const { clock } = options;
  const { lastHost } = memory;

  function timeAll(): void {
    let isEachTimed = true;
    for (const entry of memory.held) {
      if (entry.settled && entry.timed !== null) continue;
      const resolved = clock.resolve(entry.event.record);
      if (resolved === null) {
        entry.timed = null;
        isEachTimed = false;
        continue;
      }
      const now = timed(entry.event, resolved.at, resolved.basis === 'assumed', resolved.offsetMinutes);
      entry.settled = resolved.basis === 'stated';
      if (entry.event.record.repeat > 1) entry.timed = { ...now, spanMs: spanOf(entry.event, now) };
      // One that is the same once more lives on: a new one would be garbage that has grown old.
      else if (entry.timed === null || !isSameTime(entry.timed, now)) entry.timed = now;
    }
    if (!isEachTimed) borrowTimes();
  }

  /** A line without any time takes that of the line before it in its source, else the one behind. */
  function borrowTimes(): void {
    const previous = new Map<string, TimedEvent>();
    let isComplete = true;
    for (const entry of memory.held) {
      const { source } = entry.event.record;
      const neighbour = previous.get(source);
      if (entry.timed === null && neighbour !== undefined)
        entry.timed = justAfter(neighbour, entry.event, nodeOf(entry.event));
      if (entry.timed === null) isComplete = false;
      else previous.set(source, entry.timed);
    }
    if (isComplete) return;
    const behind = new Map<string, TimedEvent>();
    for (const entry of memory.held.toReversed()) {
      const { source } = entry.event.record;
      const anchor = behind.get(source) ?? memory.released;
      entry.timed ??= anchor
        ? { ...anchor, event: entry.event, node: nodeOf(entry.event) }
        : timed(entry.event, { ms: 0, nanos: 0, digits: 0 }, true, null);
      behind.set(source, entry.timed);
    }
  }

  function nodeOf(event: LogEvent): string {
    const { host, source, envelopes } = event.record;
    if (host !== null) return host;
    // The log of what runs in a container speaks of daemons inside it, not of the host's.
    const [outermost] = envelopes;
    if (outermost === 'docker-json-file' || outermost === 'cri') return innerNode(source);
    return lastHost.get(source) ?? '';
  }

  function timed(event: LogEvent, at: Instant, assumed: boolean, offsetMinutes: number | null): TimedEvent {
    return {
      event,
      at,
      ms: at.ms + at.nanos / 1e6,
      spanMs: 0,
      more: 0,
      assumed,
      offsetMinutes,
      node: nodeOf(event),
    };
  }

  /** From the time that a repeated text states to the envelope's, when the last of the lines came. */
  function spanOf(event: LogEvent, first: TimedEvent): number {
    const { source, line, host, envelopeTime } = event.record;
    const last = clock.resolve({ source, line, host, envelopeTime, innerTime: null });
    return last === null ? 0 : Math.max(0, last.at.ms - first.ms);
  }

  function take(leaves: (entry: Held, timed: TimedEvent) => boolean): readonly TimedEvent[] {
    const out: TimedEvent[] = [];
    const kept: Held[] = [];
    for (const entry of memory.held) {
      const done = entry.timed as TimedEvent;
      if (leaves(entry, done)) {
        if (entry.event.record.repeat > 1) out.push(...repeated(done));
        else out.push(done);
        memory.text -= entry.event.record.text.length;
      } else kept.push(entry);
    }
    memory.held = kept;
    putInOrder(out);
    for (const event of out) {
      const { released } = memory;
      if (released !== null && event.ms < released.ms - 1) memory.lateEvents++;
      if (released === null || event.ms > released.ms) memory.released = event;
    }
    return out;
  }

  return {
    push(event, arrivedMs) {
      if (event.record.host !== null) {
        if (lastHost.size > 1024) lastHost.clear();
        lastHost.set(event.record.source, event.record.host);
      }
      memory.held.push({ event, arrivedMs, timed: null, settled: false });
      memory.text += event.record.text.length;
      if (memory.held.length < options.heldEvents && memory.text < options.heldText) return [];
      timeAll();
      const times = Float64Array.from(memory.held, (entry) => (entry.timed as TimedEvent).ms).sort();
      const middle = times[times.length >> 1] as number;
      return take((_, done) => done.ms <= middle);
    },
    settle(reachedMs, { whole, quiet }) {
      if (memory.held.length === 0) return { settled: [], pending: [] };
      timeAll();
      let newest = Number.NEGATIVE_INFINITY;
      /** Earliest that came a moment ago: what is later does not leave before it. */
      let fresh = Number.POSITIVE_INFINITY;
      for (const { arrivedMs, timed } of memory.held) {
        const { ms } = timed as TimedEvent;
        newest = Math.max(newest, ms);
        if (arrivedMs > whole) fresh = Math.min(fresh, ms);
      }
      const certain = Math.min(newest, reachedMs);
      const settled = take(
        ({ arrivedMs, event }, done) =>
          arrivedMs <= quiet ||
          (arrivedMs <= whole &&
            done.ms <= fresh &&
            done.ms <= certain - options.latenessMs &&
            done.ms <= certain - clock.lagMs(event.record.source)),
      );
      // Nearly always in order but for the latest: the sorting finds little to do.
      return {
        settled,
        pending: unrolled(memory.held).sort(compare),
      };
    },
    drain() {
      timeAll();
      return take(() => true);
    },
    clear() {
      memory.held = [];
      memory.text = 0;
      memory.released = null;
      memory.lateEvents = 0;
    },
    get lateEvents() {
      return memory.lateEvents;
    },
    get held() {
      return memory.held.length;
    },
    memory,
  };
}

/** What is held, each repeated line as often as it is booked. */
function unrolled(held: readonly Held[]): TimedEvent[] {
  const out: TimedEvent[] = [];
  for (const { timed } of held) {
    const event = timed as TimedEvent;
    if (event.event.record.repeat > 1) out.push(...repeated(event));
    else out.push(event);
  }
  return out;
}

/**
 * `message repeated N times` stands for N lines that end at the envelope's time; their own times are lost, so
 * they are spread evenly behind the time that the repeated text states.
 */
function repeated(event: TimedEvent): TimedEvent[] {
  const { repeat } = event.event.record;
  if (repeat <= 1) return [event];
  const shown = Math.min(repeat, REPEATS_SHOWN);
  return Array.from({ length: shown }, (_, i) => {
    const place = i === shown - 1 ? repeat : i + 1;
    const ms = Math.round(event.at.ms + (event.spanMs * place) / repeat);
    return { ...event, at: { ms, nanos: 0, digits: 3 }, ms, more: i === shown - 1 ? repeat - shown : 0 };
  });
}

/** A line without a time of its own stays behind the line whose time it borrows: a microsecond later. */
function justAfter(neighbour: TimedEvent, event: LogEvent, node: string): TimedEvent {
  const at = { ...neighbour.at, nanos: Math.min(neighbour.at.nanos + 1000, 999_999) };
  return { ...neighbour, event, node, at, ms: at.ms + at.nanos / 1e6 };
}

function isSameTime(a: TimedEvent, b: TimedEvent): boolean {
  return (
    a.at.ms === b.at.ms &&
    a.at.nanos === b.at.nanos &&
    a.at.digits === b.at.digits &&
    a.spanMs === b.spanMs &&
    a.more === b.more &&
    a.assumed === b.assumed &&
    a.offsetMinutes === b.offsetMinutes &&
    a.node === b.node
  );
}

/** Milliseconds with a fraction are known to some 250 ns. */
const DISTINCT_MS = 0.001;

export function compare(a: TimedEvent, b: TimedEvent): number {
  const apart = a.ms - b.ms;
  // Nearly always: what is held is compared again and again, and a fraction would be made an object each time.
  if (apart > DISTINCT_MS) return 1;
  if (apart < -DISTINCT_MS) return -1;
  return (
    a.at.ms - b.at.ms ||
    a.at.nanos - b.at.nanos ||
    (RANK[a.event.pattern.means] ?? 9) - (RANK[b.event.pattern.means] ?? 9) ||
    order(a.event.pattern.id, b.event.pattern.id) ||
    order(a.event.record.text, b.event.record.text) ||
    order(a.event.record.source, b.event.record.source)
  );
}

/** Lines are mostly written in order, and sorting takes room for all of them once more. */
function putInOrder(events: TimedEvent[]): void {
  for (let i = 1; i < events.length; i++) {
    if (compare(events[i - 1] as TimedEvent, events[i] as TimedEvent) <= 0) continue;
    events.sort(compare);
    return;
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
