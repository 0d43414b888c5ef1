/**
 * Looks at a log and its rotated copies as a whole, and says which text lies in which file: where those that are
 * known have gone, which files only hold copies of them, and which are new. Nothing is changed before a second
 * listing has shown that all of it was true at one moment.
 */
import { dirname, join } from 'node:path';
import { codeOf, type FileIdentity, type FileStatus, idOf, type OpenFile } from './follow-fs.js';
import type { Following } from './following.js';
import type { Followed, Group } from './group.js';
import { gzipTextAfter } from './gzip-text.js';
import { isSameListing, type Member, membersOf } from './members.js';
import { lastLineStart } from './start-position.js';
import { markOf, newTail, type Tail } from './tail.js';
import { beforeOf, compareHeads, type Head, hasBefore, headLength, headOf, isProof } from './text-mark.js';
import type { EndCause, FollowOptions } from './types.js';
import { explains, holds, isFileOf, isSameFile, Moved, openView, type View } from './view.js';

/** Looks at a directory in which a rotator is at work. Beyond, it is looked at again later. */
const ATTEMPTS = 10;

const LOST_ROTATED = 'was rotated away and removed while nobody read it; what was not read of it is lost';
const LOST_TRUNCATED =
  'was truncated, and no copy of it is there; what was written since it was read last is lost, if anything was';
const LOST_SHORT =
  'was truncated, and its copy ends before what was read of it; what was written in between may be lost';

const NOWHERE: FileIdentity = { dev: '', ino: '', born: null };

/** Where a known text lies. */
type Place =
  /** `member` null: in no listed file, but it is open, or it was moved elsewhere in the directory. */
  | {
      readonly kind: 'file';
      readonly file: OpenFile;
      readonly status: FileStatus;
      readonly member: Member | null;
    }
  | {
      readonly kind: 'gzip';
      readonly file: OpenFile;
      readonly member: Member;
      readonly chunks: AsyncGenerator<Uint8Array>;
    }
  /** It is being read from a compressed copy. */
  | { readonly kind: 'stays' }
  | { readonly kind: 'lost'; readonly because: EndCause; readonly reason: string }
  /** It may be in a file that cannot be read now. */
  | { readonly kind: 'unknown' };

interface Plan {
  readonly places: Map<Tail, Place>;
  /** Whose text each member holds. */
  readonly hosted: Map<Member, Tail>;
  /** Texts that nobody knew, or that go on after they were over. */
  readonly begun: { readonly tail: Tail; readonly member: Member }[];
  /** Texts that are new, and not to be read. */
  readonly passed: Tail[];
  readonly revived: Set<Tail>;
  /** Texts that are over and still lie there. */
  readonly there: Set<Tail>;
  /** Copies that are too short to say what they are. */
  readonly blank: Set<Member>;
  shows: Tail | null;
}

export interface Surveyor {
  /** `restless`: it would not hold still; it has to be looked at again. Throws what keeps the live log from being read. */
  look(group: Group): Promise<'settled' | 'restless'>;
}

export function createSurveyor(
  following: Following,
  options: { readonly from: NonNullable<FollowOptions['from']>; readonly quietMs: number },
): Surveyor {
  const { fs, hosts } = following;
  const { from, quietMs } = options;

  const decide = async (group: Group, view: View): Promise<Plan> => {
    const plan: Plan = {
      places: new Map(),
      hosted: new Map(),
      begun: [],
      passed: [],
      revived: new Set(),
      there: new Set(),
      blank: new Set(),
      shows: null,
    };
    try {
      for (const tail of group.tails) await placeAsBefore(view, plan, tail);
      const live = view.members.find((member) => member.live) ?? null;
      if (live !== null && !plan.hosted.has(live)) await placeLive(group, view, plan, live);
      for (const tail of group.tails.toReversed())
        if (!plan.places.has(tail)) plan.places.set(tail, await find(group, view, plan, tail));
      if (live !== null) await takeLive(group, view, plan, live);
      for (const member of view.members.toReversed())
        if (!member.live && !plan.hosted.has(member)) await takeCopy(group, view, plan, member);
    } catch (error) {
      await discard(plan);
      throw error;
    }
    return plan;
  };

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
      const found = await headOf(file);
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
    for (const tail of group.tails.toReversed()) {
      const place = plan.places.get(tail);
      if (place?.kind === 'stays' || !isRecognised(tail, live)) continue;
      if (place?.kind === 'file') {
        if (place.status.size > live.status.size) continue;
        // Its own file is still there, under another name.
        if (place.member === null ? place.status.links > 0 : tail.wasLive) continue;
      }
      if ((await holds(view, live, tail)) !== 'whole') continue;
      if (place?.kind === 'file' && place.member !== null) plan.hosted.delete(place.member);
      await placeIn(view, plan, tail, live);
      return;
    }
  };

  /** Where a text is that its file does not hold any more. */
  const find = async (group: Group, view: View, plan: Plan, tail: Tail): Promise<Place> => {
    const free = view.members.filter((member) => !member.live && !plan.hosted.has(member)).reverse();
    let short = false;
    // The newest first: of several copies it holds most.
    for (const member of free) {
      if (await isBetterKnown(group, view, plan, tail, member)) continue;
      const place = await placeInCopy(view, member, tail);
      if (place === 'short') short = true;
      else if (place !== null) {
        plan.hosted.set(member, tail);
        return place;
      }
    }
    const moved = await findMoved(group, view, tail);
    if (moved !== null) return moved;
    if (view.unsure && following.now() - tail.active < quietMs) return { kind: 'unknown' };
    // Nothing was read of it, and nothing of it is left: it was a copy that was made anew.
    if (short) return { kind: 'lost', because: 'truncated', reason: LOST_SHORT };
    const isThere = view.members.some(({ status }) => isFileOf(status, tail));
    return isThere
      ? { kind: 'lost', because: 'truncated', reason: LOST_TRUNCATED }
      : { kind: 'lost', because: 'removed', reason: LOST_ROTATED };
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
      if (other === tail || headLength(other.head) <= headLength(tail.head)) continue;
      const known = await explains(view, other, member, hostOf(plan, other));
      if (known === 'yes' || known === 'more') return true;
    }
    return false;
  };

  const placeInCopy = async (view: View, member: Member, tail: Tail): Promise<Place | 'short' | null> => {
    const content = await view.content(member);
    if (content === null || content.head === null) return null;
    if (!content.packed) {
      const found = await holds(view, member, tail);
      if (found !== 'whole') return found === 'short' ? found : null;
      return { kind: 'file', file: await view.file(member), status: member.status, member };
    }
    if (compareHeads(content.head, tail.head) === 'other') return null;
    // It has a descriptor of its own, because it is read from its start again.
    const file = await following.open(member.path).catch(() => null);
    if (file === null) throw new Moved();
    const chunks = await gzipTextAfter(member.path, file, markOf(tail), following.signal);
    if (chunks !== null && isSameFile(await file.status(), member.status))
      return { kind: 'gzip', file, member, chunks };
    await chunks?.return(undefined).catch(() => undefined);
    await file.close().catch(() => undefined);
    return null;
  };

  /** Under any name in its directory, by its inode: somebody moved it out of the way. */
  const findMoved = async (group: Group, view: View, tail: Tail): Promise<Place | null> => {
    if (view.members.some(({ status }) => isFileOf(status, tail))) return null;
    const directory = dirname(group.live);
    for (const name of await fs.list(directory).catch(() => [])) {
      const path = join(directory, name);
      const status = await fs.status(path).catch(() => null);
      if (status?.kind !== 'file' || !isFileOf(status, tail)) continue;
      const member: Member = { path, status, live: false };
      if ((await holds(view, member, tail)) !== 'whole') continue;
      return { kind: 'file', file: await view.file(member), status, member: null };
    }
    return null;
  };

  /** What the live log shows where it is no text that is being read. */
  const takeLive = async (group: Group, view: View, plan: Plan, live: Member): Promise<void> => {
    const known = plan.hosted.get(live);
    if (known !== undefined) {
      plan.shows = known;
      return;
    }
    const content = await view.content(live);
    if (content === null || content.head === null) return;
    const other = hosts.get(idOf(live.status));
    if (other !== undefined && other.group !== group && (await holds(view, live, other)) === 'whole') {
      plan.shows = other;
      return;
    }
    for (const tail of group.over.toReversed()) {
      if (!isRecognised(tail, live)) continue;
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
    if (content === null) return;
    if (content.head === null) {
      plan.blank.add(member);
      return;
    }
    const reader = hosts.get(idOf(member.status));
    if (reader !== undefined && reader.group !== group && isFileOf(member.status, reader)) return;
    let isKnown = false;
    const isSaidBy = async (tail: Tail, host: OpenFile | null): Promise<boolean> => {
      const known = await explains(view, tail, member, host);
      if (known === 'unclear') plan.blank.add(member);
      return known !== 'no';
    };
    for (const tail of group.over) {
      const known = await explains(view, tail, member, null);
      if (known === 'no') continue;
      if (known === 'unclear') plan.blank.add(member);
      plan.there.add(tail);
      isKnown = true;
      if (known !== 'more' || plan.revived.has(tail)) continue;
      await revive(view, plan, tail, member);
      return;
    }
    for (const tail of group.tails) {
      if (isKnown) return;
      isKnown = await isSaidBy(tail, hostOf(plan, tail));
    }
    for (const { tail, member: at } of plan.begun) {
      if (isKnown) return;
      isKnown = await isSaidBy(tail, tail.chunks === null ? await view.file(at) : null);
    }
    for (const tail of plan.passed) {
      if (isKnown) return;
      isKnown = await isSaidBy(tail, null);
    }
    if (!isKnown) await begin(group, view, plan, member, content.head, content.packed);
  };

  /** Somebody wrote to a text that was over. */
  const revive = async (view: View, plan: Plan, tail: Tail, member: Member): Promise<Tail> => {
    const file = await view.file(member);
    const again = newTail({
      ...tail,
      key: following.newKey(),
      identity: member.status,
      stage: member.live ? 'live' : 'left',
      path: member.path,
      file,
      startLine: null,
      source: null,
      resumed: false,
      due: true,
      hungry: true,
      caughtUp: false,
      active: following.now(),
    });
    plan.revived.add(tail);
    plan.begun.push({ tail: again, member });
    plan.hosted.set(member, again);
    return again;
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
      const own = await following.open(member.path).catch(() => null);
      const chunks = own && (await gzipTextAfter(member.path, own, markOf(tail), following.signal));
      if (own === null || chunks === null) {
        await own?.close().catch(() => undefined);
        if (own === null) throw new Moved();
        return null;
      }
      Object.assign(tail, { file: own, chunks, stage: 'left', seen: member.status, due: false });
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

  /** Whether what was decided is still true. */
  const isTrue = async (group: Group, view: View, plan: Plan): Promise<boolean> => {
    if (!isSameListing(await membersOf(fs, group.live), view.members)) return false;
    for (const [tail, place] of plan.places) {
      if (place.kind !== 'file' || place.member?.live !== true) continue;
      const now = await headOf(place.file);
      if (now === null || compareHeads(now, tail.head) === 'other') return false;
      if ((await place.file.status()).size < tail.offset) return false;
      if (!(await hasBefore(place.file, markOf(tail)))) return false;
    }
    for (const { tail, member } of plan.begun) {
      if (!member.live || tail.file === null || tail.chunks !== null) continue;
      const now = await headOf(tail.file);
      if (now === null || compareHeads(now, tail.head) !== 'same') return false;
    }
    return true;
  };

  const discard = async ({ begun, places }: Plan): Promise<void> => {
    for (const place of places.values()) if (place.kind === 'gzip') await closeGzip(place);
    for (const { tail } of begun)
      if (tail.chunks !== null && tail.file !== null)
        await closeGzip({ file: tail.file, chunks: tail.chunks });
  };

  const commit = async (group: Group, view: View, plan: Plan): Promise<void> => {
    const now = following.now();
    const closing: OpenFile[] = [];
    const lost: { readonly tail: Tail; readonly because: EndCause; readonly reason: string }[] = [];
    const orders = new Map(view.members.map((member, at) => [member, at]));
    const order = new Map<Tail, number>();
    for (const [member, tail] of plan.hosted) order.set(tail, orders.get(member) ?? -1);
    const shownBefore = group.shows;
    // A file that no followed path leads to any more is left, like one that was renamed.
    const isShown = [...group.paths].some(
      ({ absentSince, real }) => real === group.live && absentSince === null,
    );
    group.shows = isShown ? plan.shows : null;
    if (shownBefore !== null && shownBefore !== group.shows && shownBefore.group !== group)
      shownBefore.group.due = true;
    for (const [tail, place] of plan.places) {
      if (place.kind === 'lost') lost.push({ tail, because: place.because, reason: place.reason });
      if (place.kind === 'unknown') tail.failed = true;
      if (place.kind !== 'file' && place.kind !== 'gzip') continue;
      const { file, member } = place;
      const status = place.kind === 'file' ? place.status : place.member.status;
      const isOther = !isFileOf(status, tail);
      if (file !== tail.file) {
        if (tail.file !== null) closing.push(tail.file);
        tail.file = file;
        view.keep(file);
        Object.assign(tail, { due: true, hungry: true, caughtUp: false, active: now, failed: false });
      }
      if (isOther && tail.stage === 'live') tail.because = 'truncated';
      if (idOf(status) !== idOf(tail.identity) || isOther) following.identify(tail, status);
      hosts.set(idOf(status), tail);
      if (member !== null) tail.path = member.path;
      if (place.kind === 'gzip') {
        tail.chunks = place.chunks;
        Object.assign(tail, { seen: status, due: false, stage: 'left' });
        continue;
      }
      if (place.kind === 'file' && member !== null) {
        const content = view.contents().get(member.path);
        const length = content?.head?.bytes.length ?? Number.POSITIVE_INFINITY;
        const known = typeof tail.head.bytes === 'number' ? tail.head.bytes : tail.head.bytes.length;
        if (isOther && content?.head && length < known) {
          following.say(tail.name, LOST_SHORT, null);
          tail.head = content.head;
        }
      }
      show(tail, group, now);
    }
    for (const { tail, because, reason } of lost) {
      following.say(tail.name, reason, null);
      await following.end(tail, because);
      // What its file holds from now on is another text, however it begins.
      tail.identity = NOWHERE;
    }
    for (const tail of plan.revived) group.over.splice(group.over.indexOf(tail), 1);
    for (const tail of plan.passed) {
      tail.stage = 'over';
      group.over.push(tail);
      plan.there.add(tail);
    }
    for (const { tail } of plan.begun.toReversed()) {
      if (tail.chunks === null && tail.file !== null) view.keep(tail.file);
      following.add(tail);
    }
    group.tails.sort((a, b) => (order.get(a) ?? -1) - (order.get(b) ?? -1));
    for (const tail of [...group.over])
      if (!plan.there.has(tail) && now - tail.active >= quietMs && tail !== group.shows)
        group.over.splice(group.over.indexOf(tail), 1);
    group.contents = view.contents();
    const blanks = new Map(
      [...plan.blank].map(({ status }) => [idOf(status), group.blanks.get(idOf(status)) ?? now]),
    );
    group.blanks = blanks;
    group.first = false;
    for (const followed of group.paths) settle(followed, view);
    for (const file of closing) await file.close().catch(() => undefined);
  };

  /** Whether some followed path shows it. */
  const show = (tail: Tail, group: Group, now: number): void => {
    const isShown =
      group.shows === tail || [...following.groups.values()].some(({ shows }) => shows === tail);
    if (isShown) {
      tail.stage = 'live';
      tail.wasLive = true;
    } else if (tail.stage === 'live') {
      // What comes after it waits for its rest.
      Object.assign(tail, { stage: 'left', due: true, caughtUp: false, active: now });
    }
  };

  const settle = (followed: Followed, view: View): void => {
    if (!view.members.some(({ path }) => path === followed.real)) return;
    // `from` has been heeded: what it shows from now on is new.
    followed.atStart = null;
    followed.trouble = null;
  };

  return {
    async look(group) {
      group.due = false;
      following.surveyed = group;
      try {
        for (let attempt = 0; attempt < ATTEMPTS && !following.signal.aborted; attempt++) {
          const view = openView(following, group, await membersOf(fs, group.live));
          try {
            const plan = await decide(group, view);
            if (await isTrue(group, view, plan)) {
              await commit(group, view, plan);
              return 'settled';
            }
            await discard(plan);
          } catch (error) {
            if (!(error instanceof Moved) && codeOf(error) !== 'ENOENT') throw error;
          } finally {
            await view.close();
          }
        }
        return 'restless';
      } finally {
        following.surveyed = null;
      }
    },
  };
}

/** The file that it is read from, unless that is compressed. */
function hostOf({ places }: Plan, tail: Tail): OpenFile | null {
  const place = places.get(tail);
  return place?.kind === 'file' ? place.file : null;
}

/** Whether a file that begins like it is enough to go on with it there. */
function isRecognised(tail: Tail, { status }: Member): boolean {
  return isProof(tail.head) || isFileOf(status, tail);
}

function nameOf(group: Group): string {
  return [...group.paths].find(({ real }) => real === group.live)?.path ?? group.name;
}

function targetOf(group: Group): string | null {
  return nameOf(group) === group.live ? null : group.live;
}

async function closeGzip(gzip: {
  readonly file: OpenFile;
  readonly chunks: AsyncGenerator<Uint8Array>;
}): Promise<void> {
  await gzip.chunks.return(undefined).catch(() => undefined);
  await gzip.file.close().catch(() => undefined);
}
