/**
 * Makes a text of what a file holds that nobody knew, or that goes on after it was over; and says where the reading of
 * it begins.
 */
import { NEVER_READ } from './explained.js';
import type { OpenFile } from './follow-fs.js';
import type { Following } from './following.js';
import type { Group } from './group.js';
import { gzipRest } from './gzip-text.js';
import type { Member } from './members.js';
import type { Plan } from './plan.js';
import { lastLineStart } from './start-position.js';
import { newTail, type Tail } from './tail.js';
import { endOf } from './text-end.js';
import { beforeOf, type Head } from './text-mark.js';
import type { FollowOptions } from './types.js';
import { isSameFile, openSame, type View } from './view.js';

export interface Beginnings {
  /** A text that nobody knew. Null where it is not to be read. */
  begin(
    group: Group,
    view: View,
    plan: Plan,
    member: Member,
    head: Head,
    packed: boolean,
  ): Promise<Tail | null>;
  /** Somebody wrote to a text that was over. */
  revive(view: View, plan: Plan, tail: Tail, member: Member): Promise<Tail>;
  /** What is known of a copy: nothing of it is to be read. */
  copyOf(view: View, group: Group, original: Tail, member: Member, head: Head): Promise<Tail>;
}

export function createBeginnings(following: Following, from: NonNullable<FollowOptions['from']>): Beginnings {
  /** What every text of a member has. */
  const textIn = (group: Group, { path, status }: Member, head: Head) => ({
    key: following.newKey(),
    name: nameOf(group),
    target: targetOf(group),
    group,
    identity: status,
    modified: status.modified,
    head,
    path,
    active: following.now(),
  });

  const copyOf = async (
    view: View,
    group: Group,
    { key }: Tail,
    member: Member,
    head: Head,
  ): Promise<Tail> => {
    const { last, length } = await endOf(view, member);
    return newTail({
      ...textIn(group, member, head),
      offset: length,
      before: last,
      copyOf: key,
    });
  };

  const revive = async (view: View, plan: Plan, tail: Tail, member: Member): Promise<Tail> => {
    const packed = (await view.content(member))?.packed != null;
    let { before, offset } = tail;
    // Nothing was given out of a copy: its last line is read whole.
    if (tail.copyOf !== null && !packed) {
      const file = await view.file(member);
      offset = Math.max(tail.head.at ?? 0, await lastLineStart(file, offset));
      before = await beforeOf(file, offset, tail.head.at);
    }
    const again = newTail({
      ...tail,
      offset,
      before,
      textAt: -1,
      zerosTo: -1,
      unfinished: 0,
      key: following.newKey(),
      identity: member.status,
      stage: member.live ? 'live' : 'left',
      path: member.path,
      startLine: null,
      source: null,
      resumed: false,
      due: true,
      hungry: true,
      caughtUp: false,
      active: following.now(),
      copyOf: null,
    });
    if (packed) await unpack(again, member);
    else again.file = await view.file(member);
    plan.revived.set(tail, again);
    plan.begun.push({ tail: again, member });
    plan.hosted.set(member, again);
    return again;
  };

  /** With a descriptor of its own, because it is read from its start again. */
  const unpack = async (tail: Tail, member: Member): Promise<void> => {
    const file = await openSame(following.open, member.path, member.status);
    const chunks = gzipRest(member.path, file, tail.offset, following.signal);
    Object.assign(tail, { file, chunks, stage: 'left', seen: member.status, due: false });
  };

  const begin = async (
    group: Group,
    view: View,
    plan: Plan,
    member: Member,
    head: Head,
    packed: boolean,
  ): Promise<Tail | null> => {
    const { status } = member;
    const file = await view.file(member);
    const start = await startOf(group, member, file, head, packed);
    const tail = newTail({
      ...textIn(group, member, head),
      offset: start.offset,
      before: packed ? new Uint8Array(0) : await beforeOf(file, start.offset, head.at),
      startLine: start.offset === head.at ? 0 : null,
      stage: member.live ? 'live' : 'left',
      wasLive: member.live,
    });
    if (!start.wanted) {
      plan.passed.push(tail);
      return null;
    }
    if (packed) await unpack(tail, member);
    else Object.assign(tail, { file, seen: status, hungry: status.size > start.offset });
    plan.begun.push({ tail, member });
    plan.hosted.set(member, tail);
    return tail;
  };

  /** Where the reading of a file begins that nobody knew. What was not there before is read from its start. */
  const startOf = async (
    group: Group,
    { live, path, status }: Member,
    file: OpenFile,
    { at }: Head,
    packed: boolean,
  ): Promise<{ readonly offset: number; readonly wanted: boolean }> => {
    // Known by the file: its name may have been given to another one since.
    const atStart = [...group.paths].flatMap(({ atStart: found }) =>
      found !== null && isSameFile(found, status) ? [found.size] : [],
    );
    const isOld = live ? atStart.length > 0 : group.first;
    if (!isOld) return { offset: at, wanted: true };
    const isNamed = live || atStart.length > 0 || [...group.paths].some(({ real }) => real === path);
    const isAsked = isNamed || typeof from === 'object';
    if (from === 'start' && isAsked) return { offset: at, wanted: true };
    if (typeof from === 'object' && status.modified >= from.sinceMs) return { offset: at, wanted: true };
    if (packed) return { offset: NEVER_READ, wanted: false };
    // It may have been the log when the run began: what came since then is read.
    const isLonger = atStart.some((size) => size < status.size);
    if (!live && !isLonger) return { offset: status.size, wanted: false };
    const offset = await lastLineStart(file, Math.min(...atStart, status.size));
    return { offset: Math.max(at, offset), wanted: true };
  };

  return { begin, copyOf, revive };
}

function nameOf(group: Group): string {
  return [...group.paths].find(({ real }) => real === group.live)?.path ?? group.name;
}

function targetOf(group: Group): string | null {
  return nameOf(group) === group.live ? null : group.live;
}
