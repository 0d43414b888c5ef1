/**
 * Makes true what a look at a log has found: texts go on in other files, end, begin, and stand in the order in which
 * they were written.
 */
import { type FileIdentity, idOf, type OpenFile } from './follow-fs.js';
import type { Following } from './following.js';
import type { Followed, Group } from './group.js';
import type { FilePlace, GzipPlace, Plan } from './plan.js';
import { LOST_SHORT } from './search.js';
import type { Tail } from './tail.js';
import type { EndCause } from './types.js';
import { isFileOf, type View } from './view.js';

/** A text that lies nowhere any more is remembered so long: its directory may come back, ms. */
export const FORGET_MS = 24 * 3_600_000;
/** So many of a log. */
const REMEMBERED = 32;

const NOWHERE: FileIdentity = { dev: '', ino: '', born: null };

export type Commit = (group: Group, view: View, plan: Plan) => Promise<void>;

export function createCommit(following: Following): Commit {
  const commit = async (group: Group, view: View, plan: Plan): Promise<void> => {
    const now = following.now();
    const closing: OpenFile[] = [];
    const lost: { readonly tail: Tail; readonly because: EndCause; readonly reason: string | null }[] = [];
    const orders = new Map(view.members.map((member, at) => [member, at]));
    const order = new Map<Tail, number>();
    for (const [member, tail] of plan.hosted) order.set(tail, orders.get(member) ?? -1);
    const shownBefore = group.shows;
    // A file that no followed path leads to any more is left, like one that was renamed.
    const isShown = [...group.paths].some(
      ({ absentSince, real }) => real === group.live && absentSince === null,
    );
    group.shows = isShown ? plan.shows : null;
    const { shows } = group;
    // Its own log shows another file by now.
    if (shows !== null && shows.group !== group && shows.stage === 'left')
      Object.assign(shows, { stage: 'live', wasLive: true });
    if (shownBefore !== null && shownBefore !== group.shows && shownBefore.group !== group)
      following.due.add(shownBefore.group);
    for (const [tail, place] of plan.places) {
      if (place.kind === 'lost') lost.push({ tail, because: place.because, reason: place.reason });
      else if (place.kind === 'unknown')
        Object.assign(tail, { failed: true, missingSince: tail.missingSince ?? now });
      else if (place.kind === 'file' || place.kind === 'gzip') {
        if (tail.file !== null && tail.file !== place.file) closing.push(tail.file);
        goOn(tail, place, view, now);
        if (place.kind === 'file') show(tail, group, now);
      }
    }
    for (const { tail, because, reason } of lost) {
      if (reason !== null) following.say(tail.name, reason, null);
      await following.end(tail, because);
      // What its file holds from now on is another text, however it begins.
      if (because === 'truncated') tail.identity = NOWHERE;
    }
    for (const [tail, { status }] of plan.seen) tail.identity = status;
    for (const [tail, again] of plan.revived) {
      group.over.splice(group.over.indexOf(tail), 1);
      for (const copy of group.over) if (copy.copyOf === tail.key) copy.copyOf = again.key;
    }
    for (const tail of plan.passed) {
      tail.stage = 'over';
      group.over.push(tail);
      plan.there.add(tail);
    }
    for (const { tail } of plan.begun.toReversed()) {
      if (tail.chunks === null && tail.file !== null) view.keep(tail.file);
      // No followed path leads to it any more: it is read until it is quiet.
      if (group.shows !== tail && tail.stage === 'live') tail.stage = 'left';
      following.add(tail);
    }
    sortByAge(group.tails, order);
    forget(group, plan, now);
    const files = new Map(view.members.map(({ path, status }) => [idOf(status), path]));
    for (const tail of group.over) tail.path = files.get(idOf(tail.identity)) ?? null;
    group.contents = view.contents();
    for (const path of group.unreadable.keys())
      if (!view.members.some((member) => member.path === path)) group.unreadable.delete(path);
    const blanks = new Map(
      [...plan.blank].map(({ status }) => [idOf(status), group.blanks.get(idOf(status)) ?? now]),
    );
    group.blanks = blanks;
    group.first = false;
    // Said once, whatever more is written to it.
    if (plan.refused !== null && group.refused === null) following.say(group.name, plan.refused, 0);
    group.refused = plan.refused;
    for (const followed of group.paths) settle(followed, view);
    for (const file of closing) await file.close().catch(() => undefined);
  };

  /** Texts that lie nowhere any more, but for the latest ones: their directory may come back. */
  const forget = (group: Group, { there }: Plan, now: number): void => {
    const gone = group.over.filter((tail) => !there.has(tail) && tail !== group.shows);
    const kept = new Set(gone.filter(({ active }) => now - active < FORGET_MS).slice(-REMEMBERED));
    const known = group.over.filter((tail) => there.has(tail) || tail === group.shows || kept.has(tail));
    group.over.splice(0, group.over.length, ...known);
  };

  /** In the file where it was found. */
  const goOn = (tail: Tail, place: FilePlace | GzipPlace, view: View, now: number): void => {
    const { file, member } = place;
    const status = place.kind === 'file' ? place.status : place.member.status;
    if (tail.stage === 'live' && !isFileOf(status, tail)) tail.because = 'truncated';
    following.identify(tail, status);
    tail.missingSince = null;
    if (member !== null) tail.path = member.path;
    if (file !== tail.file) {
      tail.file = file;
      view.keep(file);
      // The look has just compared it.
      Object.assign(tail, {
        due: true,
        seen: status,
        shown: null,
        hungry: status.size > tail.offset,
        caughtUp: false,
        active: now,
        failed: false,
        textAt: -1,
        zerosTo: -1,
      });
      following.wake(tail);
    }
    if (place.kind === 'gzip') {
      Object.assign(tail, {
        chunks: place.chunks,
        seen: status,
        due: false,
        hungry: true,
        stage: 'left',
      });
      return;
    }
    const head = member === null ? null : (view.contents().get(member.path)?.head ?? null);
    if (place.isCut !== true || head === null) return;
    following.say(tail.name, LOST_SHORT, null);
    tail.head = head;
  };

  /** Whether some followed path shows it. */
  const show = (tail: Tail, group: Group, now: number): void => {
    const isShown = group.shows === tail || isShownElsewhere(tail);
    if (isShown) {
      tail.stage = 'live';
      tail.wasLive = true;
    } else if (tail.stage === 'live') {
      // What comes after it waits for its rest.
      Object.assign(tail, { stage: 'left', due: true, shown: null, caughtUp: false, active: now });
      following.wake(tail);
    }
  };

  /** Where one file has two names. */
  const isShownElsewhere = (tail: Tail): boolean => {
    for (const { shows } of following.groups.values()) if (shows === tail) return true;
    return false;
  };

  const settle = (followed: Followed, view: View): void => {
    if (!view.members.some(({ path }) => path === followed.real)) return;
    // `from` has been heeded: what it shows from now on is new.
    followed.atStart = null;
    if (followed.trouble === null) return;
    following.sayOver(followed.path);
    for (const tail of followed.group.tails)
      if (tail.trouble === followed.trouble.reason) tail.trouble = null;
    followed.trouble = null;
  };

  return commit;
}

/**
 * Oldest first. One that lies in none of the log's files stays behind the one that it stood behind: it was compressed,
 * and its open file has no name any more.
 */
function sortByAge(tails: Tail[], order: ReadonlyMap<Tail, number>): void {
  const ages = new Map<Tail, number>();
  let age = -1;
  for (const tail of tails) {
    age = order.get(tail) ?? age;
    ages.set(tail, age);
  }
  tails.sort((a, b) => (ages.get(a) ?? age) - (ages.get(b) ?? age));
}
