/**
 * All episodes of the run under one cap. At the cap the least interesting goes first: an ended one that no
 * line proves anything about, then an open one of that kind, then the oldest; every loss is counted.
 */
import { failed } from './attempts.js';
import type { Subject } from './identity.js';
import { createRecent } from './recent.js';
import { msOf, newStopEpisode, retryWindowMs } from './stop-episodes.js';
import type { Episode, StopEpisode, TimedEvent } from './types.js';
import { NO_UNDO, type Undo } from './undo.js';

/** Remembered beyond the episodes themselves, so that an id never stands for two incidents. */
const ORDINALS = 100_000;

export interface EpisodeStore {
  /** The latest episode of a subject, ended or not. */
  latest(subject: Subject): StopEpisode | null;
  open(subject: Subject, event: TimedEvent): StopEpisode;
  add(episode: Episode): void;
  nextOrdinal(key: string): number;
  all(): Iterable<Episode>;
  has(episode: Episode): boolean;
  /**
   * Drops what was over before `ms` (its end as well as its last line) and is not to be kept; returns how many.
   * They are no loss, so `evicted` does not count them, and their ids do not come again.
   */
  forgetBefore(ms: number, keep: (episode: Episode) => boolean): number;
  /** Dropped at the cap. */
  readonly evicted: number;
}

export interface EpisodeStoreMemory {
  /** By id, in the order in which they began. */
  readonly episodes: Map<string, Episode>;
  readonly latest: Map<Subject, StopEpisode>;
  readonly ordinals: Map<string, number>;
  evicted: number;
}

export function newEpisodeStoreMemory(): EpisodeStoreMemory {
  return { episodes: new Map(), latest: new Map(), ordinals: new Map(), evicted: 0 };
}

/** `onDrop`: told of each episode that is held no more. */
export function createEpisodeStore(
  cap: number,
  onDrop: (episode: Episode) => void,
  memory: EpisodeStoreMemory = newEpisodeStoreMemory(),
  undo: Undo = NO_UNDO,
): EpisodeStore {
  const { episodes, latest } = memory;
  const ordinals = createRecent(ORDINALS, memory.ordinals, undo);

  function nextOrdinal(key: string): number {
    const ordinal = (ordinals.get(key) ?? 0) + 1;
    ordinals.set(key, ordinal);
    return ordinal;
  }

  function add(episode: Episode): void {
    undo.entry(episodes, episode.id);
    episodes.set(episode.id, episode);
    if (episodes.size > cap) evict();
  }

  /** Drops a quarter at once: looking for what matters least is paid once for many. */
  function evict(): void {
    undo.entries(episodes);
    undo.fields(memory);
    const ranked = [...episodes.values()].toSorted((a, b) => worth(a) - worth(b) || a.lastMs - b.lastMs);
    for (const episode of ranked.slice(0, Math.max(1, cap >> 2))) {
      drop(episode);
      memory.evicted++;
    }
  }

  function drop(episode: Episode): void {
    undo.entry(episodes, episode.id);
    episodes.delete(episode.id);
    if (episode.kind === 'stop' && latest.get(episode.subject) === episode) {
      undo.entry(latest, episode.subject);
      latest.delete(episode.subject);
    }
    onDrop(episode);
  }

  return {
    latest: (subject) => latest.get(subject) ?? null,
    open(subject, event) {
      const ordinal = nextOrdinal(subject.key);
      const episode = newStopEpisode(`stuck-stop-${subject.key}-${ordinal}`, subject, ordinal, event);
      undo.entry(latest, subject);
      latest.set(subject, episode);
      add(episode);
      return episode;
    },
    add,
    nextOrdinal,
    all: () => episodes.values(),
    has: (episode) => episodes.get(episode.id) === episode,
    forgetBefore(ms, keep) {
      let dropped = 0;
      for (const episode of episodes.values()) {
        if (!isOverBefore(episode, ms) || keep(episode)) continue;
        drop(episode);
        dropped++;
      }
      return dropped;
    },
    get evicted() {
      return memory.evicted;
    },
  };
}

function isOverBefore(episode: Episode, ms: number): boolean {
  if (episode.lastMs >= ms) return false;
  if (episode.end !== null) return episode.end.at === null || msOf(episode.end.at) < ms;
  // An exit line without an id stands once no stop line followed, though only the next one makes it the end.
  if (episode.kind !== 'stop' || episode.tentativeExit === null) return false;
  return msOf(episode.tentativeExit) + retryWindowMs(episode) < ms;
}

function worth(episode: Episode): number {
  if (episode.kind !== 'stop') return 3;
  const proven =
    episode.firstFailureMs !== null || episode.olderAttempts > 0 || episode.attempts.some(failed);
  return (proven ? 2 : 0) + (episode.end === null ? 1 : 0);
}
