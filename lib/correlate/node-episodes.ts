/**
 * A node whose runtime does not answer although no line names a container: PLEG unhealthy, calls that run
 * into their deadline, a docker.sock that takes no more connections, a start that never gets past loading.
 */
import type { EpisodeStore } from './episode-store.js';
import { keptEvent } from './kept-event.js';
import { addProof, proofOf } from './proof.js';
import type { CorrelateLimits, NodeEpisode, NodeSignal, TimedEvent } from './types.js';
import type { Undo } from './undo.js';

/** A signal this long after the last one is another episode. */
const NEW_EPISODE_MS = 30 * 60_000;
/** dockerd loads its containers in seconds; this long without the end line is a hang. */
const LOADING_MS = 120_000;

export interface NodeEpisodes {
  signal(signal: NodeSignal, event: TimedEvent): void;
  note(
    means:
      | 'node-ready'
      | 'loading-started'
      | 'loading-done'
      | 'daemon-ready'
      | 'daemon-stopping'
      | 'daemon-stopped',
    event: TimedEvent,
  ): void;
  advance(node: string, ms: number): void;
  reboot(event: TimedEvent): void;
  /** The episode is no longer held. */
  forget(episode: NodeEpisode): void;
}

export interface NodeEpisodesOptions {
  readonly store: EpisodeStore;
  readonly limits: CorrelateLimits;
  readonly touch: (episode: NodeEpisode) => void;
  readonly undo: Undo;
}

const NODE_CAP = 1024;

export interface NodeEpisodesMemory {
  /** The latest of each node. */
  readonly current: Map<string, NodeEpisode>;
  /** The line with which dockerd began to load its containers, by node. */
  readonly loading: Map<string, TimedEvent>;
}

export function newNodeEpisodesMemory(): NodeEpisodesMemory {
  return { current: new Map(), loading: new Map() };
}

export function createNodeEpisodes(
  { store, limits, touch, undo }: NodeEpisodesOptions,
  memory: NodeEpisodesMemory = newNodeEpisodesMemory(),
): NodeEpisodes {
  const { current, loading } = memory;

  function open(event: TimedEvent): NodeEpisode {
    const name = nodeKey(event.node);
    const ordinal = store.nextOrdinal(`node ${name}`);
    const episode: NodeEpisode = {
      kind: 'node',
      id: `runtime-unresponsive-${name}-${ordinal}`,
      ordinal,
      node: event.node,
      signals: new Map(),
      first: event.at,
      firstMs: event.ms,
      last: event.at,
      lastMs: event.ms,
      assumedTime: event.assumed,
      offsetMinutes: event.offsetMinutes,
      end: null,
      proof: [],
      proofDropped: 0,
    };
    if (current.size < NODE_CAP || current.has(event.node)) {
      undo.entry(current, event.node);
      current.set(event.node, episode);
    }
    store.add(episode);
    return episode;
  }

  function signal(signal: NodeSignal, event: TimedEvent): void {
    const known = current.get(event.node);
    const usable = known !== undefined && known.end === null && event.ms - known.lastMs <= NEW_EPISODE_MS;
    const episode = usable ? known : open(event);
    undo.fields(episode);
    undo.entry(episode.signals, signal);
    episode.signals.set(signal, (episode.signals.get(signal) ?? 0) + 1);
    if (event.ms >= episode.lastMs) {
      episode.last = event.at;
      episode.lastMs = event.ms;
    }
    addProof(episode, proofOf(event, limits), limits);
    touch(episode);
  }

  function end(event: TimedEvent, by: 'recovered' | 'reboot', only?: NodeSignal): void {
    const episode = current.get(event.node);
    if (episode === undefined || episode.end !== null) return;
    if (only !== undefined && [...episode.signals.keys()].some((s) => s !== only)) return;
    undo.fields(episode);
    episode.end = { by, at: event.at };
    addProof(episode, proofOf(event, limits), limits);
    touch(episode);
  }

  /** It waits for that no longer. */
  function loaded(node: string): void {
    undo.entry(loading, node);
    loading.delete(node);
  }

  return {
    signal,
    note(means, event) {
      switch (means) {
        case 'loading-started':
          if (loading.size >= NODE_CAP) return;
          undo.entry(loading, event.node);
          loading.set(event.node, keptEvent(event, limits));
          return;
        case 'daemon-stopping':
        case 'daemon-stopped':
          loaded(event.node);
          return;
        case 'loading-done':
          loaded(event.node);
          end(event, 'recovered', 'loading-hung');
          return;
        case 'daemon-ready':
          loaded(event.node);
          end(event, 'recovered');
          return;
        case 'node-ready':
          end(event, 'recovered');
          return;
      }
    },
    advance(node, ms) {
      const started = loading.get(node);
      if (started === undefined || ms - started.ms < LOADING_MS) return;
      loaded(node);
      signal('loading-hung', started);
    },
    reboot(event) {
      loaded(event.node);
      end(event, 'reboot');
    },
    forget(episode) {
      if (current.get(episode.node) !== episode) return;
      undo.entry(current, episode.node);
      current.delete(episode.node);
    },
  };
}

/** Host names come from logs: only what can stand in an id. */
function nodeKey(node: string): string {
  const safe = node.replace(/[^A-Za-z0-9.-]/g, '_').slice(0, 64);
  return safe === '' ? 'node' : safe;
}
