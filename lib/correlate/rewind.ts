/**
 * A correlator that can go back. Live lines are booked as soon as they come, so that an incident is told within
 * milliseconds, although an earlier line may still be on its way for seconds. When one comes, what was booked is put
 * back to a state from before it, and booked again in the right order: nothing depends on how lines arrived.
 */
import { deserialize, serialize } from 'node:v8';
import type { Bookable } from '../evidence/holding.js';
import { addable } from './commute.js';
import { type Correlator, type CorrelatorMemory, newCorrelatorMemory } from './correlate.js';
import type { Episode, TimedEvent } from './types.js';

export interface Rewindable extends Correlator {
  /**
   * Books `settled` behind what was settled before, for good, and behind it `guessed`, which is all that may still
   * turn out to come in another order: the next call says of each of them again where it belongs.
   */
  book(settled: readonly TimedEvent[], guessed: readonly TimedEvent[]): void;
  /** Forgets all lines: what was booked is booked anew from the first one. */
  begin(): void;
  /** Whether there is any that `begin` books anew, and that another one would not know of. */
  readonly hasEvidence: boolean;
  /** The lines that may still be booked in another order. */
  readonly guessed: readonly TimedEvent[];
  /** What another one needs to go on as if nothing had been guessed. Plain data, not a copy. */
  save(): RewindMemory;
}

export interface RewindMemory {
  /** As it was before `since`; serialised where something has been booked behind it. */
  readonly correlator: CorrelatorMemory | Uint8Array;
  /** Settled events behind it, and evidence that came with them. */
  readonly since: readonly TimedEvent[];
  readonly evidence: readonly Booked[];
  /** How far the logs of nodes have got in silence since then, ms. */
  readonly advanced: ReadonlyMap<string, number>;
}

interface Booked {
  readonly item: Bookable;
  readonly node: string;
}

/** A state to go back to. */
interface Base {
  /** Number of events of `recent` that it holds. */
  at: number;
  readonly memory: Buffer;
  /** Number of pieces of evidence that it holds. */
  readonly evidence: number;
}

/** Between two states to go back to lie so many events at least: late lines are late by milliseconds, mostly. */
const STEP = 64;
/** …and as many as are booked in the time that it takes to copy the state, times this. */
const STEP_COST = 4;
/** Events that are booked again at most, but for what is not settled. */
const MAX_STEP = 2048;
/** Pieces of evidence kept to be booked again. */
const EVIDENCE = 1024;

export function newRewindMemory(): RewindMemory {
  return { correlator: newCorrelatorMemory(), since: [], evidence: [], advanced: new Map() };
}

/** `make` gives a correlator that goes on with this memory. */
export function createRewindable(
  make: (memory: CorrelatorMemory) => Correlator,
  saved: RewindMemory = newRewindMemory(),
): Rewindable {
  let current = make(
    saved.correlator instanceof Uint8Array
      ? (deserialize(saved.correlator) as CorrelatorMemory)
      : saved.correlator,
  );
  /** Oldest first; the first one holds none of `recent`. Empty where nothing is guessed. */
  let bases: Base[] = [];
  /** What was booked behind the first base: settled events, then guessed ones. */
  let recent: TimedEvent[] = [];
  let settledCount = 0;
  let step = STEP;
  /** What is not a log line is dated by itself: it is booked again as it is. */
  const evidence: Booked[] = [];
  /** How far the logs of nodes have got in silence since the first base, ms. */
  const advanced = new Map<string, number>();
  /** What was to be forgotten last since the first base; null for nothing. */
  let forgotten: { readonly ms: number; readonly keep: (episode: Episode) => boolean } | null = null;
  let hasGoneBack = false;

  function push(events: readonly TimedEvent[]): void {
    for (const event of events) current.push(event);
  }

  function takeBase(): void {
    const began = performance.now();
    const memory = serialize(current.memory);
    // An event is booked in some 20 µs.
    step = Math.min(MAX_STEP, Math.max(STEP, (performance.now() - began) * 50 * STEP_COST));
    bases.push({ at: recent.length, memory, evidence: evidence.length });
  }

  /** Books events that may have to be taken back. */
  function pushRecent(events: readonly TimedEvent[]): void {
    for (const event of events) {
      const last = bases.at(-1);
      if (last === undefined || recent.length - last.at >= step) takeBase();
      current.push(event);
      recent.push(event);
    }
  }

  /** Books what is new among `wanted`, wherever it stands behind the first `same` events. */
  function insert(added: readonly TimedEvent[], wanted: readonly TimedEvent[], same: number): void {
    if (same === recent.length) {
      pushRecent(added);
      return;
    }
    // States behind the first new one lack it.
    while (bases.length > 1 && (bases.at(-1)?.at ?? 0) > same) bases.pop();
    push(added);
    recent = [...wanted];
  }

  /** To the latest state that holds no more than the first `count` recent events. */
  function goBack(count: number): void {
    while (bases.length > 1 && (bases.at(-1)?.at ?? 0) > count) bases.pop();
    const base = bases.at(-1);
    if (base === undefined) return;
    hasGoneBack = true;
    current = make(deserialize(base.memory) as CorrelatorMemory);
    for (const { item, node } of evidence.slice(base.evidence)) current.pushEvidence(item, node);
    recent.length = base.at;
  }

  /** Forgets the states that nobody goes back to any more. */
  function dropBases(): void {
    if (recent.length === settledCount) {
      bases = [];
      recent = [];
      settledCount = 0;
      advanced.clear();
      forgotten = null;
      return;
    }
    const first = bases.findLastIndex(({ at }) => at <= settledCount);
    if (first <= 0) return;
    const count = bases[first]?.at ?? 0;
    bases = bases.slice(first);
    for (const base of bases) base.at -= count;
    recent = recent.slice(count);
    settledCount -= count;
  }

  for (const { item, node } of saved.evidence) current.pushEvidence(item, node);
  push(saved.since);
  for (const [node, ms] of saved.advanced) current.advance(node, ms);

  return {
    book(settled, next) {
      if (recent.length === 0) {
        // What is settled needs no way back.
        push(settled);
        pushRecent(next);
        return;
      }
      const wanted = [...recent.slice(0, settledCount), ...settled, ...next];
      settledCount += settled.length;
      const same = sameUpTo(recent, wanted);
      const added = addable(recent.slice(same), wanted.slice(same));
      if (added === null) {
        goBack(same);
        pushRecent(wanted.slice(recent.length));
        // Time that has passed does not come back: what it has made certain, or ended, stays so.
        for (const [node, ms] of advanced) current.advance(node, ms);
      } else {
        insert(added, wanted, same);
      }
      dropBases();
    },
    begin() {
      current = make(newCorrelatorMemory());
      recent = [];
      settledCount = 0;
      dropBases();
      for (const { item, node } of evidence) current.pushEvidence(item, node);
    },
    get hasEvidence() {
      return evidence.length > 0;
    },
    get guessed() {
      return recent.slice(settledCount);
    },
    save() {
      const [base] = bases;
      if (base === undefined) return { ...newRewindMemory(), correlator: current.memory };
      return {
        correlator: base.memory,
        since: recent.slice(0, settledCount),
        evidence: evidence.slice(base.evidence),
        advanced,
      };
    },
    pushEvidence(item, node) {
      if (evidence.length < EVIDENCE) evidence.push({ item, node });
      current.pushEvidence(item, node);
    },
    push: (event) => current.push(event),
    advance(node, ms) {
      if (bases.length > 0 && ms > (advanced.get(node) ?? Number.NEGATIVE_INFINITY)) advanced.set(node, ms);
      current.advance(node, ms);
    },
    takeChanged() {
      const changed = current.takeChanged();
      // It came back with the state of before, and was counted when it was forgotten first.
      if (hasGoneBack && forgotten !== null) current.forgetBefore(forgotten.ms, forgotten.keep);
      hasGoneBack = false;
      return changed;
    },
    all: () => current.all(),
    causesOf: (subject) => current.causesOf(subject),
    linkOf: (subject) => current.linkOf(subject),
    nowOf: (node) => current.nowOf(node),
    forgetBefore(ms, keep) {
      if (bases.length > 0) forgotten = { ms, keep };
      return current.forgetBefore(ms, keep);
    },
    get facts() {
      return current.facts;
    },
    get evidence() {
      return current.evidence;
    },
    get identities() {
      return current.identities;
    },
    get suppressed() {
      return current.suppressed;
    },
    get evicted() {
      return current.evicted;
    },
    get memory() {
      return current.memory;
    },
  };
}

/** Number of events at the start of both lists that are the same. */
function sameUpTo(a: readonly TimedEvent[], b: readonly TimedEvent[]): number {
  const differs = a.findIndex(({ event, ms }, i) => event !== b[i]?.event || ms !== b[i]?.ms);
  return differs < 0 ? a.length : differs;
}
