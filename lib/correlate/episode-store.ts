/**
 * All episodes of the run under one cap. At the cap the least interesting goes first: an ended one that no
 * line proves anything about, then an open one of that kind, then the oldest; every loss is counted.
 */
import { failed } from './attempts.js';
import type { Subject } from './identity.js';
import { createRecent } from './recent.js';
import { newStopEpisode } from './stop-episodes.js';
import type { Episode, StopEpisode, TimedEvent } from './types.js';

/** Remembered beyond the episodes themselves, so that an id never stands for two incidents. */
const ORDINALS = 100_000;

export interface EpisodeStore {
  /** The latest episode of a subject, ended or not. */
  latest(subject: Subject): StopEpisode | null;
  open(subject: Subject, event: TimedEvent): StopEpisode;
  add(episode: Episode): void;
  nextOrdinal(key: string): number;
  all(): Iterable<Episode>;
  readonly evicted: number;
}

export function createEpisodeStore(cap: number, onEvict: (episode: Episode) => void): EpisodeStore {
  const episodes = new Map<string, Episode>();
  const latest = new Map<Subject, StopEpisode>();
  const ordinals = createRecent<string, number>(ORDINALS);
  let evicted = 0;

  function nextOrdinal(key: string): number {
    const ordinal = (ordinals.get(key) ?? 0) + 1;
    ordinals.set(key, ordinal);
    return ordinal;
  }

  function add(episode: Episode): void {
    episodes.set(episode.id, episode);
    if (episodes.size > cap) evict();
  }

  /** Drops a quarter at once: looking for what matters least is paid once for many. */
  function evict(): void {
    const ranked = [...episodes.values()].toSorted((a, b) => worth(a) - worth(b) || a.lastMs - b.lastMs);
    for (const episode of ranked.slice(0, Math.max(1, cap >> 2))) {
      episodes.delete(episode.id);
      if (episode.kind === 'stop' && latest.get(episode.subject) === episode) latest.delete(episode.subject);
      onEvict(episode);
      evicted++;
    }
  }

  return {
    latest: (subject) => latest.get(subject) ?? null,
    open(subject, event) {
      const ordinal = nextOrdinal(subject.key);
      const episode = newStopEpisode(`stuck-stop-${subject.key}-${ordinal}`, subject, ordinal, event);
      latest.set(subject, episode);
      add(episode);
      return episode;
    },
    add,
    nextOrdinal,
    all: () => episodes.values(),
    get evicted() {
      return evicted;
    },
  };
}

function worth(episode: Episode): number {
  if (episode.kind !== 'stop') return 3;
  const proven =
    episode.firstFailureMs !== null || episode.olderAttempts > 0 || episode.attempts.some(failed);
  return (proven ? 2 : 0) + (episode.end === null ? 1 : 0);
}
