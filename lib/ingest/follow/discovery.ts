/**
 * Tells what the files of a log hold in which no known text is being read: nothing but copies of those that are
 * known, more of one that was over, or a text that is new, and where the reading of that begins.
 */
import { createBeginnings } from './beginnings.js';
import { explains, originalOf } from './explained.js';
import { idOf } from './follow-fs.js';
import type { Following } from './following.js';
import type { Group } from './group.js';
import { type Member, newestFirst } from './members.js';
import type { Plan } from './plan.js';
import type { Tail } from './tail.js';
import { compareHeads, type Head, isWholeHead } from './text-mark.js';
import type { FollowOptions } from './types.js';
import { holds, isFileOf, type View } from './view.js';

export interface Discovery {
  /** Puts into the plan what the live path shows, and what the copies hold. Known texts have their places. */
  takeAll(group: Group, view: View, plan: Plan, live: Member | null): Promise<void>;
}

export function createDiscovery(following: Following, from: NonNullable<FollowOptions['from']>): Discovery {
  const { hosts } = following;
  const { begin, copyOf, revive } = createBeginnings(following, from);

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
    const other = await readByOther(group, view, live);
    if (other !== null) {
      plan.shows = other;
      return;
    }
    const elsewhere = live.status.links > 1 ? await readElsewhere(group, view, live) : null;
    if (elsewhere !== null) {
      plan.shows = elsewhere;
      return;
    }
    for (const tail of group.over.toSorted((a, b) => b.offset - a.offset)) {
      if (content.packed !== null) {
        if ((await explains(view, live, tail, null)) !== 'yes') continue;
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
    plan.shows = await begin(group, view, plan, live, content.head, content.packed !== null);
  };

  /** A text of another log that is being read from the same file, under another name. */
  const readByOther = async (group: Group, view: View, live: Member): Promise<Tail | null> => {
    const host = hosts.get(idOf(live.status));
    if (live.status.links < 2 && (host === undefined || host.group === group)) return null;
    // One that was there before may have been known by the same inode.
    for (const tail of following.tails)
      if (tail.group !== group && isFileOf(live.status, tail) && (await holds(view, live, tail)) === 'whole')
        return tail;
    return null;
  };

  /** A text of another log that was read to its end, in the same file under another name. */
  const readElsewhere = async (group: Group, view: View, live: Member): Promise<Tail | null> => {
    for (const other of following.groups.values()) {
      if (other === group) continue;
      const tail = other.over.find((tail) => isFileOf(live.status, tail));
      if (tail === undefined) continue;
      const isMore = live.status.size > tail.offset;
      if ((isMore && other.shows !== tail) || (await holds(view, live, tail)) !== 'whole') continue;
      // It goes on there, where it is known.
      if (isMore) following.due.add(other);
      return tail;
    }
    return null;
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
    /** Texts that it is none of: it was compared with the files that they lie in. */
    const compared = new Set<Tail>();
    if (await isKnownFile(group, view, plan, member, content.head, compared)) return;
    const original = plan.short.get(member);
    if (original !== undefined) {
      plan.passed.push(await copyOf(view, group, original, member, content.head));
      return;
    }
    const more: Tail[] = [];
    let isKnown = false;
    for (const tail of textsLike(content.head, group, plan)) {
      if (compared.has(tail)) continue;
      const known = await explains(view, member, tail, null);
      if (known === 'no') continue;
      plan.there.add(tail);
      if (known === 'yes') {
        if (tail.stage === 'over') plan.seen.set(tail, member);
        return;
      }
      if (known === 'more' && tail.stage === 'over') {
        more.push(tail);
        continue;
      }
      if (known === 'unclear') plan.blank.add(member);
      isKnown = true;
    }
    // Of several that it goes on with, the one that was read furthest.
    const furthest = more.filter((tail) => !plan.revived.has(tail)).sort((a, b) => b.offset - a.offset)[0];
    if (furthest !== undefined) await revive(view, plan, furthest, member);
    else if (!isKnown) await begin(group, view, plan, member, content.head, content.packed !== null);
  };

  /** Whether a member holds what another file holds, as far as it goes, or is the file of a text that was over. */
  const isKnownFile = async (
    group: Group,
    view: View,
    plan: Plan,
    member: Member,
    head: Head,
    compared: Set<Tail>,
  ): Promise<boolean> => {
    const texts = textsLike(head, group, plan);
    const vouch = async (): Promise<boolean> => {
      for (const tail of texts) {
        if (tail.stage !== 'over' || (await explains(view, member, tail, null)) !== 'yes') continue;
        plan.there.add(tail);
        return true;
      }
      return false;
    };
    for (const own of texts) {
      if (own.stage !== 'over' || !isFileOf(member.status, own)) continue;
      const known = await explains(view, member, own, null);
      // Of a copy that grows it is not known yet that all of it is one.
      if (known !== 'yes' && (known !== 'more' || own.copyOf !== null)) continue;
      plan.there.add(own);
      if (known === 'more' && !plan.revived.has(own)) await revive(view, plan, own, member);
      return true;
    }
    for (const tail of texts) {
      const original = await originalOf(view, plan, tail, member);
      if (original === null) continue;
      // What a copy has grown by since is known of nothing.
      if (
        tail.copyOf !== null &&
        original.kind === 'plain' &&
        (await original.file.status()).size > tail.offset
      )
        continue;
      compared.add(tail);
      const known = await explains(view, member, tail, original);
      if (known === 'no') continue;
      plan.there.add(tail);
      if (known === 'unclear') plan.blank.add(member);
      // It has to be known when the original is gone, too.
      else if (!(await vouch())) plan.passed.push(await copyOf(view, group, tail, member, head));
      return true;
    }
    return false;
  };

  /** Texts that begin as a file does: those that are known, and those that were found just now. */
  const textsLike = (head: Head, group: Group, plan: Plan): Tail[] =>
    [...group.over, ...group.tails, ...plan.begun.map(({ tail }) => tail), ...plan.passed].filter(
      (tail) => compareHeads(head, tail.head) !== 'other',
    );

  return {
    async takeAll(group, view, plan, live) {
      if (live !== null) await takeLive(group, view, plan, live);
      for (const member of newestFirst(view.members))
        if (!member.live && !plan.hosted.has(member)) await takeCopy(group, view, plan, member);
    },
  };
}
