/**
 * What failed stop calls mean: a deadline is the container's, a lost connection the runtime's, "not found" an
 * end, and an error of the network plugin a healthy stop. Lines that name only the pod are led to its container.
 */
import type { EpisodeStore } from './episode-store.js';
import type { Identities, Subject } from './identity.js';
import type { NodeEpisodes } from './node-episodes.js';
import { createRecent } from './recent.js';
import type { StopBook } from './stop-book.js';
import { classifyStopError } from './stop-error.js';
import type { TimedEvent } from './types.js';
import type { Undo } from './undo.js';

/** Lines of one failed stop that name only the pod follow the one that names the container at once. */
const SAME_FAILURE_MS = 5_000;
/** A teardown that failed this long ago explains why the sandbox does not stop. */
const TEARDOWN_MS = 600_000;
const REMEMBERED = 4096;

export interface StopFailures {
  stopFailed(event: TimedEvent): void;
  /** A failed stop that names the pod, perhaps the container's name, but no id. */
  podFailed(event: TimedEvent): void;
  networkFailed(subject: Subject, event: TimedEvent): void;
  /** crictl or the like gave up by itself: the failure that was just booked proves nothing. */
  shortDeadline(subject: Subject, event: TimedEvent): void;
}

export interface StopFailuresOptions {
  readonly store: EpisodeStore;
  readonly identities: Identities;
  readonly nodes: NodeEpisodes;
  readonly book: StopBook;
  readonly undo: Undo;
}

export interface StopFailuresMemory {
  /** When a teardown last failed, float ms, by the key of the container or sandbox. */
  readonly networkTrouble: Map<string, number>;
  /** The last stop that ran into its deadline, by node. */
  readonly lastFailure: Map<
    string,
    { readonly subject: Subject; readonly ms: number; readonly byNetwork: boolean }
  >;
}

export function newStopFailuresMemory(): StopFailuresMemory {
  return { networkTrouble: new Map(), lastFailure: new Map() };
}

export function createStopFailures(
  { store, identities, nodes, book, undo }: StopFailuresOptions,
  memory: StopFailuresMemory = newStopFailuresMemory(),
): StopFailures {
  const networkTrouble = createRecent(REMEMBERED, memory.networkTrouble, undo);
  const lastFailure = createRecent(REMEMBERED, memory.lastFailure, undo);

  function stopFailed(event: TimedEvent): void {
    const { captures, pattern } = event.event;
    const kind = classifyStopError(captures.error);
    const named = captures.container ?? captures.sandbox;
    const subject = named === undefined ? null : identities.subject(named);
    if (subject === null) {
      podFailed(event);
      return;
    }
    switch (kind) {
      case 'network': {
        networkTrouble.set(subject.key, event.ms);
        const call = store.latest(subject)?.attempts.at(-1);
        if (call === undefined) return;
        undo.fields(call);
        call.networkFailed ??= event.ms;
        return;
      }
      case 'not-found':
        book.exit(subject, event);
        return;
      case 'denied':
        book.addCause(subject, 'signal-denied', event);
        return;
      case 'deadline': {
        const teardown = networkTrouble.get(subject.key);
        const bySandbox = captures.container === undefined;
        const byNetwork = bySandbox && teardown !== undefined && event.ms - teardown < TEARDOWN_MS;
        lastFailure.set(event.node, { subject, ms: event.ms, byNetwork });
        if (byNetwork) return;
        book.stopLine(subject, event, true);
        return;
      }
      default: {
        // A restart of the runtime: ends the call, proves nothing.
        const open = store
          .latest(subject)
          ?.attempts.findLast((a) => a.runtimeFailed === null && a.clientFailed === null);
        if (open === undefined || pattern.component === 'kubelet') return;
        undo.fields(open);
        open.runtimeFailed = event.ms;
      }
    }
  }

  function podFailed(event: TimedEvent): void {
    if (classifyStopError(event.event.captures.error) !== 'deadline') return;
    const last = lastFailure.get(event.node);
    const { captures } = event.event;
    const pod = identities.podRefOf(captures);
    if (last !== undefined && event.ms - last.ms <= SAME_FAILURE_MS) {
      const known = identities.podOf(last.subject);
      if (known === null || pod === null || identities.samePod(known, pod)) {
        // The same failure told again, one level up: that is how the container's pod is learned.
        identities.note({ ...captures, container: last.subject.id });
        if (!last.byNetwork) book.stopLine(last.subject, event, true);
        return;
      }
    }
    const name = captures.containerName;
    const candidates = pod !== null && name !== undefined ? identities.containersNamed(pod, name) : [];
    if (candidates.length === 1) book.stopLine(candidates[0] as Subject, event, true);
    else nodes.signal('runtime-timeout', event);
  }

  return {
    stopFailed,
    podFailed,
    networkFailed: (subject, event) => networkTrouble.set(subject.key, event.ms),
    shortDeadline(subject, event) {
      const call = store
        .latest(subject)
        ?.attempts.findLast(
          (a) => a.clientFailed !== null && Math.abs(event.ms - a.clientFailed) <= SAME_FAILURE_MS,
        );
      if (call === undefined) return;
      undo.fields(call);
      call.shortDeadline = true;
    },
  };
}
