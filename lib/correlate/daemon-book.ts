/**
 * The one place where the episodes of daemons are written: finds the one that a sign belongs to, opens it with the
 * first sign that may, tallies, ends and forgets.
 */
import type { Instant } from '../envelope/types.js';
import type { EpisodeStore } from './episode-store.js';
import type { Subject } from './identity.js';
import type { NodeFacts } from './node-facts.js';
import { addProof, detached, proofOf } from './proof.js';
import { createRecent } from './recent.js';
import type { Ending, Sign, SignRules } from './sign.js';
import type { CorrelateLimits, DaemonEpisode, Proof, TimedEvent } from './types.js';
import type { Undo } from './undo.js';

/** What is being booked: a line or a digest, as far as both are alike. */
export interface SignSeen {
  readonly node: string;
  /** Of a line that is still held by it: most lines prove nothing, and only what is kept must be detached. */
  readonly proof: Proof;
  readonly at: Instant | null;
  /** Further lines of the same panic. */
  readonly beside: readonly Proof[];
  /** Float ms, null where it states no time. */
  readonly ms: number | null;
  readonly assumed: boolean;
  readonly offsetMinutes: number | null;
  readonly modules: Readonly<Record<string, string>>;
  /** Process that the line names. */
  readonly pid: string | null;
  /** Container and pod that it names, in words. */
  readonly of: string | null;
}

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
  /** Per defect, container and program the latest episode of each node. */
  readonly containers: Map<string, Map<string, DaemonEpisode>>;
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
    const nodes = kept.get(key) ?? new Map<string, DaemonEpisode>();
    kept.set(key, nodes);
    const usable = known(nodes, at.node);
    const isNear =
      usable !== undefined &&
      (at.ms === null ||
        usable.first === null ||
        (at.ms - usable.lastMs <= rule.newEpisodeMs && usable.firstMs - at.ms <= rule.newEpisodeMs));
    if (usable !== undefined && usable.end === null && isNear) return usable;
    const episode: DaemonEpisode = {
      kind: 'daemon',
      defect: rule.defect,
      id: '',
      ordinal: 0,
      node: at.node,
      subject,
      program,
      tallies: new Map(),
      modules: {},
      first: null,
      firstMs: Number.POSITIVE_INFINITY,
      last: null,
      lastMs: Number.NEGATIVE_INFINITY,
      assumedTime: false,
      offsetMinutes: null,
      end: null,
      proof: [],
      proofDropped: 0,
    };
    if (nodes.size >= NODES && !nodes.has(at.node)) {
      undo.fields(memory);
      memory.dropped += 1;
      return episode;
    }
    undo.entry(nodes, at.node);
    nodes.set(at.node, episode);
    return episode;
  }

  function book(rule: SignRules, sign: Sign, subject: Subject | null, program: string | null, at: SignSeen) {
    const episode = episodeFor(rule, subject, program, at);
    const ms = at.ms ?? Number.NaN;
    undo.fields(episode);
    undo.entry(episode.tallies, sign.fact);
    const tally = episode.tallies.get(sign.fact) ?? {
      count: 0,
      occasionMs: Number.NEGATIVE_INFINITY,
      pid: null,
      of: null,
    };
    undo.fields(tally);
    const window = (sign.onceWithinSeconds ?? 0) * 1000;
    // The lines of one occasion name one process, where they name one; another one is another occasion.
    const isOther = tally.pid !== null && at.pid !== null && tally.pid !== at.pid;
    if (isOther || window === 0 || !(Math.abs(ms - tally.occasionMs) <= window)) {
      tally.count += 1;
      tally.occasionMs = ms;
      tally.pid = at.pid;
    }
    tally.pid ??= at.pid;
    tally.of = at.of ?? tally.of;
    episode.tallies.set(sign.fact, tally);
    for (const proof of at.beside) episode.proofDropped += addProof(episode.proof, proof, limits, undo);
    if (sign.opens === true || episode.id !== '')
      episode.proofDropped += addProof(episode.proof, detached(at.proof), limits, undo);
    episode.modules = { ...episode.modules, ...at.modules };
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
      episode.proofDropped += addProof(episode.proof, proofOf(event, limits), limits, undo);
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
      if (nodes?.get(node) === episode) {
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
