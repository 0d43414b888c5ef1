/**
 * A correlator that can begin again. A live log may state its zone only after lines without one were dated by
 * this machine's: what was booked then is booked anew at the right times, as long as all of it is still known.
 */

import type { Bookable } from '../evidence/holding.js';
import type { LogEvent } from '../match/types.js';
import type { Correlator } from './correlate.js';

/** Pieces of evidence kept for that. */
const EVIDENCE = 1024;

/** The same correlator to everyone who holds it; `begin` puts an empty one behind it. */
export function createResettable(make: () => Correlator): Correlator & { begin(): void } {
  let current = make();
  /** What is not a log line is dated by itself: it is booked again as it is. */
  const evidence: { readonly item: Bookable; readonly node: string }[] = [];
  return {
    begin() {
      current = make();
      for (const { item, node } of evidence) current.pushEvidence(item, node);
    },
    pushEvidence(item, node) {
      if (evidence.length < EVIDENCE) evidence.push({ item, node });
      current.pushEvidence(item, node);
    },
    push: (event) => current.push(event),
    advance: (node, ms) => current.advance(node, ms),
    takeChanged: () => current.takeChanged(),
    all: () => current.all(),
    causesOf: (subject) => current.causesOf(subject),
    linkOf: (subject) => current.linkOf(subject),
    nowOf: (node) => current.nowOf(node),
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
  };
}

export interface History {
  add(event: LogEvent): void;
  /** Everything so far in the order it came; null where the caps were passed and some of it is gone. */
  readonly all: readonly LogEvent[] | null;
}

export function createHistory(caps: { readonly events: number; readonly text: number }): History {
  let events: LogEvent[] | null = [];
  let text = 0;
  return {
    add(event) {
      if (events === null) return;
      events.push(event);
      text += event.record.text.length;
      if (events.length > caps.events || text > caps.text) events = null;
    },
    get all() {
      return events;
    },
  };
}
