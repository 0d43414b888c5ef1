/**
 * What a goroutine dump of dockerd says of stop calls: how many hang for ever, how many are still young, and to
 * which container's incident it belongs. A dump names no container, only its address, so it is tied to one only
 * where nothing else can be meant.
 */
import type { Correlator } from '../correlate/correlate.js';
import type { DaemonEpisode, Proof, StopEpisode } from '../correlate/types.js';
import type { Digest } from '../evidence/signature/digest.js';
import { speaking } from '../evidence/signature/speaking.js';
import type { Runtime } from './versions.js';

export interface StopDump {
  readonly digest: Digest;
  /** Calls that wait without a limit: what they hold stays. */
  readonly hung: number;
  /** Calls in a wait that ends by itself. */
  readonly young: number;
  /** Calls that wait for the container's lock: they hold one goroutine and one socket each. */
  readonly locked: number;
  readonly containers: number;
  readonly longestMinutes: number | null;
}

/** A bounded wait in Kill lasts 10 s: a minute in it is a wait without a limit. */
const UNBOUNDED_MINUTES = 1;
/** Waits of 10 s that overlap, of one caller after the other: never this many of one container. */
const NEVER_BOUNDED = 4;

/** Reads the digest of a dump; `runtime` tells which dockerd it is of, where anything does. */
export function stopDump(digest: Digest, runtime: Runtime): StopDump {
  const calls = digest.stopCalls;
  const hung = calls?.hung ?? 0;
  const isUnbounded =
    calls?.oldGeneration === true ||
    runtime.generation === 1 ||
    (calls?.longestMinutes ?? 0) >= UNBOUNDED_MINUTES ||
    (runtime.generation === 0 && hung >= NEVER_BOUNDED);
  const isBounded = runtime.generation === 2 || !isUnbounded;
  return {
    digest,
    hung: isBounded ? 0 : hung,
    young: (calls?.young ?? 0) + (isBounded ? hung : 0),
    locked: calls?.locked ?? 0,
    containers: calls?.containers.length ?? 0,
    longestMinutes: calls?.longestMinutes ?? null,
  };
}

/** Facts for the rules; all null without a dump. `dumpKilled`: calls behind their SIGKILL. */
export function dumpFacts(dump: StopDump | null): Readonly<Record<string, number | null>> {
  return {
    dumps: dump === null ? 0 : 1,
    dumpHung: dump?.hung ?? null,
    dumpYoung: dump?.young ?? null,
    dumpLocked: dump?.locked ?? null,
    dumpKilled: dump === null ? null : (dump.digest.stopCalls?.hung ?? 0),
    dumpMinutes: dump?.longestMinutes ?? null,
  };
}

/** The line of the dump that shows it. */
export function dumpProof({ digest }: StopDump): Proof {
  const value = [...digest.values.values()].find((v) => v.value > 0);
  return {
    at: digest.ms === null ? null : { ms: Math.floor(digest.ms), nanos: 0, digits: 3 },
    source: digest.source,
    line: value?.line ?? digest.line,
    text: (value?.text ?? digest.text).slice(0, 1024),
    pattern: 'evidence.goroutines',
    component: 'dockerd',
  };
}

/** The dump that speaks of this container's calls, or of every container's where it shows none. */
export function dumpOf(episode: StopEpisode, runtime: Runtime, correlator: Correlator): StopDump | null {
  if (runtime.runtime !== 'docker') return null;
  const dump = latestDump(episode, correlator);
  if (dump === null) return null;
  const calls = dump.stopCalls;
  if (calls !== null && (calls.containers.length > 1 || candidates(episode.node, correlator).length !== 1))
    return null;
  return stopDump(dump, runtime);
}

/** True where the calls of a dump are told with the one container that they can be of. */
export function isTold(episode: DaemonEpisode, correlator: Correlator): boolean {
  const open = candidates(episode.node, correlator);
  const [only] = open;
  if (only === undefined || open.length > 1) return false;
  const calls = latestDump(only, correlator)?.stopCalls;
  return calls !== null && calls !== undefined && calls.containers.length <= 1;
}

function latestDump(episode: StopEpisode, correlator: Correlator): Digest | null {
  const endMs = episode.end === null ? Number.POSITIVE_INFINITY : correlator.nowOf(episode.node);
  const dumps = correlator.evidence
    .of(episode.node, 'goroutines', 'dockerd')
    .filter(({ ms }) => ms === null || (ms >= episode.firstMs && ms <= endMs));
  return speaking(dumps, callsIn) ?? null;
}

/** Calls that a dump shows, the hung ones first of all. */
export function callsIn({ stopCalls }: Digest): number {
  return stopCalls === null ? 0 : stopCalls.hung + stopCalls.locked + stopCalls.young / 1000;
}

/**
 * Containers of the node whose calls a dump could show: dockerd forced or failed to stop them. Of those that ended
 * only where none is left, since a dump may state no time.
 */
function candidates(node: string, correlator: Correlator): readonly StopEpisode[] {
  const all: StopEpisode[] = [];
  for (const episode of correlator.all()) {
    if (episode.kind !== 'stop' || !correlator.facts.same(episode.node, node)) continue;
    if (episode.firstFailureMs !== null || episode.attempts.some((call) => call.forced !== null))
      all.push(episode);
  }
  const open = all.filter(({ end }) => end === null);
  return open.length > 0 ? open : all;
}
