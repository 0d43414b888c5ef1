/**
 * The stop calls that a dump of dockerd shows, by container: which hang for ever, which are still young, which
 * wait for the container's lock. Signatures say what the stacks look like; this puts the calls of one container
 * together by the pointer that their frames carry.
 */

import type { GoroutineMember, GoroutineProfile } from '../types.js';
import { matchingGroups, type Signature } from './signature.js';

/** Stop calls of one container. */
export interface ContainerCalls {
  /** Address of the container in the daemon's memory, null where the dump states no arguments. */
  readonly pointer: string | null;
  /** Parked in Kill; for ever where the daemon is old enough, for seconds where it is not. */
  hung: number;
  /** In a wait that ends: stop time-out, direct SIGKILL. */
  young: number;
  /** Waiting for the container's lock, which a hung shim holds. */
  locked: number;
  longestMinutes: number | null;
}

export interface StopCalls {
  /** By falling number of calls; at most 256. */
  readonly containers: readonly ContainerCalls[];
  readonly hung: number;
  readonly young: number;
  readonly locked: number;
  readonly longestMinutes: number | null;
  /** A wait inside the direct SIGKILL is there: only dockerd up to 20.10.9 has one. */
  readonly oldGeneration: boolean;
}

const WAYS = {
  'stop-calls-hung': 'hung',
  'stop-calls-young': 'young',
  'stop-calls-locked': 'locked',
} as const;
const CONTAINERS = 256;
/** Frames whose arguments hold the container's address, the most telling first. */
const CARRIERS = [/\.containerStop$/, /\.\(\*Daemon\)\.Kill$/, /killProcessDirectly$/, /killWithSignal$/];
const DIRECT_KILL = /\bkillProcessDirectly$/;

export function stopCallsOf(profile: GoroutineProfile, signatures: Iterable<Signature>): StopCalls | null {
  const containers = new Map<string | null, ContainerCalls>();
  const total = { hung: 0, young: 0, locked: 0 };
  let longestMinutes: number | null = null;
  let oldGeneration = false;
  const callsOf = (pointer: string | null): ContainerCalls => {
    // Beyond the cap they are counted without their container.
    const isNew = pointer !== null && !containers.has(pointer);
    const key = isNew && containers.size >= CONTAINERS ? null : pointer;
    let calls = containers.get(key);
    if (calls === undefined) {
      calls = { pointer: key, hung: 0, young: 0, locked: 0, longestMinutes: null };
      containers.set(key, calls);
    }
    return calls;
  };
  for (const signature of signatures) {
    const way = WAYS[signature.id as keyof typeof WAYS];
    if (way === undefined) continue;
    for (const group of matchingGroups(signature, profile)) {
      if (way === 'young' && group.frames.some((frame) => DIRECT_KILL.test(frame.function)))
        oldGeneration = true;
      total[way] += group.count;
      longestMinutes = longer(longestMinutes, group.longestMinutes);
      for (const member of group.members) {
        const calls = callsOf(pointerOf(member));
        calls[way] += 1;
        calls.longestMinutes = longer(calls.longestMinutes, member.waitMinutes);
      }
      const rest = group.count - group.members.length;
      if (rest > 0) callsOf(null)[way] += rest;
    }
  }
  if (total.hung + total.young + total.locked === 0) return null;
  return {
    containers: [...containers.values()].toSorted((a, b) => sum(b) - sum(a)),
    ...total,
    longestMinutes,
    oldGeneration,
  };
}

function sum(calls: ContainerCalls): number {
  return calls.hung + calls.young + calls.locked;
}

function longer(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}

/** The first pointer behind the receiver that is stated without doubt (`?` marks a stale register). */
function pointerOf(member: GoroutineMember): string | null {
  for (const carrier of CARRIERS) {
    const entry = Object.entries(member.args).find(([name]) => carrier.test(name));
    if (entry === undefined) continue;
    const receiver = /^\(?[^,]*,/.exec(entry[1]);
    if (receiver === null) continue;
    const flat = entry[1].slice(receiver[0].length).replace(/\{[^{}]*\}/g, '');
    const pointer = /\b0xc[0-9a-f]{6,15}\b(?!\?)/.exec(flat);
    if (pointer !== null) return pointer[0];
  }
  return null;
}
