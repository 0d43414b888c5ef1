/**
 * The one place where stop episodes are written: opens them, books calls, causes and exits, and remembers beside
 * them what may matter to one that has not begun yet.
 */
import type { EpisodeStore } from './episode-store.js';
import { secondsOf } from './go-duration.js';
import type { Identities, Subject } from './identity.js';
import type { OpenEpisodes } from './open-episodes.js';
import { addProof, proofOf } from './proof.js';
import { createRecent } from './recent.js';
import {
  bookExit,
  bookGone,
  bookStopLine,
  deferCall,
  isLoneForce,
  isOpen,
  killedAt,
  msOf,
  retryWindowMs,
  withdrawExit,
} from './stop-episodes.js';
import type { CorrelateLimits, Episode, NamedCause, StopEpisode, TimedEvent } from './types.js';
import type { Undo } from './undo.js';

/** A failure printed this long after the exit still speaks of a call from before it: the kubelet waits 2 min + grace. */
const LATE_FAILURE_MS = 180_000;
/** "trying direct SIGKILL" comes 10 s behind "using the force"; a busy daemon is late. */
const DIRECT_MS = 20_000;
/** Two direct SIGKILLs nearer than this: a line without an id could speak of either. */
const SAME_MOMENT_MS = 10;
/** Subjects whose causes and exits are remembered. */
const REMEMBERED = 4096;
const CAUSES = 16;

export interface StopBookOptions {
  readonly store: EpisodeStore;
  readonly open: OpenEpisodes;
  readonly identities: Identities;
  readonly limits: CorrelateLimits;
  readonly touch: (episode: Episode) => void;
  readonly undo: Undo;
}

export interface StopBook {
  /** `isFailure`: a line that may come after the exit and still belong to the call before it. */
  stopLine(subject: Subject, event: TimedEvent, isFailure?: boolean): void;
  addCause(subject: Subject, cause: NamedCause['cause'], event: TimedEvent): void;
  causesOf(subject: Subject): readonly NamedCause[];
  exit(subject: Subject | null, event: TimedEvent): void;
  /** An exit line without an id: dockerd <= 19.03. */
  anonymousExit(event: TimedEvent): void;
  /** What looked like the exit was none. */
  withdraw(subject: Subject, event: TimedEvent): void;
  removalAsked(subject: Subject, event: TimedEvent): void;
  /** kill(2) found no process, of this subject or of whoever was killed a moment ago. */
  processGone(subject: Subject | null, event: TimedEvent): void;
  /** `nodes`: the node under its name, and without one where it is the only one. */
  reboot(event: TimedEvent, nodes: readonly string[]): void;
}

export interface StopBookMemory {
  readonly causes: Map<Subject, NamedCause[]>;
  /** When a container's latest exit line came, float ms, by key. */
  readonly exits: Map<string, number>;
}

export function newStopBookMemory(): StopBookMemory {
  return { causes: new Map(), exits: new Map() };
}

export function createStopBook(
  { store, open, identities, limits, touch, undo }: StopBookOptions,
  memory: StopBookMemory = newStopBookMemory(),
): StopBook {
  const causes = createRecent(REMEMBERED, memory.causes, undo);
  const recentExit = createRecent(REMEMBERED, memory.exits, undo);

  function episodeFor(subject: Subject, event: TimedEvent, isFailure: boolean): StopEpisode {
    const latest = store.latest(subject);
    if (latest !== null) {
      settleTentative(latest, event.ms);
      disproveLoneExit(latest, event);
      if (isOpen(latest)) return latest;
      const end = latest.end;
      if (isFailure && end?.by === 'exit' && event.ms - msOf(end.at) <= LATE_FAILURE_MS) return latest;
    }
    const episode = store.open(subject, event);
    const exitMs = recentExit.get(subject.key);
    if (exitMs !== undefined && event.event.pattern.means === 'stop-forced') {
      // The exit came while the stop still waited, and the daemon did not take notice.
      const graceMs = (secondsOf(event.event.captures.grace) ?? 0) * 1000;
      if (exitMs >= event.ms - graceMs && exitMs < event.ms - 1000) addCause(subject, 'exit-lost', event);
    }
    open.add(episode);
    return episode;
  }

  /** A fitting exit line stands once no stop line followed within two intervals. */
  function settleTentative(episode: StopEpisode, ms: number): void {
    if (episode.tentativeExit === null || episode.end !== null) return;
    if (ms - msOf(episode.tentativeExit) > retryWindowMs(episode)) {
      undo.fields(episode);
      episode.end = { by: 'exit', at: episode.tentativeExit, anonymous: true };
      open.delete(episode);
      touch(episode);
    }
  }

  /** The direct SIGKILL right behind a force line: the exit that seemed to answer it was another container's. */
  function disproveLoneExit(episode: StopEpisode, event: TimedEvent): void {
    if (episode.end?.by !== 'exit' || !episode.end.anonymous) return;
    const forced = episode.attempts.at(-1)?.forced ?? null;
    if (event.event.pattern.means !== 'kill-survived' || forced === null || event.ms - forced > DIRECT_MS)
      return;
    undo.fields(episode);
    episode.end = null;
    episode.disprovedExits++;
  }

  function addCause(subject: Subject, cause: NamedCause['cause'], event: TimedEvent): void {
    const known = causes.get(subject) ?? [];
    causes.set(subject, [...known, { cause, ms: event.ms, proof: proofOf(event, limits) }].slice(-CAUSES));
    const episode = store.latest(subject);
    if (episode === null) return;
    prove(episode, event);
    touch(episode);
  }

  function prove(episode: StopEpisode, event: TimedEvent): void {
    undo.fields(episode);
    addProof(episode, proofOf(event, limits), limits);
  }

  function stopLine(subject: Subject, event: TimedEvent, isFailure = false): void {
    const latest = store.latest(subject);
    if (latest !== null && !isFailure && deferCall(latest, event, limits, undo)) return;
    const episode = episodeFor(subject, event, isFailure);
    bookStopLine(episode, event, limits, undo);
    open.add(episode);
    touch(episode);
  }

  function exit(subject: Subject | null, event: TimedEvent): void {
    if (subject === null) return;
    const episode = store.latest(subject);
    recentExit.set(subject.key, event.ms);
    if (episode === null || !isOpen(episode)) return;
    bookExit(episode, event, limits, undo);
    open.delete(episode);
    touch(episode);
  }

  function withdraw(subject: Subject, event: TimedEvent): void {
    const episode = store.latest(subject);
    if (episode === null) return;
    if (withdrawExit(episode, event, limits, undo)) open.add(episode);
    touch(episode);
  }

  function removalAsked(subject: Subject, event: TimedEvent): void {
    const episode = store.latest(subject);
    if (episode === null || episode.end !== null || episode.tentativeExit !== null) return;
    prove(episode, event);
    episode.end = { by: 'removal-asked', at: event.at };
    touch(episode);
  }

  /** dockerd <= 19.03 names no container when one exits. */
  function anonymousExit(event: TimedEvent): void {
    const ofDockerd = open.recent(event.node).filter((e) => isOpen(e) && e.components.has('dockerd'));
    const lone = ofDockerd.find((episode) => isLoneForce(episode, event.ms));
    if (lone !== undefined) {
      bookExit(lone, event, limits, undo, true);
      open.delete(lone);
      touch(lone);
      return;
    }
    for (const episode of ofDockerd) settleTentative(episode, event.ms);
    const proven = ofDockerd.filter(
      (episode) => episode.end === null && (episode.firstFailureMs !== null || episode.olderAttempts > 0),
    );
    const only = proven[0];
    if (proven.length !== 1 || only === undefined || only.tentativeExit !== null || open.crowded(event.node))
      return;
    prove(only, event);
    only.tentativeExit = event.at;
    touch(only);
  }

  function reboot(event: TimedEvent, nodes: readonly string[]): void {
    for (const episode of nodes.flatMap((node) => [...open.take(node)])) {
      if (!isOpen(episode)) continue;
      undo.fields(episode);
      episode.end = { by: 'reboot', at: event.at };
      touch(episode);
    }
  }

  function processGone(subject: Subject | null, event: TimedEvent): void {
    if (subject !== null) {
      const episode = store.latest(subject);
      if (episode === null || !isOpen(episode)) return;
      if (killedAt(episode, event.ms) !== null) {
        bookGone(episode, event, limits, undo);
        addCause(subject, 'exit-lost', event);
      } else {
        prove(episode, event);
        episode.goneLines++;
        touch(episode);
      }
      return;
    }
    // The debug line gives a pid only, right behind the direct-SIGKILL line of the container it speaks of.
    const killed = open
      .recent(event.node)
      .flatMap((episode) => {
        const at = killedAt(episode, event.ms);
        return at === null ? [] : [{ episode, at }];
      })
      .toSorted((a, b) => b.at - a.at);
    const [nearest, second] = killed;
    if (nearest === undefined || (second !== undefined && nearest.at - second.at < SAME_MOMENT_MS)) return;
    const { episode } = nearest;
    bookGone(episode, event, limits, undo);
    identities.note({ container: episode.subject.id, ...event.event.captures });
    addCause(episode.subject, 'exit-lost', event);
  }

  return {
    stopLine,
    addCause,
    causesOf: (subject) => causes.get(subject) ?? [],
    exit,
    anonymousExit,
    withdraw,
    removalAsked,
    processGone,
    reboot,
  };
}
