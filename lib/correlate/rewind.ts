/**
 * A correlator that can go back. Live lines are booked as soon as they come, so that an incident is told within
 * milliseconds, although an earlier line may still be on its way for seconds. When one comes, what was booked behind it
 * is taken back, and booked again in the right order: nothing depends on how lines arrived.
 */
import type { Bookable } from '../evidence/holding.js';
import { type Correlator, type CorrelatorMemory, newCorrelatorMemory } from './correlate.js';
import type { Episode, TimedEvent } from './types.js';
import { type Change, createUndoLog, type Undo } from './undo.js';

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
  /** What another one needs to go on. Plain data, not a copy. */
  save(): RewindMemory;
}

export interface RewindMemory {
  /** As it is, with what was guessed. */
  readonly correlator: CorrelatorMemory;
  /** What may be taken back of it, oldest first. */
  readonly steps: readonly Step[];
  /** How far the logs of nodes have got in silence meanwhile, ms. */
  readonly advanced: ReadonlyMap<string, number>;
}

/** Something that was booked and may have to be booked again: a line, or evidence, which is dated by itself. */
interface Step {
  readonly event: TimedEvent | null;
  readonly evidence: Booked | null;
  /** What has changed since, up to the next one. */
  readonly changes: Change[];
}

interface Booked {
  readonly item: Bookable;
  readonly node: string;
}

/** Pieces of evidence kept to be booked again. */
const EVIDENCE = 1024;

export function newRewindMemory(): RewindMemory {
  return { correlator: newCorrelatorMemory(), steps: [], advanced: new Map() };
}

/** `make` gives a correlator that goes on with this memory, and notes what it changes. */
export function createRewindable(
  make: (memory: CorrelatorMemory, undo: Undo) => Correlator,
  saved: RewindMemory = newRewindMemory(),
): Rewindable {
  let undo = createUndoLog();
  let current = make(saved.correlator, undo);
  let steps = [...saved.steps];
  undo.into(steps.at(-1)?.changes ?? null);
  /** All of the run: lines may have to be forgotten, and evidence is not. */
  const evidence: Booked[] = [];
  /** How far the logs of nodes have got in silence since the first step, ms. */
  const advanced = new Map(saved.advanced);
  /** What was to be forgotten last since the first step; null for nothing. */
  let forgotten: { readonly ms: number; readonly keep: (episode: Episode) => boolean } | null = null;
  let hasGoneBack = false;

  function beginStep(event: TimedEvent | null, booked: Booked | null): void {
    const changes: Change[] = [];
    steps.push({ event, evidence: booked, changes });
    undo.into(changes);
  }

  function push(event: TimedEvent): void {
    beginStep(event, null);
    current.push(event);
  }

  /** To how it was before the step at this place. Evidence stays. */
  function goBack(place: number): void {
    const gone = steps.splice(place);
    undo.takeBack(gone.flatMap(({ changes }) => changes));
    undo.into(steps.at(-1)?.changes ?? null);
    hasGoneBack = true;
    for (const step of gone) {
      if (step.evidence === null) continue;
      if (steps.length > 0) beginStep(null, step.evidence);
      current.pushEvidence(step.evidence.item, step.evidence.node);
    }
  }

  /** Drops the steps of the first `count` events: nobody goes back behind them any more. */
  function settle(count: number): void {
    let place = 0;
    for (let left = count; place < steps.length; place++) {
      if (steps[place]?.event === null) continue;
      if (left === 0) break;
      left--;
    }
    if (place > 0) steps = steps.slice(place);
    if (steps.length > 0) return;
    undo.into(null);
    advanced.clear();
    if (!hasGoneBack) forgotten = null;
  }

  function advance(node: string, ms: number): void {
    if (steps.length > 0 && ms > (advanced.get(node) ?? Number.NEGATIVE_INFINITY)) advanced.set(node, ms);
    current.advance(node, ms);
  }

  return {
    book(settled, next) {
      const all = settled.length + next.length;
      const wanted = (i: number): TimedEvent | undefined =>
        i < settled.length ? settled[i] : next[i - settled.length];
      let same = 0;
      const differs = steps.findIndex(({ event }) => {
        if (event === null) return false;
        const other = wanted(same);
        if (event.event !== other?.event || event.ms !== other.ms) return true;
        same++;
        return false;
      });
      const passed = differs < 0 ? [] : [...advanced];
      if (differs >= 0) goBack(differs);
      // What is settled needs no way back.
      if (same < settled.length) {
        settle(same);
        for (const event of settled.slice(same)) current.push(event);
      } else settle(settled.length);
      for (let i = Math.max(same, settled.length); i < all; i++) push(wanted(i) as TimedEvent);
      // Time that has passed does not come back: what it has made certain, or ended, stays so.
      for (const [node, ms] of passed) advance(node, ms);
    },
    begin() {
      undo = createUndoLog();
      current = make(newCorrelatorMemory(), undo);
      steps = [];
      settle(0);
      for (const { item, node } of evidence) current.pushEvidence(item, node);
    },
    get hasEvidence() {
      return evidence.length > 0;
    },
    get guessed() {
      return steps.flatMap(({ event }) => event ?? []);
    },
    save: () => ({ correlator: current.memory, steps, advanced }),
    pushEvidence(item, node) {
      const booked = { item, node };
      if (evidence.length < EVIDENCE) evidence.push(booked);
      if (steps.length > 0) beginStep(null, booked);
      current.pushEvidence(item, node);
    },
    push: (event) => current.push(event),
    advance,
    takeChanged(most) {
      const changed = current.takeChanged(most);
      // It came back with what was taken back, and was counted when it was forgotten first.
      if (hasGoneBack && forgotten !== null) current.forgetBefore(forgotten.ms, forgotten.keep);
      hasGoneBack = false;
      if (steps.length === 0) forgotten = null;
      return changed;
    },
    all: () => current.all(),
    has: (episode) => current.has(episode),
    get hasChanged() {
      return current.hasChanged;
    },
    causesOf: (subject) => current.causesOf(subject),
    linkOf: (subject) => current.linkOf(subject),
    nowOf: (node) => current.nowOf(node),
    forgetBefore(ms, keep) {
      if (steps.length > 0) forgotten = { ms, keep };
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
