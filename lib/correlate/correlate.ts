/**
 * Events in, episodes out. Takes events in event-time order and books each where it belongs: to the stop call
 * of a container, to the facts of a node, to the links between ids and pods.
 */

import type { Bookable } from '../evidence/holding.js';
import type { Captures, Meaning } from '../match/types.js';
import { bookEvidence } from './book-evidence.js';
import { bookFact, containerInCgroup } from './book-fact.js';
import { type CopiesMemory, createCopies, newCopiesMemory } from './copies.js';
import {
  createDaemonEpisodes,
  type DaemonEpisodes,
  type DaemonEpisodesMemory,
  newDaemonEpisodesMemory,
} from './daemon-episodes.js';
import { createEpisodeStore, type EpisodeStoreMemory, newEpisodeStoreMemory } from './episode-store.js';
import {
  createEvidenceBook,
  type EvidenceBook,
  type EvidenceBookMemory,
  newEvidenceBookMemory,
} from './evidence-book.js';
import {
  createIdentities,
  type Identities,
  type IdentitiesMemory,
  newIdentitiesMemory,
  type Subject,
} from './identity.js';
import {
  createNodeEpisodes,
  type NodeEpisodes,
  type NodeEpisodesMemory,
  newNodeEpisodesMemory,
} from './node-episodes.js';
import { createNodeFacts, type NodeFacts, type NodeFactsMemory, newNodeFactsMemory } from './node-facts.js';
import { createOpenEpisodes, type OpenEpisodesMemory } from './open-episodes.js';
import { proofOf } from './proof.js';
import { createRecent } from './recent.js';
import type { SignRules } from './sign.js';
import { createStopBook, newStopBookMemory, type StopBookMemory } from './stop-book.js';
import { bookDebug } from './stop-episodes.js';
import { createStopFailures, newStopFailuresMemory, type StopFailuresMemory } from './stop-failures.js';
import {
  type CorrelateLimits,
  DEFAULT_LIMITS,
  type Episode,
  type NamedCause,
  type Proof,
  type TimedEvent,
} from './types.js';
import { NO_UNDO, type Undo } from './undo.js';

const REMEMBERED = 4096;
/** Nodes whose logs are followed in time. */
const NODES = 1024;

const CAUSE_OF: Partial<Record<Meaning, NamedCause['cause']>> = {
  'process-zombie': 'zombie',
  'shim-hung': 'shim-hung',
  'shim-leaked': 'shim-hung',
  'signal-denied': 'signal-denied',
};

export interface Correlator {
  /** Takes the next event in event-time order. */
  push(event: TimedEvent): void;
  /** Takes what is not a log line. `node`: host that it is of, '' where nothing tells. */
  pushEvidence(item: Bookable, node: string): void;
  /** The node's log has reached this time without an event of ours; '' for a log that names no host. */
  advance(node: string, ms: number): void;
  /** Episodes that changed and were not taken yet, `most` at most. Default: all. */
  takeChanged(most?: number): readonly Episode[];
  all(): Iterable<Episode>;
  /** False for an episode that was forgotten, or that turned out never to have begun. */
  has(episode: Episode): boolean;
  /** Whether `takeChanged` would give something. */
  readonly hasChanged: boolean;
  /** Causes that lines name for a subject, whether or not it had an episode then. */
  causesOf(subject: Subject): readonly NamedCause[];
  /** A line that tells which pod a subject is of, beside the episode's own. */
  linkOf(subject: Subject): Proof | null;
  /** How far the log of a node has got, float ms. */
  nowOf(node: string): number;
  readonly facts: NodeFacts;
  /** Profiles, dumps and panics. */
  readonly evidence: EvidenceBook;
  readonly identities: Identities;
  /** Lines that the log says it lost. */
  readonly suppressed: number;
  readonly evicted: number;
  /**
   * Drops the episodes that were over before `ms` and that `keep` does not ask to keep; returns how many. Those
   * that `takeChanged` has still to give stay, and none of them counts as evicted.
   */
  forgetBefore(ms: number, keep: (episode: Episode) => boolean): number;
  /** Everything that it remembers. Between two calls a structured clone of it is a state to go on from. */
  readonly memory: CorrelatorMemory;
}

/** Plain data, with references from one part to another: it is copied as a whole or not at all. */
export interface CorrelatorMemory {
  readonly identities: IdentitiesMemory;
  readonly facts: NodeFactsMemory;
  readonly store: EpisodeStoreMemory;
  readonly open: OpenEpisodesMemory;
  readonly nodes: NodeEpisodesMemory;
  readonly daemons: DaemonEpisodesMemory;
  readonly evidence: EvidenceBookMemory;
  readonly stops: StopBookMemory;
  readonly failures: StopFailuresMemory;
  readonly copies: CopiesMemory;
  /** A line that tells which pod a subject is of. */
  readonly links: Map<Subject, Proof>;
  /** How far the log of each node has got, float ms. */
  readonly watermark: Map<string, number>;
  /** Episodes that changed and were not taken yet. */
  readonly changed: Set<Episode>;
  suppressed: number;
}

export function newCorrelatorMemory(): CorrelatorMemory {
  return {
    identities: newIdentitiesMemory(),
    facts: newNodeFactsMemory(),
    store: newEpisodeStoreMemory(),
    open: new Map(),
    nodes: newNodeEpisodesMemory(),
    daemons: newDaemonEpisodesMemory(),
    evidence: newEvidenceBookMemory(),
    stops: newStopBookMemory(),
    failures: newStopFailuresMemory(),
    copies: newCopiesMemory(),
    links: new Map(),
    watermark: new Map(),
    changed: new Set(),
    suppressed: 0,
  };
}

export interface CorrelatorOptions {
  readonly limits?: CorrelateLimits;
  /** What opens, feeds and ends the episodes of the defects that YAML describes. Default none. */
  readonly rules?: readonly SignRules[];
  /** What an earlier correlator remembered, to go on from; it is written to. Default nothing. */
  readonly memory?: CorrelatorMemory;
  /** Told of everything that is about to change in it. Default: nothing is ever taken back. */
  readonly undo?: Undo;
}

export function createCorrelator({
  limits = DEFAULT_LIMITS,
  rules = [],
  memory = newCorrelatorMemory(),
  undo = NO_UNDO,
}: CorrelatorOptions = {}): Correlator {
  const { changed, watermark } = memory;
  const touch = (episode: Episode): void => {
    changed.add(episode);
    // Taken back it has changed, too.
    undo.member(changed, episode);
  };
  const identities = createIdentities({ cap: limits.containers, memory: memory.identities, undo });
  const facts = createNodeFacts(limits.facts, memory.facts, undo);
  const open = createOpenEpisodes(memory.open, undo);
  const store = createEpisodeStore(
    limits.episodes,
    (episode) => {
      changed.delete(episode);
      if (episode.kind === 'stop') open.forget(episode);
      else if (episode.kind === 'node') nodes.forget(episode);
      else daemons.forget(episode);
    },
    memory.store,
    undo,
  );
  const nodes: NodeEpisodes = createNodeEpisodes({ store, limits, touch, undo }, memory.nodes);
  const evidence = createEvidenceBook(facts.same, memory.evidence, undo);
  const daemons: DaemonEpisodes = createDaemonEpisodes(
    { rules, store, identities, limits, facts, touch, undo },
    memory.daemons,
  );
  const links = createRecent(REMEMBERED, memory.links, undo);
  const book = createStopBook({ store, open, identities, limits, touch, undo }, memory.stops);
  const failures = createStopFailures({ store, identities, nodes, book, undo }, memory.failures);
  const isCopy = createCopies(memory.copies, undo);

  function push(given: TimedEvent): void {
    // A daemon's own output names no host: it is of the only one.
    const event = given.node === '' ? { ...given, node: facts.nameOf('') ?? '' } : given;
    if (isCopy(event)) return;
    const { captures, pattern } = event.event;
    const { means } = pattern;
    facts.seeHost(event.node);
    if (event.ms > (watermark.get(event.node) ?? Number.NEGATIVE_INFINITY)) advance(event.node, event.ms);
    const isExit = pattern.role === 'resolution';
    // A healthy node's exits are the most common lines of all: they need not be remembered.
    if (!isExit) identities.note(captures);
    bookFact(facts, event, identities, limits);
    daemons.line(event);
    const subject = subjectOf(captures, isExit);
    switch (means) {
      case 'stop-requested':
        // A sandbox is asked to stop again and again while its network hangs: only failures count for it.
        if (subject && captures.container !== undefined) book.stopLine(subject, event);
        return;
      case 'stop-forced':
      case 'kill-sent':
      case 'kill-survived':
      case 'stop-skipped':
        if (subject) book.stopLine(subject, event);
        return;
      case 'no-exit-event':
        if (subject) book.stopLine(subject, event, true);
        return;
      case 'stop-failed':
      case 'sandbox-stop-failed':
        failures.stopFailed(event);
        return;
      case 'pod-stop-failed':
        if (captures.container !== undefined) failures.stopFailed(event);
        else failures.podFailed(event);
        return;
      case 'short-client-deadline':
        if (subject) failures.shortDeadline(subject, event);
        return;
      case 'process-unkillable':
        if (subject) {
          book.stopLine(subject, event);
          book.addCause(subject, 'd-state', event);
        }
        return;
      case 'process-zombie':
      case 'shim-hung':
      case 'shim-leaked':
      case 'signal-denied':
        if (subject) book.addCause(subject, CAUSE_OF[means] as NamedCause['cause'], event);
        return;
      case 'exit-lost':
        if (subject) {
          book.withdraw(subject, event);
          book.addCause(subject, 'exit-lost', event);
        }
        return;
      case 'shim-cleanup-failed':
        if (subject) book.withdraw(subject, event);
        return;
      case 'process-gone':
        book.processGone(subject, event);
        return;
      case 'oom-killed': {
        const victim = containerInCgroup(captures, identities);
        if (victim) book.addCause(victim, 'oom', event);
        return;
      }
      case 'stop-called':
      case 'debug-level': {
        const episode = subject && store.latest(subject);
        if (episode) bookDebug(episode, event.ms, undo);
        return;
      }
      case 'exited':
      case 'stop-succeeded':
      case 'removed':
        book.exit(subject, event);
        return;
      case 'exited-anonymously':
        book.anonymousExit(event);
        return;
      case 'removal-requested':
        if (subject) book.removalAsked(subject, event);
        return;
      case 'linked':
        if (subject && links.get(subject) === undefined && identities.podRefOf(captures) !== null) {
          links.set(subject, proofOf(event, limits));
        }
        return;
      case 'network-teardown-failed':
        if (subject) failures.networkFailed(subject, event);
        return;
      case 'rebooted':
        book.reboot(
          event,
          event.node === '' || !facts.same('', event.node) ? [event.node] : ['', event.node],
        );
        nodes.reboot(event);
        return;
      case 'lines-lost':
        undo.fields(memory);
        memory.suppressed += Math.min(Number.parseInt(captures.count ?? '0', 10) || 0, 1e12);
        return;
      case 'relist-unhealthy':
      case 'runtime-timeout':
      case 'socket-exhausted':
      case 'node-not-ready':
        nodes.signal(means, event);
        return;
      case 'node-ready':
      case 'loading-started':
      case 'loading-done':
      case 'daemon-ready':
      case 'daemon-stopping':
      case 'daemon-stopped':
        nodes.note(means, event);
        return;
      case 'unit-main-exited':
        if (captures.product !== undefined) nodes.note('daemon-stopped', event);
        return;
      default:
        return;
    }
  }

  function subjectOf(captures: Captures, onlyKnown: boolean): Subject | null {
    const id = captures.container ?? captures.sandbox;
    if (id === undefined) return null;
    return onlyKnown ? identities.find(id) : identities.subject(id);
  }

  function advance(node: string, ms: number): void {
    if (watermark.size >= NODES && !watermark.has(node)) return;
    undo.entry(watermark, node);
    watermark.set(node, ms);
    nodes.advance(node, ms);
  }

  return {
    push,
    pushEvidence(item, node) {
      bookEvidence(item, node, { facts, book: evidence, daemons, limits });
    },
    advance(node, ms) {
      if (ms > (watermark.get(node) ?? Number.NEGATIVE_INFINITY)) advance(node, ms);
    },
    takeChanged(most = Number.POSITIVE_INFINITY) {
      daemons.settle();
      const out: Episode[] = [];
      for (const episode of changed) {
        if (out.length >= most) break;
        changed.delete(episode);
        // Some began with a line that was taken back.
        if (store.has(episode)) out.push(episode);
      }
      return out;
    },
    all() {
      daemons.settle();
      return store.all();
    },
    has: store.has,
    get hasChanged() {
      return changed.size > 0;
    },
    causesOf: book.causesOf,
    linkOf: (subject) => links.get(subject) ?? null,
    nowOf(node) {
      let now = Number.NEGATIVE_INFINITY;
      for (const [name, ms] of watermark) if (facts.same(name, node)) now = Math.max(now, ms);
      return now;
    },
    facts,
    evidence,
    identities,
    get suppressed() {
      return memory.suppressed;
    },
    get evicted() {
      return store.evicted + identities.counts.evicted + daemons.dropped;
    },
    forgetBefore(ms, keep) {
      return store.forgetBefore(ms, (episode) => changed.has(episode) || keep(episode));
    },
    memory,
  };
}
