/**
 * What a goroutine dump of dockerd says of stop calls: how many hang for ever, how many are still young, how many
 * stand at a container's lock. Rules compare it as facts; which container it speaks of is told elsewhere.
 */
import type { Proof } from '../correlate/types.js';
import type { Digest } from '../evidence/signature/digest.js';
import type { Affected } from './types.js';
import type { Runtime } from './versions.js';

export interface StopDump {
  readonly digest: Digest;
  /** Calls that wait without a limit: what they hold stays. */
  readonly hung: number;
  /** Calls in a wait that ends by itself. */
  readonly young: number;
  /** Calls that wait for the container's lock or hold it: they keep one goroutine and one socket each. */
  readonly locked: number;
  /** Of these the ones that hold it while containerd does not answer. */
  readonly holding: number;
  /** Calls of ps and inspect behind them. */
  readonly waiters: number;
  /** Containers as far as addresses tell them apart; 0 where the form states none. */
  readonly containers: number;
  readonly hungMinutes: number | null;
  /** The version that the input states has no such wait: it is not the one that was dumped. */
  readonly contradictsVersion: boolean;
}

/** A bounded wait in Kill lasts 10 s: a minute in it is a wait without a limit. */
const UNBOUNDED_MINUTES = 1;
/** Waits of 10 s that overlap, of one caller after the other: never this many of one container. */
const NEVER_BOUNDED = 4;
/** The same of all containers, where no address tells one from the other. */
const NEVER_BOUNDED_IN_ALL = 8;

/** Reads the digest of a dump; `runtime` tells which dockerd it is of, where anything does. */
export function stopDump(digest: Digest, runtime: Runtime): StopDump {
  const calls = digest.stopCalls;
  const hung = calls?.hung ?? 0;
  // No later dockerd waits like this, whatever states a version.
  const isOld = calls?.oldGeneration === true || (calls?.unboundedMinutes ?? 0) >= UNBOUNDED_MINUTES;
  const isTooMany =
    (calls?.mostKilled ?? 0) >= NEVER_BOUNDED || (calls?.killedUnnamed ?? 0) >= NEVER_BOUNDED_IN_ALL;
  const isUnbounded =
    isOld ||
    runtime.generation === 1 ||
    (runtime.generation === 0 && (isTooMany || (calls?.hungMinutes ?? 0) >= UNBOUNDED_MINUTES));
  return {
    digest,
    hung: isUnbounded ? hung : 0,
    young: (calls?.young ?? 0) + (isUnbounded ? 0 : hung),
    locked: (calls?.locked ?? 0) + (calls?.holding ?? 0),
    holding: calls?.holding ?? 0,
    waiters: calls?.waiters ?? 0,
    containers: calls?.containers ?? 0,
    hungMinutes: isUnbounded ? (calls?.hungMinutes ?? null) : null,
    contradictsVersion: isOld && runtime.generation === 2 && hung > 0,
  };
}

/** Facts for the rules; all null without a dump. `dumpKilled`: calls behind their SIGKILL. */
export function dumpFacts(dump: StopDump | null): Readonly<Record<string, number | null>> {
  const calls = dump?.digest.stopCalls;
  return {
    dumps: dump === null ? 0 : 1,
    dumpHung: dump?.hung ?? null,
    dumpYoung: dump?.young ?? null,
    dumpLocked: dump?.locked ?? null,
    dumpHolding: dump?.holding ?? null,
    dumpWaiters: dump?.waiters ?? null,
    dumpKilled: dump === null ? null : (calls?.killed ?? 0),
    dumpHungMinutes: dump?.hungMinutes ?? null,
    dumpYoungMinutes: calls?.youngMinutes ?? null,
    dumpLockedMinutes: calls?.lockedMinutes ?? null,
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

/** Calls that a dump shows, the stuck ones first of all. */
export function callsIn(digest: Digest): number {
  return stuckIn(digest) + (digest.stopCalls?.young ?? 0) / 1000;
}

/** Calls of a dump that hang, or stand at a lock. */
export function stuckIn({ stopCalls }: Digest): number {
  return stopCalls === null ? 0 : stopCalls.hung + stopCalls.locked + stopCalls.holding;
}

export interface DumpVerdict {
  readonly affected: Affected;
  readonly basis: string;
  /** True where a version ends it. */
  readonly isFixed: boolean;
}

/** What the waits themselves tell of the version; null where they tell nothing. */
export function affectedByDump({ hung, locked }: StopDump): DumpVerdict | null {
  if (hung > 0)
    return {
      affected: 'yes',
      basis: 'dockerd < 20.10.10 by its stacks: only there a stop call waits without a limit',
      isFixed: true,
    };
  if (locked > 0)
    return {
      affected: 'yes',
      basis: 'every dockerd up to now holds that lock across a call to containerd',
      isFixed: false,
    };
  return null;
}

/** Sentences that a dump adds beside the rules. */
export function dumpSentences(dump: StopDump, { versions }: Runtime): readonly string[] {
  const { waiters, locked, hung, contradictsVersion } = dump;
  return [
    ...(waiters > 0 && hung + locked > 0
      ? [
          waiters === 1
            ? 'And 1 call of ps or inspect waits behind them'
            : `And ${waiters} calls of ps and inspect wait behind them`,
        ]
      : []),
    ...(contradictsVersion
      ? [
          `The input states dockerd ${versions['dockerd'] ?? '20.10.10 or later'}, which has no such wait: the dump is of another dockerd, most likely of one before it`,
        ]
      : []),
  ];
}
