/**
 * Events in, episodes out. Takes events in event-time order and books each where it belongs: to the stop call
 * of a container, to the facts of a node, to the links between ids and pods.
 */
import type { Captures, Meaning } from '../match/types.js';
import { bookFact, containerInCgroup } from './book-fact.js';
import { cadenceOf } from './cadence.js';
import { createCopies } from './copies.js';
import { createEpisodeStore } from './episode-store.js';
import type { Identities, Subject } from './identity.js';
import { createNodeEpisodes, type NodeEpisodes } from './node-episodes.js';
import { createNodeFacts, type NodeFacts } from './node-facts.js';
import { createOpenEpisodes } from './open-episodes.js';
import { addProof, proofOf } from './proof.js';
import { createRecent } from './recent.js';
import {
  bookDebug,
  bookExit,
  bookGone,
  bookStopLine,
  deferCall,
  isLoneForce,
  isOpen,
  msOf,
  withdrawExit,
} from './stop-episodes.js';
import { classifyStopError } from './stop-error.js';
import {
  type CorrelateLimits,
  DEFAULT_LIMITS,
  type Episode,
  type NamedCause,
  type Proof,
  type StopEpisode,
  type TimedEvent,
} from './types.js';

/** A failure printed this long after the exit still speaks of a call from before it: the kubelet waits 2 min + grace. */
const LATE_FAILURE_MS = 180_000;
/** Lines of one failed stop that name only the pod follow the one that names the container at once. */
const SAME_FAILURE_MS = 5_000;
const REMEMBERED = 4096;

export interface Correlator {
  /** Takes the next event in event-time order. */
  push(event: TimedEvent): void;
  /** The node's log has reached this time without an event of ours; '' for a log that names no host. */
  advance(node: string, ms: number): void;
  /** Episodes that changed since the last call. */
  takeChanged(): readonly Episode[];
  all(): Iterable<Episode>;
  /** Causes that lines name for a subject, whether or not it had an episode then. */
  causesOf(subject: Subject): readonly NamedCause[];
  /** A line that tells which pod a subject is of, beside the episode's own. */
  linkOf(subject: Subject): Proof | null;
  /** How far the log of a node has got, float ms. */
  nowOf(node: string): number;
  readonly facts: NodeFacts;
  readonly identities: Identities;
  /** Lines that the log says it lost. */
  readonly suppressed: number;
  readonly evicted: number;
}

export function createCorrelator(
  identities: Identities,
  limits: CorrelateLimits = DEFAULT_LIMITS,
): Correlator {
  const facts = createNodeFacts(limits.facts);
  const changed = new Set<Episode>();
  const open = createOpenEpisodes();
  const store = createEpisodeStore(limits.episodes, (episode) => {
    changed.delete(episode);
    if (episode.kind === 'stop') open.delete(episode);
  });
  const nodes: NodeEpisodes = createNodeEpisodes({ store, limits, touch: (episode) => changed.add(episode) });
  const causes = createRecent<Subject, NamedCause[]>(REMEMBERED);
  const links = createRecent<Subject, Proof>(REMEMBERED);
  const recentExit = createRecent<string, number>(REMEMBERED);
  const networkTrouble = createRecent<string, number>(REMEMBERED);
  const lastFailure = createRecent<string, { subject: Subject; ms: number; byNetwork: boolean }>(REMEMBERED);
  const watermark = new Map<string, number>();
  const isCopy = createCopies();
  let suppressed = 0;

  function episodeFor(subject: Subject, event: TimedEvent, isFailure: boolean): StopEpisode {
    const latest = store.latest(subject);
    if (latest !== null) {
      settleTentative(latest, event.ms);
      if (isOpen(latest)) return latest;
      const end = latest.end;
      if (isFailure && end?.by === 'exit' && event.ms - msOf(end.at) <= LATE_FAILURE_MS) return latest;
    }
    const episode = store.open(subject, event);
    const exitMs = recentExit.get(subject.key);
    if (exitMs !== undefined && event.event.pattern.means === 'stop-forced') {
      // The exit came while the stop still waited, and the daemon did not take notice.
      const graceMs = Number.parseFloat(event.event.captures.grace ?? '0') * 1000 || 0;
      if (exitMs >= event.ms - graceMs && exitMs < event.ms - 1000) addCause(subject, 'exit-lost', event);
    }
    open.add(episode);
    return episode;
  }

  /** A fitting exit line stands once no stop line followed within two intervals. */
  function settleTentative(episode: StopEpisode, ms: number): void {
    if (episode.tentativeExit === null || episode.end !== null) return;
    const interval = (cadenceOf(episode.attempts).seconds ?? 60) * 1000;
    if (ms - msOf(episode.tentativeExit) > 2 * interval) {
      episode.end = { by: 'exit', at: episode.tentativeExit, anonymous: true };
      open.delete(episode);
      changed.add(episode);
    }
  }

  function addCause(subject: Subject, cause: NamedCause['cause'], event: TimedEvent): void {
    const known = causes.get(subject) ?? [];
    if (known.length < 16) known.push({ cause, ms: event.ms, proof: proofOf(event, limits) });
    causes.set(subject, known);
    const episode = store.latest(subject);
    if (episode !== null) {
      episode.proofDropped += addProof(episode.proof, proofOf(event, limits), limits);
      changed.add(episode);
    }
  }

  function stopLine(subject: Subject, event: TimedEvent, isFailure = false): void {
    const latest = store.latest(subject);
    if (latest !== null && !isFailure && deferCall(latest, event)) return;
    const episode = episodeFor(subject, event, isFailure);
    bookStopLine(episode, event, limits);
    open.add(episode);
    changed.add(episode);
  }

  function stopFailed(event: TimedEvent): void {
    const { captures, pattern } = event.event;
    const kind = classifyStopError(captures.error);
    const named = captures.container ?? captures.sandbox;
    const subject = named === undefined ? null : identities.subject(named);
    if (subject === null) {
      if (kind === 'deadline') podFailed(event);
      return;
    }
    switch (kind) {
      case 'network': {
        networkTrouble.set(subject.key, event.ms);
        const call = store.latest(subject)?.attempts.at(-1);
        if (call) call.networkFailed ??= event.ms;
        return;
      }
      case 'not-found':
        exit(subject, event);
        return;
      case 'denied':
        addCause(subject, 'signal-denied', event);
        return;
      case 'deadline': {
        const teardown = networkTrouble.get(subject.key);
        const bySandbox = captures.container === undefined;
        const byNetwork = bySandbox && teardown !== undefined && event.ms - teardown < 600_000;
        lastFailure.set(event.node, { subject, ms: event.ms, byNetwork });
        if (byNetwork) return;
        stopLine(subject, event, true);
        return;
      }
      default: {
        // A restart of the runtime: ends the call, proves nothing.
        const open = store
          .latest(subject)
          ?.attempts.findLast((a) => a.runtimeFailed === null && a.clientFailed === null);
        if (open && pattern.component !== 'kubelet') open.runtimeFailed = event.ms;
      }
    }
  }

  /** A failed stop that names the pod, perhaps the container's name, but no id. */
  function podFailed(event: TimedEvent): void {
    const last = lastFailure.get(event.node);
    const { captures } = event.event;
    const pod = identities.podRefOf(captures);
    if (last !== undefined && event.ms - last.ms <= SAME_FAILURE_MS) {
      const known = identities.podOf(last.subject);
      if (known === null || pod === null || identities.samePod(known, pod)) {
        // The same failure told again, one level up: that is how the container's pod is learned.
        identities.note({ ...captures, container: last.subject.id });
        if (!last.byNetwork) stopLine(last.subject, event, true);
        return;
      }
    }
    const name = captures.containerName;
    const candidates = pod !== null && name !== undefined ? identities.containersNamed(pod, name) : [];
    if (candidates.length === 1) stopLine(candidates[0] as Subject, event, true);
    else nodes.signal('runtime-timeout', event);
  }

  function exit(subject: Subject | null, event: TimedEvent): void {
    if (subject === null) return;
    const episode = store.latest(subject);
    recentExit.set(subject.key, event.ms);
    if (episode === null || !isOpen(episode)) return;
    bookExit(episode, event, limits);
    open.delete(episode);
    changed.add(episode);
  }

  function withdraw(episode: StopEpisode, event: TimedEvent): void {
    if (withdrawExit(episode, event, limits)) open.add(episode);
  }

  /** dockerd <= 19.03 names no container when one exits. */
  function anonymousExit(event: TimedEvent): void {
    const ofDockerd = open.recent(event.node).filter((e) => isOpen(e) && e.components.has('dockerd'));
    const lone = ofDockerd.find((episode) => isLoneForce(episode, event.ms));
    if (lone !== undefined) {
      bookExit(lone, event, limits, true);
      open.delete(lone);
      changed.add(lone);
      return;
    }
    for (const episode of ofDockerd) settleTentative(episode, event.ms);
    const proven = ofDockerd.filter(
      (episode) => episode.end === null && (episode.firstFailureMs !== null || episode.olderAttempts > 0),
    );
    const only = proven[0];
    if (proven.length !== 1 || only === undefined || only.tentativeExit !== null) return;
    only.tentativeExit = event.at;
    only.proofDropped += addProof(only.proof, proofOf(event, limits), limits);
    changed.add(only);
  }

  function endAll(node: string, event: TimedEvent): void {
    for (const episode of open.take(node)) {
      if (!isOpen(episode)) continue;
      episode.end = { by: 'reboot', at: event.at };
      changed.add(episode);
    }
    nodes.reboot(event);
  }

  const causeOfMeaning: Partial<Record<Meaning, NamedCause['cause']>> = {
    'process-zombie': 'zombie',
    'shim-hung': 'shim-hung',
    'exit-lost': 'exit-lost',
    'signal-denied': 'signal-denied',
  };

  function push(event: TimedEvent): void {
    if (isCopy(event)) return;
    const { captures, pattern } = event.event;
    const { means } = pattern;
    facts.seeHost(event.node);
    if (event.ms > (watermark.get(event.node) ?? Number.NEGATIVE_INFINITY)) advance(event.node, event.ms);
    const isExit = pattern.role === 'resolution';
    // A healthy node's exits are the most common lines of all: they need not be remembered.
    if (!isExit) identities.note(captures);
    bookFact(facts, event, identities, limits);
    const subject = subjectOf(captures, isExit);
    switch (means) {
      case 'stop-requested':
        // A sandbox is asked to stop again and again while its network hangs: only failures count for it.
        if (subject && captures.container !== undefined) stopLine(subject, event);
        return;
      case 'stop-forced':
      case 'kill-sent':
      case 'kill-survived':
      case 'stop-skipped':
        if (subject) stopLine(subject, event);
        return;
      case 'no-exit-event':
        if (subject) stopLine(subject, event, true);
        return;
      case 'stop-failed':
      case 'sandbox-stop-failed':
        stopFailed(event);
        return;
      case 'pod-stop-failed':
        if (captures.container !== undefined) stopFailed(event);
        else if (classifyStopError(captures.error) === 'deadline') podFailed(event);
        return;
      case 'short-client-deadline': {
        const call =
          subject &&
          store
            .latest(subject)
            ?.attempts.findLast(
              (a) => a.clientFailed !== null && Math.abs(event.ms - a.clientFailed) <= SAME_FAILURE_MS,
            );
        if (call) call.shortDeadline = true;
        return;
      }
      case 'process-unkillable':
        if (subject) {
          stopLine(subject, event);
          addCause(subject, 'd-state', event);
        }
        return;
      case 'process-zombie':
      case 'shim-hung':
      case 'signal-denied':
        if (subject) addCause(subject, causeOfMeaning[means] as NamedCause['cause'], event);
        return;
      case 'exit-lost':
        if (subject) {
          const episode = store.latest(subject);
          if (episode) withdraw(episode, event);
          addCause(subject, 'exit-lost', event);
        }
        return;
      case 'shim-cleanup-failed': {
        const episode = subject && store.latest(subject);
        if (episode) {
          withdraw(episode, event);
          changed.add(episode);
        }
        return;
      }
      case 'process-gone':
        processGone(subject, event);
        return;
      case 'oom-killed': {
        const victim = containerInCgroup(captures, identities);
        if (victim) addCause(victim, 'oom', event);
        return;
      }
      case 'stop-called':
      case 'debug-level': {
        const episode = subject && store.latest(subject);
        if (episode) bookDebug(episode, event.ms);
        return;
      }
      case 'exited':
      case 'stop-succeeded':
      case 'removed':
        exit(subject, event);
        return;
      case 'exited-anonymously':
        anonymousExit(event);
        return;
      case 'removal-requested': {
        const episode = subject && store.latest(subject);
        if (episode && episode.end === null && episode.tentativeExit === null) {
          episode.end = { by: 'removal-asked', at: event.at };
          episode.proofDropped += addProof(episode.proof, proofOf(event, limits), limits);
          changed.add(episode);
        }
        return;
      }
      case 'linked':
        if (subject && links.get(subject) === undefined && identities.podRefOf(captures) !== null) {
          links.set(subject, proofOf(event, limits));
        }
        return;
      case 'network-teardown-failed':
        if (subject) networkTrouble.set(subject.key, event.ms);
        return;
      case 'rebooted':
        endAll(event.node, event);
        return;
      case 'lines-lost':
        suppressed += Math.min(Number.parseInt(captures.count ?? '0', 10) || 0, 1e12);
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
        nodes.note(means, event);
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

  function processGone(subject: Subject | null, event: TimedEvent): void {
    if (subject !== null) {
      const episode = store.latest(subject);
      if (episode && bookGone(episode, event, limits)) addCause(subject, 'exit-lost', event);
      return;
    }
    // The debug line gives a pid only, right behind the direct-SIGKILL line of the container it speaks of.
    for (const episode of open.recent(event.node)) {
      if (!bookGone(episode, event, limits)) continue;
      identities.note({ container: episode.subject.id, ...event.event.captures });
      addCause(episode.subject, 'exit-lost', event);
      return;
    }
  }

  function advance(node: string, ms: number): void {
    if (watermark.size >= 1024 && !watermark.has(node)) return;
    watermark.set(node, ms);
    nodes.advance(node, ms);
  }

  return {
    push,
    advance(node, ms) {
      if (ms > (watermark.get(node) ?? Number.NEGATIVE_INFINITY)) advance(node, ms);
    },
    takeChanged() {
      const out = [...changed];
      changed.clear();
      return out;
    },
    all: () => store.all(),
    causesOf: (subject) => causes.get(subject) ?? [],
    linkOf: (subject) => links.get(subject) ?? null,
    nowOf(node) {
      let now = Number.NEGATIVE_INFINITY;
      for (const [name, ms] of watermark) if (facts.same(name, node)) now = Math.max(now, ms);
      return now;
    },
    facts,
    identities,
    get suppressed() {
      return suppressed;
    },
    get evicted() {
      return store.evicted + identities.counts.evicted;
    },
  };
}
