/**
 * Which incident a goroutine dump belongs to. A dump names no container, only its address, so that it is told
 * with a container of the log only where nothing else can be meant.
 */
import type { Correlator } from '../correlate/correlate.js';
import { msOf } from '../correlate/stop-episodes.js';
import type { DaemonEpisode, StopEpisode } from '../correlate/types.js';
import type { Digest } from '../evidence/signature/digest.js';
import { speaking } from '../evidence/signature/speaking.js';
import { callsIn, type StopDump, stopDump, stuckIn } from './stop-dump.js';
import { type Runtime, runtimeAt } from './versions.js';

/** A dump with what came after it. */
export interface SpeakingDump {
  readonly digest: Digest;
  /** A later dump that shows none of its calls any more. */
  readonly gone: Digest | null;
  /** Float ms of the next start of dockerd: it drops what the calls held. */
  readonly restartMs: number | null;
}

/** The dump of a node that speaks of stop calls; null where none shows any. */
export function speakingDump(
  node: string,
  correlator: Correlator,
  fits: (digest: Digest) => boolean = () => true,
): SpeakingDump | null {
  const dumps = correlator.evidence.of(node, 'goroutines', 'dockerd').filter(fits);
  const latest = speaking(dumps, callsIn);
  if (latest === undefined) return null;
  // The latest one shows none: those before it tell what there was.
  const digest =
    stuckIn(latest) > 0 ? latest : (dumps.findLast((d) => d.ms !== null && stuckIn(d) > 0) ?? latest);
  if (digest === latest && callsIn(latest) === 0) return null;
  return {
    digest,
    gone: digest === latest ? null : (dumps.findLast((d) => d.ms !== null) ?? null),
    restartMs: restartAfter(digest.ms, node, correlator),
  };
}

function restartAfter(ms: number | null, node: string, { facts }: Correlator): number | null {
  if (ms === null) return null;
  const later = facts.restarts.of(node).filter((mark) => mark.product === 'dockerd' && mark.ms > ms);
  return later.length === 0 ? null : Math.min(...later.map((mark) => mark.ms));
}

/** What a dump adds to the incident of a container: calls that it shows, or that none is left. */
export interface TiedDump {
  readonly dump: StopDump;
  /** It is later than the last call of the log and shows none: nothing is held. */
  readonly showsNone: boolean;
}

/** The dump that speaks of this container's calls, or of every container's where it shows none. */
export function dumpOf(episode: StopEpisode, runtime: Runtime, correlator: Correlator): TiedDump | null {
  if (runtime.runtime !== 'docker') return null;
  const dumps = correlator.evidence
    .of(episode.node, 'goroutines', 'dockerd')
    .filter((digest) => isWithin(digest, episode));
  const latest = speaking(dumps, callsIn);
  if (latest === undefined || restartAfter(latest.ms, episode.node, correlator) !== null) return null;
  if (callsIn(latest) === 0) {
    if (episode.end !== null || latest.ms === null || latest.ms <= episode.lastMs) return null;
    return { dump: stopDump(latest, runtime), showsNone: true };
  }
  if ((latest.stopCalls?.containers ?? 0) > 1 || !isOnlyCandidate(episode, correlator)) return null;
  return { dump: stopDump(latest, runtime), showsNone: false };
}

/** True where the calls of this dump are told with the one container that they can be of. */
export function isTold({ digest }: SpeakingDump, { node }: DaemonEpisode, correlator: Correlator): boolean {
  if ((digest.stopCalls?.containers ?? 0) > 1) return false;
  const only = onlyCandidate(node, correlator);
  if (only === null || !isWithin(digest, only)) return false;
  return runtimeAt(correlator.facts, node, only.lastMs, only.subject.runtime).runtime === 'docker';
}

/** An undated dump may be of any time. */
function isWithin({ ms }: Digest, { firstMs, end }: StopEpisode): boolean {
  return ms === null || (ms >= firstMs && (end === null || ms <= msOf(end.at)));
}

/** Containers whose calls a dump could show: dockerd forced or failed to stop them. */
function isCandidate(episode: StopEpisode): boolean {
  return episode.firstFailureMs !== null || episode.attempts.some((call) => call.forced !== null);
}

/** Stops at the second one: asked of every episode, it must not walk over all of them each time. */
function isOnlyCandidate(episode: StopEpisode, correlator: Correlator): boolean {
  if (!isCandidate(episode)) return false;
  for (const other of correlator.all()) {
    if (other === episode || other.kind !== 'stop' || !isCandidate(other)) continue;
    // An ended one is meant only where none is open.
    if (episode.end === null && other.end !== null) continue;
    if (correlator.facts.same(other.node, episode.node)) return false;
  }
  return true;
}

function onlyCandidate(node: string, correlator: Correlator): StopEpisode | null {
  let open: StopEpisode | null = null;
  let ended: StopEpisode | null = null;
  let isOneEnded = true;
  for (const episode of correlator.all()) {
    if (episode.kind !== 'stop' || !isCandidate(episode)) continue;
    if (!correlator.facts.same(episode.node, node)) continue;
    if (episode.end === null) {
      if (open !== null) return null;
      open = episode;
    } else {
      isOneEnded = ended === null;
      ended = episode;
    }
  }
  return open ?? (isOneEnded ? ended : null);
}
