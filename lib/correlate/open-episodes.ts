/**
 * Which containers of a node have a stop under way, for the lines that name none: an anonymous exit, a pid that
 * was not there, a reboot. Only the ones that spoke last are looked through, whatever a log makes up.
 */
import type { StopEpisode } from './types.js';
import { NO_UNDO, type Undo } from './undo.js';

/** Looked through for one nameless line. */
const RECENT = 64;
/** Length at which the list of those who spoke is made short again: that is paid once for many stop lines. */
const SPOKEN = 2 * RECENT;
const NODES = 1024;

export interface OpenEpisodes {
  /** A stop line of the episode was booked: it is open, and the latest to speak. */
  add(episode: StopEpisode): void;
  delete(episode: StopEpisode): void;
  /** The episode is no longer held. */
  forget(episode: StopEpisode): void;
  /** The latest ones to speak, oldest first. */
  recent(node: string): readonly StopEpisode[];
  /** True where more are open than `recent` looks through. */
  crowded(node: string): boolean;
  /** All of the node, which forgets them. */
  take(node: string): Iterable<StopEpisode>;
}

/** What is remembered, by node. `recent`: who spoke, oldest first, some of them more than once. */
export type OpenEpisodesMemory = Map<
  string,
  { readonly all: Set<StopEpisode>; readonly recent: StopEpisode[] }
>;

export function createOpenEpisodes(
  nodes: OpenEpisodesMemory = new Map(),
  undo: Undo = NO_UNDO,
): OpenEpisodes {
  function leave(episode: StopEpisode, node: string): void {
    const open = nodes.get(node);
    if (open === undefined || !open.all.has(episode)) return;
    undo.member(open.all, episode);
    open.all.delete(episode);
    const { recent } = open;
    const first = recent.indexOf(episode);
    if (first < 0) return;
    undo.end(recent, first);
    recent.splice(first, recent.length, ...recent.slice(first).filter((other) => other !== episode));
  }

  return {
    add(episode) {
      let open = nodes.get(episode.node);
      if (open === undefined) {
        if (nodes.size >= NODES) return;
        open = { all: new Set(), recent: [] };
        undo.entry(nodes, episode.node);
        nodes.set(episode.node, open);
      }
      const { all, recent } = open;
      if (!all.has(episode)) {
        undo.member(all, episode);
        all.add(episode);
      }
      if (recent.at(-1) === episode) return;
      undo.end(recent);
      recent.push(episode);
      if (recent.length < SPOKEN) return;
      undo.end(recent, 0);
      recent.splice(0, recent.length, ...latest(recent));
    },
    delete: (episode) => leave(episode, episode.node),
    forget(episode) {
      leave(episode, episode.node);
      // It stands there, too, if its first line named no host.
      leave(episode, '');
    },
    recent: (node) => latest(nodes.get(node)?.recent ?? []),
    crowded: (node) => (nodes.get(node)?.all.size ?? 0) > RECENT,
    take(node) {
      const all = nodes.get(node)?.all ?? new Set();
      undo.entry(nodes, node);
      nodes.delete(node);
      return all;
    },
  };
}

/** Each once, by when it spoke last. */
function latest(spoken: readonly StopEpisode[]): StopEpisode[] {
  const found = new Set<StopEpisode>();
  for (let at = spoken.length - 1; at >= 0 && found.size < RECENT; at--) found.add(spoken[at] as StopEpisode);
  return [...found].reverse();
}
