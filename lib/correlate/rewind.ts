/**
 * A correlator that can go back. Live lines are booked as soon as they come, so that an incident is told within
 * milliseconds, although an earlier line may still be on its way for seconds. When one comes, what was booked is put
 * back to a state from before it, and booked again in the right order: nothing depends on how lines arrived.
 */
import { deserialize, serialize } from 'node:v8';
import type { Bookable } from '../evidence/holding.js';
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
}

/** Settled events that are booked again at most when a late one comes, and are kept for that. */
const REPLAYED = 2048;
/** Pieces of evidence kept to be booked again. */
const EVIDENCE = 1024;

/** `make` gives a correlator that goes on with this memory. */
export function createRewindable(
  make: (memory: CorrelatorMemory) => Correlator,
  memory: CorrelatorMemory = newCorrelatorMemory(),
): Rewindable {
  let current = make(memory);
  /** What was remembered before `since`; null where nothing has been guessed since it was last known. */
  let base: Buffer | null = null;
  let since: TimedEvent[] = [];
  let guessed: readonly TimedEvent[] = [];
  /** What is not a log line is dated by itself: it is booked again as it is. */
  const evidence: { readonly item: Bookable; readonly node: string }[] = [];
  let evidenceAtBase = 0;
  /** How far the logs of nodes have got in silence since `base`, ms. */
  const advanced = new Map<string, number>();
  /** What was to be forgotten last since `base`; null for nothing. */
  let forgotten: { readonly ms: number; readonly keep: (episode: Episode) => boolean } | null = null;
  let hasGoneBack = false;

  function push(events: readonly TimedEvent[]): void {
    for (const event of events) current.push(event);
  }

  function takeBase(): void {
    base = serialize(current.memory);
    since = [];
    evidenceAtBase = evidence.length;
  }

  function goBack(): void {
    if (base === null) return;
    hasGoneBack = true;
    current = make(deserialize(base) as CorrelatorMemory);
    for (const { item, node } of evidence.slice(evidenceAtBase)) current.pushEvidence(item, node);
    push(since);
  }

  /** Time that has passed does not come back: what it has made certain, or ended, stays so. */
  function advanceAgain(): void {
    for (const [node, ms] of advanced) current.advance(node, ms);
  }

  function dropBase(): void {
    base = null;
    since = [];
    advanced.clear();
    forgotten = null;
  }

  function moveBase(): void {
    if (guessed.length === 0) {
      dropBase();
      return;
    }
    goBack();
    takeBase();
    push(guessed);
    advanceAgain();
  }

  return {
    book(settled, next) {
      const wanted = settled.length === 0 ? next : [...settled, ...next];
      // The usual case: what came lies behind all that was there.
      const isLate = !beginsWith(wanted, guessed);
      if (isLate) {
        goBack();
        guessed = [];
      }
      if (guessed.length > 0) {
        push(wanted.slice(guessed.length));
        since.push(...settled);
      } else {
        push(settled);
        if (base !== null) since.push(...settled);
        else if (next.length > 0) takeBase();
        push(next);
      }
      guessed = next;
      if (isLate) advanceAgain();
      if (since.length > REPLAYED) moveBase();
    },
    begin() {
      current = make(newCorrelatorMemory());
      dropBase();
      guessed = [];
      for (const { item, node } of evidence) current.pushEvidence(item, node);
    },
    get hasEvidence() {
      return evidence.length > 0;
    },
    get guessed() {
      return guessed;
    },
    pushEvidence(item, node) {
      if (evidence.length < EVIDENCE) evidence.push({ item, node });
      current.pushEvidence(item, node);
    },
    push: (event) => current.push(event),
    advance(node, ms) {
      if (base !== null && ms > (advanced.get(node) ?? Number.NEGATIVE_INFINITY)) advanced.set(node, ms);
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
      if (base !== null) forgotten = { ms, keep };
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

function beginsWith(events: readonly TimedEvent[], start: readonly TimedEvent[]): boolean {
  return (
    start.length <= events.length &&
    start.every(({ event, ms }, i) => event === events[i]?.event && ms === events[i]?.ms)
  );
}
