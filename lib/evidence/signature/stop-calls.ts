/**
 * The stop calls that a dump of dockerd shows: which hang for ever, which are still young, which hold the lock
 * of their container or wait for it. Signatures say what the stacks look like; this puts the calls of one
 * container together by the pointers that their frames carry, and holds each wait against its own time-out.
 */

import type { GoroutineMember, GoroutineProfile } from '../types.js';
import { matchingGroups, type Signature } from './signature.js';

export interface StopCalls {
  /** Parked in Kill, or in the stop time-out long after its end: for ever where the daemon is old enough. */
  readonly hung: number;
  /** Of these the ones behind their SIGKILL. */
  readonly killed: number;
  /** In a wait that ends: stop time-out, direct SIGKILL. */
  readonly young: number;
  /** Waiting for the container's lock. */
  readonly locked: number;
  /** Holding that lock while containerd does not answer. */
  readonly holding: number;
  /** Calls of ps and inspect that wait for the lock; they stop nothing. */
  readonly waiters: number;
  /** Longest wait of the hung ones; null where no form states it, or all are below a minute. */
  readonly hungMinutes: number | null;
  readonly youngMinutes: number | null;
  /** Of those that wait for the lock and those that hold it. */
  readonly lockedMinutes: number | null;
  /** Longest wait that only a dockerd up to 20.10.9 can have: in Kill, or beyond a time-out that is stated. */
  readonly unboundedMinutes: number | null;
  /** Containers as far as addresses tell them apart; 0 where the form states none. */
  readonly containers: number;
  /** Most calls in Kill for one container, by its address. */
  readonly mostKilled: number;
  /** Calls in Kill whose container no address tells. */
  readonly killedUnnamed: number;
  /** A wait inside the direct SIGKILL is there: only dockerd up to 20.10.9 has one. */
  readonly oldGeneration: boolean;
}

const WAYS = {
  'stop-calls-hung': 'hung',
  'stop-calls-young': 'young',
  'stop-calls-locked': 'locked',
  'stop-lock-holders': 'holding',
  'lock-waiters': 'waiters',
} as const;
type Way = (typeof WAYS)[keyof typeof WAYS];

const CONTAINERS = 256;
/** Frames whose arguments hold the container's address, the most telling first. */
const CARRIERS = [/\.containerStop$/, /\.\(\*Daemon\)\.Kill$/, /killProcessDirectly$/, /killWithSignal$/];
/** Frames whose first argument is the lock itself, which has an address of its own. */
const LOCKS = [/\.\(\*State\)\.\w+$/, /\bsync\.\(\*Mutex\)\.lockSlow$/, /\bsync\.\(\*Mutex\)\.Lock$/];
const STOP = /\.\(\*Daemon\)\.containerStop$/;
const DIRECT_KILL = /\bkillProcessDirectly$/;
/** A wait this much longer than its time-out does not end by itself. */
const OVERDUE_MINUTES = 1;
/** The same where no argument states the time-out. */
const OVERDUE_UNSTATED_MINUTES = 60;

export function stopCallsOf(profile: GoroutineProfile, signatures: Iterable<Signature>): StopCalls | null {
  const total: Record<Way, number> = { hung: 0, young: 0, locked: 0, holding: 0, waiters: 0 };
  const minutes: Record<Way | 'unbounded', number | null> = {
    hung: null,
    young: null,
    locked: null,
    holding: null,
    waiters: null,
    unbounded: null,
  };
  const killedOf = createTally();
  const containers = createTally();
  const locks = createTally();
  let killed = 0;
  let killedUnnamed = 0;
  let oldGeneration = false;

  function count(way: Way, member: GoroutineMember): void {
    total[way] += 1;
    minutes[way] = longer(minutes[way], member.waitMinutes);
    if (way === 'waiters') return;
    if (way === 'locked') locks.add(lockOf(member));
    else containers.add(containerOf(member));
  }

  for (const signature of signatures) {
    const way = WAYS[signature.id as keyof typeof WAYS];
    if (way === undefined) continue;
    for (const group of matchingGroups(signature, profile)) {
      const isOldKill = way === 'young' && group.frames.some((frame) => DIRECT_KILL.test(frame.function));
      const isStop = way === 'young' && !isOldKill && group.frames.some(({ function: f }) => STOP.test(f));
      oldGeneration ||= isOldKill;
      for (const member of group.members) {
        const overdue = isStop ? overdueOf(member) : null;
        count(overdue === null ? way : 'hung', member);
        if (way === 'hung') {
          if (!killedOf.add(containerOf(member))) killedUnnamed += 1;
        }
        if (way === 'hung' || overdue === 'stated')
          minutes.unbounded = longer(minutes.unbounded, member.waitMinutes);
      }
      const rest = group.count - group.members.length;
      total[way] += rest;
      if (way === 'hung') {
        killed += group.count;
        killedUnnamed += rest;
      }
      // Beyond the cap on members only the longest wait of the group is known.
      if (rest === 0) continue;
      minutes[way] = longer(minutes[way], group.longestMinutes);
      if (way === 'hung') minutes.unbounded = longer(minutes.unbounded, group.longestMinutes);
    }
  }
  if (total.hung + total.young + total.locked + total.holding + total.waiters === 0) return null;
  return {
    ...total,
    killed,
    hungMinutes: minutes.hung,
    youngMinutes: minutes.young,
    lockedMinutes: longer(minutes.locked, minutes.holding),
    unboundedMinutes: minutes.unbounded,
    containers: Math.max(containers.size, locks.size),
    mostKilled: killedOf.most,
    killedUnnamed,
    oldGeneration,
  };
}

interface Tally {
  /** False where nothing is named, or too many things are. */
  add(name: string | null): boolean;
  readonly size: number;
  readonly most: number;
}

function createTally(): Tally {
  const counts = new Map<string, number>();
  return {
    add(name) {
      if (name === null || (counts.size >= CONTAINERS && !counts.has(name))) return false;
      counts.set(name, (counts.get(name) ?? 0) + 1);
      return true;
    },
    get size() {
      return counts.size;
    },
    get most() {
      return Math.max(0, ...counts.values());
    },
  };
}

function longer(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}

/** Whether a call waits longer than its stop time-out can make it, and whether its arguments state that time-out. */
function overdueOf({ args, waitMinutes }: GoroutineMember): 'stated' | 'unstated' | null {
  if (waitMinutes === null) return null;
  const stop = Object.entries(args).find(([name]) => STOP.test(name))?.[1] ?? '';
  // Up to 20.10: daemon, container, seconds. Later ones hand over a structure.
  const seconds = /^\(?0x[0-9a-f]{1,16}, 0x[0-9a-f]{1,16}, 0x([0-9a-f]{1,16})(?=[,)]|$)/.exec(stop)?.[1];
  if (seconds === undefined) return waitMinutes > OVERDUE_UNSTATED_MINUTES ? 'unstated' : null;
  // A negative time-out is a wait without an end that was asked for.
  const grace = seconds.length > 8 ? Number.POSITIVE_INFINITY : Number.parseInt(seconds, 16);
  return waitMinutes > grace / 60 + OVERDUE_MINUTES ? 'stated' : null;
}

/** The first pointer behind the receiver that is stated without doubt (`?` marks a stale register). */
function containerOf(member: GoroutineMember): string | null {
  for (const carrier of CARRIERS) {
    const entry = Object.entries(member.args).find(([name]) => carrier.test(name));
    if (entry === undefined) continue;
    const receiver = /^\(?[^,]*,/.exec(entry[1]);
    if (receiver === null) continue;
    const flat = entry[1].slice(receiver[0].length).replace(/\{[^{}]*\}/g, '');
    const pointer = POINTER.exec(flat);
    if (pointer !== null) return pointer[0];
  }
  return null;
}

const POINTER = /\b0xc[0-9a-f]{6,15}\b(?!\?)/;

function lockOf(member: GoroutineMember): string | null {
  for (const carrier of LOCKS) {
    const entry = Object.entries(member.args).find(([name]) => carrier.test(name));
    const pointer = entry === undefined ? null : POINTER.exec(entry[1].split(',', 1)[0] ?? '');
    if (pointer !== null) return pointer[0];
  }
  return null;
}
