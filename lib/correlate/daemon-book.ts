/**
 * The one place where the episodes of daemons are written: finds the one that a sign belongs to, opens it with the
 * first sign that may, tallies, ends and forgets.
 */
import {
  count,
  episodeOf,
  NO_MODULES,
  newEpisode,
  newTally,
  type SignSeen,
  type WaitingTally,
  withModules,
} from './daemon-tally.js';
import type { EpisodeStore } from './episode-store.js';
import type { Subject } from './identity.js';
import type { NodeFacts } from './node-facts.js';
import { addProof, detached, proofOf } from './proof.js';
import { createRecent } from './recent.js';
import type { Ending, Sign, SignRules } from './sign.js';
import type { CorrelateLimits, DaemonEpisode, TimedEvent } from './types.js';
import type { Undo } from './undo.js';

export interface DaemonBook {
  book(rule: SignRules, sign: Sign, subject: Subject | null, program: string | null, at: SignSeen): void;
  end(rule: SignRules, ending: Ending, subject: Subject | null, event: TimedEvent): void;
  /** What was seen of it before does not hold any more. */
  forgetSign(rule: SignRules, sign: Sign, program: string, node: string): void;
  /** The episode is no longer held. */
  forget(episode: DaemonEpisode): void;
}

export interface DaemonBookOptions {
  readonly store: EpisodeStore;
  readonly limits: CorrelateLimits;
  readonly facts: NodeFacts;
  readonly touch: (episode: DaemonEpisode) => void;
  readonly undo: Undo;
}

export interface DaemonBookMemory {
  /** Per defect, container and program the latest episode of each node, or what only waits for one. */
  readonly containers: Map<string, Map<string, DaemonEpisode> | WaitingTally>;
  /** The same of what is keyed by no container. */
  readonly daemons: Map<string, Map<string, DaemonEpisode>>;
  /** Those that a line may end. */
  readonly open: Set<DaemonEpisode>;
  /** Signs of nodes beyond the cap. */
  dropped: number;
}

export function newDaemonBookMemory(): DaemonBookMemory {
  return { containers: new Map(), daemons: new Map(), open: new Set(), dropped: 0 };
}

/** Episodes that signs are added to, opened or not. */
const REMEMBERED = 4096;
/** Nodes of one run. */
const NODES = 4096;

export function createDaemonBook(
  { store, limits, facts, touch, undo }: DaemonBookOptions,
  memory: DaemonBookMemory,
): DaemonBook {
  const { same } = facts;
  const { open } = memory;
  const containers = createRecent(REMEMBERED, memory.containers, undo);
  const daemons = createRecent(REMEMBERED, memory.daemons, undo);

  /** The episode of this node, or the one of a node without a name where that can only be the same. */
  function known(nodes: Map<string, DaemonEpisode>, node: string): DaemonEpisode | undefined {
    const exact = nodes.get(node);
    if (exact !== undefined) return exact;
    if (node !== '') return same('', node) ? nodes.get('') : undefined;
    const [only] = nodes.values();
    return only !== undefined && same(only.node, '') ? only : undefined;
  }

  function episodeFor(rule: SignRules, subject: Subject | null, program: string | null, at: SignSeen) {
    const key = keyOf(rule.defect, subject, program);
    // Containers come and go by the thousand: they must not make a daemon's kills forgotten.
    const kept = subject === null ? daemons : containers;
    const held = kept.get(key);
    const nodes =
      held instanceof Map
        ? held
        : new Map(held === undefined ? [] : [[held.node, episodeOf(rule, subject, program, held)]]);
    kept.set(key, nodes);
    const usable = known(nodes, at.node);
    const isNear =
      usable !== undefined &&
      (at.ms === null ||
        usable.first === null ||
        (at.ms - usable.lastMs <= rule.newEpisodeMs && usable.firstMs - at.ms <= rule.newEpisodeMs));
    if (usable !== undefined && usable.end === null && isNear) return usable;
    const episode = newEpisode(rule, subject, program, at.node);
    if (nodes.size >= NODES && !nodes.has(at.node)) {
      undo.fields(memory);
      memory.dropped += 1;
      return episode;
    }
    undo.entry(nodes, at.node);
    nodes.set(at.node, episode);
    return episode;
  }

  /** True where the sign only had to be counted for an episode that may come. */
  function waits(
    rule: SignRules,
    sign: Sign,
    subject: Subject,
    program: string | null,
    at: SignSeen,
  ): boolean {
    const key = keyOf(rule.defect, subject, program);
    const held = containers.get(key);
    if (held instanceof Map || sign.opens === true || at.beside.length > 0) return false;
    if (held !== undefined && (held.fact !== sign.fact || held.node !== at.node)) return false;
    const waiting: WaitingTally = held ?? {
      ...newTally(),
      fact: sign.fact,
      node: at.node,
      modules: NO_MODULES,
      assumedTime: false,
      offsetMinutes: null,
    };
    containers.set(key, waiting);
    undo.fields(waiting);
    count(waiting, sign, at);
    waiting.modules = withModules(waiting.modules, at.modules);
    waiting.assumedTime ||= at.assumed;
    waiting.offsetMinutes ??= at.offsetMinutes;
    return true;
  }

  function book(rule: SignRules, sign: Sign, subject: Subject | null, program: string | null, at: SignSeen) {
    if (subject !== null && waits(rule, sign, subject, program, at)) return;
    const episode = episodeFor(rule, subject, program, at);
    const ms = at.ms ?? Number.NaN;
    undo.fields(episode);
    undo.entry(episode.tallies, sign.fact);
    const tally = episode.tallies.get(sign.fact) ?? newTally();
    undo.fields(tally);
    count(tally, sign, at);
    episode.tallies.set(sign.fact, tally);
    for (const proof of at.beside) addProof(episode, proof, limits);
    if (sign.opens === true || episode.id !== '') addProof(episode, detached(at.proof), limits);
    episode.modules = withModules(episode.modules, at.modules);
    episode.assumedTime ||= at.assumed;
    episode.offsetMinutes ??= at.offsetMinutes;
    if (at.at !== null && sign.opens === true) {
      if (ms < episode.firstMs) {
        episode.first = at.at;
        episode.firstMs = ms;
      }
      if (ms > episode.lastMs) {
        episode.last = at.at;
        episode.lastMs = ms;
      }
    }
    if (sign.opens === true && episode.id === '') begin(episode);
    if (episode.id !== '') touch(episode);
  }

  function begin(episode: DaemonEpisode): void {
    const { subject, program, node } = episode;
    const key = `${episode.defect}-${subject?.key ?? safeName(program ?? (node === '' ? 'process' : node))}`;
    episode.ordinal = store.nextOrdinal(key);
    episode.id = `${key}-${episode.ordinal}`;
    store.add(episode);
    undo.member(open, episode);
    open.add(episode);
    if (open.size > REMEMBERED)
      for (const oldest of open) {
        undo.oldestMember(open, oldest);
        open.delete(oldest);
        break;
      }
  }

  function end(rule: SignRules, ending: Ending, subject: Subject | null, event: TimedEvent): void {
    for (const episode of open) {
      if (episode.defect !== rule.defect || episode.subject !== subject) continue;
      // Without a time it cannot be told which came first.
      if (!same(episode.node, event.node) || episode.first === null || event.ms < episode.lastMs) continue;
      undo.fields(episode);
      episode.end = { at: event.at, state: ending.state, because: ending.because };
      addProof(episode, proofOf(event, limits), limits);
      undo.member(open, episode);
      open.delete(episode);
      touch(episode);
    }
  }

  return {
    book,
    end,
    forgetSign({ defect }, { fact }, program, node) {
      const nodes = daemons.get(keyOf(defect, null, program));
      const episode = nodes && known(nodes, node);
      if (episode === undefined) return;
      undo.entry(episode.tallies, fact);
      episode.tallies.delete(fact);
    },
    forget(episode) {
      const { defect, node, program, subject } = episode;
      const kept = subject === null ? memory.daemons : memory.containers;
      const nodes = kept.get(keyOf(defect, subject, program));
      if (nodes instanceof Map && nodes.get(node) === episode) {
        undo.entry(nodes, node);
        nodes.delete(node);
      }
      undo.member(open, episode);
      open.delete(episode);
    },
  };
}

function keyOf(defect: string, subject: Subject | null, program: string | null): string {
  return `${defect} ${subject?.key ?? ''} ${program ?? ''}`;
}

/** Names come from logs: only what can stand in an id. */
function safeName(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9.-]/g, '_').slice(0, 64);
  return safe === '' ? 'process' : safe;
}
