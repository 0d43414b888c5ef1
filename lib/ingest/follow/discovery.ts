/**
 * Tells what the files of a log hold in which no known text is being read: nothing but copies of those that are
 * known, more of one that was over, or a text that is new, and where the reading of that begins.
 */
import { idOf, type OpenFile } from './follow-fs.js';
import type { Following } from './following.js';
import type { Group } from './group.js';
import { gzipTextAfter } from './gzip-text.js';
import type { Member } from './members.js';
import { hostOf, type Plan } from './plan.js';
import { lastLineStart } from './start-position.js';
import { markOf, newTail, type Tail } from './tail.js';
import { beforeOf, type Head, isWholeHead } from './text-mark.js';
import type { FollowOptions } from './types.js';
import { explains, holds, isFileOf, type View } from './view.js';

export interface Discovery {
  /** Puts into the plan what the live path shows, and what the copies hold. Known texts have their places. */
  takeAll(group: Group, view: View, plan: Plan, live: Member | null): Promise<void>;
}

export function createDiscovery(following: Following, from: NonNullable<FollowOptions['from']>): Discovery {
  const { hosts } = following;

  /** What the live log shows where it is no text that is being read. */
  const takeLive = async (group: Group, view: View, plan: Plan, live: Member): Promise<void> => {
    const known = plan.hosted.get(live);
    if (known !== undefined) {
      plan.shows = known;
      return;
    }
    const content = await view.content(live);
    plan.refused = content?.refused ?? null;
    if (content === null || content.head === null) return;
    const other = hosts.get(idOf(live.status));
    if (other !== undefined && other.group !== group && (await holds(view, live, other)) === 'whole') {
      plan.shows = other;
      return;
    }
    for (const tail of group.over.toReversed()) {
      if (content.packed) {
        if ((await explains(view, tail, live, null)) !== 'yes') continue;
        plan.there.add(tail);
        return;
      }
      // Programs that begin with the same lines every time are not one text.
      if (!isFileOf(live.status, tail) && !isWholeHead(tail.head)) continue;
      if ((await holds(view, live, tail)) !== 'whole') continue;
      plan.there.add(tail);
      plan.shows = live.status.size > tail.offset ? await revive(view, plan, tail, live) : tail;
      return;
    }
    plan.shows = await begin(group, view, plan, live, content.head, content.packed);
  };

  /** A rotated copy in which no text is being read. */
  const takeCopy = async (group: Group, view: View, plan: Plan, member: Member): Promise<void> => {
    const content = await view.content(member);
    if (content === null || content.refused !== null) return;
    if (content.head === null) {
      plan.blank.add(member);
      return;
    }
    const reader = hosts.get(idOf(member.status));
    if (reader !== undefined && reader.group !== group && isFileOf(member.status, reader)) return;
    let isKnown = false;
    for (const tail of group.over) {
      const known = await explains(view, tail, member, null);
      if (known === 'no') continue;
      if (known === 'unclear') plan.blank.add(member);
      plan.there.add(tail);
      isKnown = true;
      if (known === 'yes') return;
      if (known !== 'more' || plan.revived.has(tail)) continue;
      await revive(view, plan, tail, member);
      return;
    }
    for (const { tail, host } of await others(group, view, plan)) {
      if (isKnown) return;
      const known = await explains(view, tail, member, host);
      if (known === 'unclear') plan.blank.add(member);
      // Of a text that is read from a compressed copy nobody knows where that ends.
      isKnown = known === 'yes' || known === 'unclear' || (known === 'more' && host === null);
    }
    if (!isKnown) await begin(group, view, plan, member, content.head, content.packed);
  };

  /** Texts that are being read or found just now, with the files that they are read from. */
  const others = async (
    group: Group,
    view: View,
    plan: Plan,
  ): Promise<{ readonly tail: Tail; readonly host: OpenFile | null }[]> => {
    const found = [];
    for (const tail of group.tails) found.push({ tail, host: hostOf(plan, tail) });
    for (const { tail, member } of plan.begun)
      found.push({ tail, host: tail.chunks === null ? await view.file(member) : null });
    for (const tail of plan.passed) found.push({ tail, host: null });
    return found;
  };

  /** Somebody wrote to a text that was over. */
  const revive = async (view: View, plan: Plan, tail: Tail, member: Member): Promise<Tail> => {
    const again = newTail({
      ...tail,
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
    });
    if ((await view.content(member))?.packed === true) await unpack(again, member);
    else again.file = await view.file(member);
    plan.revived.add(tail);
    plan.begun.push({ tail: again, member });
    plan.hosted.set(member, again);
    return again;
  };

  /** With a descriptor of its own, because it is read from its start again. */
  const unpack = async (tail: Tail, member: Member): Promise<void> => {
    const file = await following.open(member.path);
    const chunks = await gzipTextAfter(member.path, file, markOf(tail), following.signal);
    if (chunks === null) await file.close().catch(() => undefined);
    else Object.assign(tail, { file, chunks, stage: 'left', seen: member.status, due: false });
  };

  /** A text that nobody knew. Null where it is not to be read. */
  const begin = async (
    group: Group,
    view: View,
    plan: Plan,
    member: Member,
    head: Head,
    packed: boolean,
  ): Promise<Tail | null> => {
    const file = await view.file(member);
    const start = await startOf(group, member, file, head, packed);
    const tail = newTail({
      key: following.newKey(),
      name: nameOf(group),
      target: targetOf(group),
      group,
      identity: member.status,
      modified: member.status.modified,
      head,
      offset: start.offset,
      before: packed ? new Uint8Array(0) : await beforeOf(file, start.offset, head.at),
      startLine: start.offset === head.at ? 0 : null,
      stage: member.live ? 'live' : 'left',
      wasLive: member.live,
      path: member.path,
      active: following.now(),
    });
    if (!start.wanted) {
      plan.passed.push(tail);
      return null;
    }
    if (packed) {
      await unpack(tail, member);
      if (tail.chunks === null) return null;
    } else {
      tail.file = file;
    }
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
    const shown = [...group.paths].filter(({ real }) => real === path);
    const atStart = shown.map(({ atStart }) => atStart).filter((size) => size !== null);
    const isOld = live ? atStart.length > 0 : group.first;
    if (!isOld) return { offset: at, wanted: true };
    const isAsked = live || shown.length > 0 || typeof from === 'object';
    if (from === 'start' && isAsked) return { offset: at, wanted: true };
    if (typeof from === 'object' && status.modified >= from.sinceMs) return { offset: at, wanted: true };
    if (packed) return { offset: Number.MAX_SAFE_INTEGER, wanted: false };
    if (!live) return { offset: status.size, wanted: false };
    const offset = await lastLineStart(file, Math.min(...atStart, status.size));
    return { offset: Math.max(at, offset), wanted: true };
  };

  return {
    async takeAll(group, view, plan, live) {
      if (live !== null) await takeLive(group, view, plan, live);
      for (const member of view.members.toReversed())
        if (!member.live && !plan.hosted.has(member)) await takeCopy(group, view, plan, member);
    },
  };
}

function nameOf(group: Group): string {
  return [...group.paths].find(({ real }) => real === group.live)?.path ?? group.name;
}

function targetOf(group: Group): string | null {
  return nameOf(group) === group.live ? null : group.live;
}
