/**
 * Finds where the texts of a log lie that are known: in their files, in the one that the live path shows now, in a
 * rotated or compressed copy, under another name in the directory; or nowhere any more.
 */
import { basename, dirname, join } from 'node:path';
import { explains, isCopyOf, originalOf } from './explained.js';
import { codeOf, type FileStatus, idOf } from './follow-fs.js';
import type { Following } from './following.js';
import type { Group } from './group.js';
import { gzipRest } from './gzip-text.js';
import { type Member, newestFirst } from './members.js';
import type { FilePlace, GzipPlace, Place, Plan } from './plan.js';
import { isFinished, markOf, type Tail } from './tail.js';
import { packedEnd, upTo } from './text-end.js';
import { compareHeads, equal, hasBefore, headLength, headOf, isWholeHead } from './text-mark.js';
import { holds, isFileOf, isSameFile, openSame, unlessUnreadable, type View } from './view.js';

const LOST_ROTATED = 'was rotated away and removed while nobody read it; what was not read of it is lost';
/** Of copies that lie beside a log, and that are not decompressed here. */
const PACKED = /\.(xz|zst|zstd|bz2|lz4|lzma|Z|zip)$/;
const LOST_TRUNCATED =
  'was truncated, and no copy of it is there; what was written since it was read last is lost, if anything was';
export const LOST_SHORT =
  'was truncated, and its copy ends before what was read of it; what was written in between may be lost';

export interface Search {
  /** Puts the place of each text into the plan. `live`: what the live path shows. */
  placeAll(group: Group, view: View, plan: Plan, live: Member | null): Promise<void>;
}

/** `quietMs`: a text that may be in a file which cannot be read is waited for so long. */
export function createSearch(following: Following, quietMs: number): Search {
  const { fs } = following;

  /** Where it was, if that still holds what was read. */
  const placeAsBefore = async (view: View, plan: Plan, tail: Tail): Promise<void> => {
    if (tail.chunks !== null) {
      plan.places.set(tail, { kind: 'stays' });
      const member = view.members.find(({ status }) => isFileOf(status, tail));
      if (member !== undefined) plan.hosted.set(member, tail);
      return;
    }
    const status = await heldBy(tail);
    if (status !== null && tail.file !== null) {
      const member = view.members.find((member) => isSameFile(member.status, status)) ?? null;
      plan.places.set(tail, { kind: 'file', file: tail.file, status, member });
      if (member !== null) plan.hosted.set(member, tail);
      return;
    }
    const member = view.members.find(({ status }) => isFileOf(status, tail));
    if (member !== undefined && (await holds(view, member, tail)) === 'whole')
      await placeIn(view, plan, tail, member);
  };

  /** The state of its open file, if that still holds what was read of it. */
  const heldBy = async (tail: Tail): Promise<FileStatus | null> => {
    const { file } = tail;
    if (file === null) return null;
    try {
      const status = await file.status();
      if (status.size < tail.offset) return null;
      const found = await headOf(file, tail.head);
      if (found === null || compareHeads(found, tail.head) !== 'same') return null;
      return (await hasBefore(file, markOf(tail))) ? status : null;
    } catch {
      // A network file system may have lost it: it is opened again by its name.
      tail.file = null;
      await file.close().catch(() => undefined);
      return null;
    }
  };

  const placeIn = async (view: View, plan: Plan, tail: Tail, member: Member): Promise<void> => {
    const file = await view.file(member);
    plan.places.set(tail, { kind: 'file', file, status: member.status, member });
    plan.hosted.set(member, tail);
  };

  /** The live log shows a file that no text was in: one that was written anew, or whose copy was found first. */
  const placeLive = async (group: Group, view: View, plan: Plan, live: Member): Promise<void> => {
    // A second name of a file in which another log's text is being read.
    const reader = following.hosts.get(idOf(live.status));
    const isOfOther = reader !== undefined && reader.group !== group && isFileOf(live.status, reader);
    for (const tail of group.tails.toReversed()) {
      const place = plan.places.get(tail);
      if (place?.kind === 'stays') continue;
      // Programs that begin with the same lines every time are not one text.
      if (!isFileOf(live.status, tail) && (isOfOther || !isWholeHead(tail.head))) continue;
      if (place?.kind === 'file') {
        if (place.status.size > live.status.size) continue;
        // Its own file is still there, under another name.
        if (place.member === null ? place.status.links > 0 : tail.wasLive) continue;
      }
      if ((await holds(view, live, tail)) !== 'whole') continue;
      if (!isFileOf(live.status, tail) && (await isBetterKnown(group, view, plan, tail, live))) continue;
      if (place?.kind === 'file' && place.member !== null) plan.hosted.delete(place.member);
      await placeIn(view, plan, tail, live);
      return;
    }
  };

  /** Where a text is that its file does not hold any more. */
  const findElsewhere = async (group: Group, view: View, plan: Plan, tail: Tail): Promise<Place> => {
    // Its file is there, and cannot be read: that may change at any time, and a copy may hold less.
    const own = view.members.find(({ path, status }) => group.unreadable.has(path) && isFileOf(status, tail));
    if (own !== undefined) {
      plan.hosted.set(own, tail);
      return { kind: 'unknown' };
    }
    const free = newestFirst(view.members).filter((member) => !member.live && !plan.hosted.has(member));
    let cut: FilePlace | null = null;
    let short: Member | null = null;
    // The newest first: of several copies it holds most.
    for (const member of free) {
      // Where nothing is to be read of it, whose it is matters to nobody.
      const isAll = (await explains(view, member, tail, null)) === 'yes';
      if (!isAll && (await isBetterKnown(group, view, plan, tail, member))) continue;
      if (!isAll && (await isOfLive(view, tail, member))) continue;
      const place = await placeInCopy(view, member, tail);
      if (place === 'short') {
        // What its own file holds since it was cut is no copy.
        if (!isFileOf(member.status, tail)) short ??= member;
      } else if (place?.kind === 'file' && place.isCut === true) cut ??= place;
      else if (place !== null) return hosted(plan, tail, place);
    }
    if (cut !== null) return hosted(plan, tail, cut);
    const moved = await findMoved(group, view, tail);
    if (moved !== null) return moved;
    if (view.unsure && following.now() - (tail.missingSince ?? following.now()) < quietMs)
      return { kind: 'unknown' };
    const isThere = view.members.some(({ status }) => isFileOf(status, tail));
    // It was cut where it stood. Of one that was removed, what begins like it need not be a copy.
    if (short !== null && isThere) {
      plan.short.set(short, tail);
      return { kind: 'lost', because: 'truncated', reason: LOST_SHORT };
    }
    return isThere
      ? { kind: 'lost', because: 'truncated', reason: wasReadToEnd(tail) ? null : LOST_TRUNCATED }
      : { kind: 'lost', because: 'removed', reason: tail.finished ? null : await whereItMayBe(group, view) };
  };

  /** Why a text is given up that is nowhere. */
  const whereItMayBe = async (group: Group, view: View): Promise<string> => {
    const unreadable = view.members.find(({ path }) => group.unreadable.has(path));
    if (unreadable !== undefined)
      return `was rotated away; what was not read of it may be in ${unreadable.path}, which cannot be read: ${group.unreadable.get(unreadable.path)}`;
    const directory = dirname(group.live);
    const own = basename(group.live);
    const packed = (await fs.list(directory).catch(() => []))
      .filter((name) => name.startsWith(`${own}.`) || name.startsWith(`${own}-`))
      .find((name) => PACKED.test(name));
    return packed === undefined
      ? LOST_ROTATED
      : `was rotated away; what was not read of it may be in ${join(directory, packed)}, and copies that are packed so are not read`;
  };

  /** Another text explains more of it: that a few first bytes are alike says little. */
  const isBetterKnown = async (
    group: Group,
    view: View,
    plan: Plan,
    tail: Tail,
    member: Member,
  ): Promise<boolean> => {
    for (const other of [...group.over, ...group.tails]) {
      if (other === tail || other.copyOf === tail.key) continue;
      if (headLength(other.head) <= headLength(tail.head) && other.offset <= tail.offset) continue;
      const known = await explains(view, member, other, null);
      // It cannot be known now.
      if (known === 'unclear' && group.unreadable.has(member.path)) return true;
      if (known !== 'yes' && known !== 'more') continue;
      const original = await originalOf(view, plan, other, member);
      if (original === null || (await explains(view, member, other, original)) !== 'no') return true;
    }
    return false;
  };

  /** It is a copy of what the live path shows, and that is another text: the known one is nowhere. */
  const isOfLive = async (view: View, tail: Tail, member: Member): Promise<boolean> => {
    const live = view.members.find((member) => member.live);
    if (live === undefined || isFileOf(live.status, tail)) return false;
    return isCopyOf(view, member, live);
  };

  const placeInCopy = async (
    view: View,
    member: Member,
    tail: Tail,
  ): Promise<FilePlace | GzipPlace | 'short' | null> => {
    const content = await view.content(member);
    if (content === null || content.head === null) return null;
    const { packed } = content;
    if (packed === null) {
      const found = await holds(view, member, tail);
      if (found === 'short' || found === 'no') return found === 'short' ? found : null;
      const file = await view.file(member);
      return { kind: 'file', file, status: member.status, member, isCut: found === 'cut' };
    }
    const { before, offset } = tail;
    const like = compareHeads(content.head, tail.head);
    if (like === 'other' || (like === 'unclear' && before.length === 0)) return null;
    const isThere = await unlessUnreadable(view, member, false, async () => {
      if ((await packedEnd(view, member, packed)).length < offset) return false;
      const reached = await upTo(view, member, packed, offset);
      return equal(reached.subarray(reached.length - before.length), before);
    });
    if (!isThere) return null;
    // It has a descriptor of its own, because it is read from its start again.
    return unlessUnreadable(view, member, null, async () => {
      const file = await openSame(following.open, member.path, member.status);
      return { kind: 'gzip', file, member, chunks: gzipRest(member.path, file, offset, following.signal) };
    });
  };

  /** Under any name in its directory, by its inode: somebody moved it out of the way. */
  const findMoved = async (group: Group, view: View, tail: Tail): Promise<Place | null> => {
    if (view.members.some(({ status }) => isFileOf(status, tail))) return null;
    const directory = dirname(group.live);
    const names = await fs.list(directory).catch(() => {
      view.unsure = true;
      return [];
    });
    for (const name of names) {
      const path = join(directory, name);
      const status = await fs.status(path).catch((error: unknown) => {
        view.unsure ||= codeOf(error) !== 'ENOENT';
        return null;
      });
      if (status?.kind !== 'file' || !isFileOf(status, tail)) continue;
      const member: Member = { path, status, live: false };
      if ((await holds(view, member, tail)) !== 'whole') continue;
      return { kind: 'file', file: await view.file(member), status, member: null };
    }
    return null;
  };

  return {
    async placeAll(group, view, plan, live) {
      for (const tail of group.tails) await placeAsBefore(view, plan, tail);
      if (live !== null && !plan.hosted.has(live)) await placeLive(group, view, plan, live);
      for (const tail of group.tails.toReversed())
        if (!plan.places.has(tail)) plan.places.set(tail, await findElsewhere(group, view, plan, tail));
    },
  };
}

/** A rotated copy, which may be overwritten with the next one. */
function wasReadToEnd(tail: Tail): boolean {
  return tail.finished || (tail.caughtUp && isFinished(tail, tail.offset));
}

function hosted(plan: Plan, tail: Tail, place: FilePlace | GzipPlace): Place {
  if (place.member !== null) plan.hosted.set(place.member, tail);
  return place;
}
