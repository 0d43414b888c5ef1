/**
 * Looks at everything once in a while, because watches may fail or stay silent: every followed path, the rotated
 * copies that somebody may still write to, and then gives up what has been quiet for long. What it sees is the truth.
 */
import { dirname } from 'node:path';
import { FORGET_MS } from './commit.js';
import type { FileStatus } from './follow-fs.js';
import { type Following, sayTrouble } from './following.js';
import type { Globs } from './globs.js';
import type { Followed, Group } from './group.js';
import type { Paths } from './paths.js';
import { deletion } from './standing.js';
import { readyForRead } from './tail.js';
import { isFileOf, isSameState } from './view.js';
import type { Watches } from './watches.js';

export interface Sweeping {
  /** Begins. */
  start(): void;
  isUnderWay(): boolean;
  /** Compares some of it with what it showed. */
  some(): Promise<void>;
  /** All was compared; what showed something else is due. */
  isCompared(): boolean;
  /** A path showed news that nobody had told of. */
  found(path: string): void;
  /** After all was looked at: gives up what has been quiet for long. */
  finish(): Promise<void>;
}

/** Looks between two pieces: a sweep over a thousand paths does not stop the reading. */
export const LOOKS_PER_PIECE = 32;
/** Paths that show nothing any more, and logs that no path leads to, of which it is remembered what they showed. */
const REMEMBERED_PATHS = 256;
/** A rotated copy that was not written to for so long is looked at with the next rotation only, ms. */
const COPY_MS = 24 * 3_600_000;

interface Unswept {
  readonly path: string;
  /** Null for a rotated copy. */
  readonly followed: Followed | null;
  readonly look: (status: FileStatus | null) => void;
}

export function createSweeping(
  following: Following,
  rooms: {
    readonly paths: Paths;
    readonly globs: Globs;
    readonly watches: Watches;
    readonly due: Set<Followed>;
    readonly restless: ReadonlySet<Group>;
    readonly quietMs: number;
  },
): Sweeping {
  const { fs, groups, tails } = following;
  const { due, globs, paths, quietMs, restless, watches } = rooms;
  let isUnderWay = false;
  let unswept: Unswept[] = [];
  /** Directories whose watches told nothing since the last sweep. */
  let silent: ReadonlySet<string> = new Set();

  const comparePath = (followed: Followed): Unswept => ({
    path: followed.path,
    followed,
    look(status) {
      const { seen, trouble } = followed;
      if (status === null || seen === null || trouble !== null || !isSameState(seen, status))
        due.add(followed);
    },
  });

  /** Some daemons write on to a renamed file for weeks. */
  const compareCopies = (group: Group): Unswept[] => {
    const now = following.now();
    const copies = new Map<string, Unswept>();
    const compare = (path: string, isNews: (status: FileStatus) => boolean): void => {
      if (path === group.live) return;
      const look = (status: FileStatus | null): void => {
        // One that is gone may have been compressed.
        if (status === null || isNews(status)) following.due.add(group);
      };
      copies.set(path, { path, followed: null, look });
    };
    for (const tail of group.over)
      if (tail.path !== null && now - tail.active < COPY_MS)
        compare(tail.path, (status) => !isFileOf(status, tail) || status.size > tail.offset);
    for (const [path, { packed, refused, status: seen }] of group.contents)
      if (packed !== null || refused !== null || now - seen.modified >= COPY_MS) copies.delete(path);
      else compare(path, (status) => !isSameState(seen, status));
    return [...copies.values()];
  };

  const giveUpTails = async (now: number): Promise<void> => {
    for (const tail of [...tails])
      if (tail.stage === 'left' && tail.caughtUp && !readyForRead(tail) && now - tail.active >= quietMs)
        await following.end(tail, tail.because);
  };

  const giveUpPaths = (now: number): void => {
    const gone: Followed[] = [];
    for (const followed of paths.byPath.values()) {
      const { absentSince, group, literal } = followed;
      // Rotators leave a gap: it is told when nothing came to fill that. Those that a glob found come and go.
      const deleted = deletion(followed);
      if (literal && deleted !== null && now - (absentSince ?? now) >= quietMs)
        sayTrouble(following, followed, deleted);
      if (absentSince === null || now - absentSince < quietMs || group.tails.length > 0) continue;
      // Its copies may still be there; what is known of them is kept until they are gone.
      if (group.over.length > 0) following.due.add(group);
      if (!literal) gone.push(followed);
    }
    gone.sort((a, b) => (b.absentSince ?? 0) - (a.absentSince ?? 0));
    for (const [at, followed] of gone.entries())
      if (at >= REMEMBERED_PATHS || followed.group.over.length === 0) paths.drop(followed);
  };

  /** Nobody follows them any more, and what is known of their texts is of use only where a link leads to them again. */
  const giveUpGroups = (now: number): void => {
    const left = [...groups.values()]
      .filter((group) => group.paths.size === 0 && group.tails.length === 0)
      .map((group) => ({ group, active: Math.max(...group.over.map(({ active }) => active)) }))
      .sort((a, b) => b.active - a.active);
    for (const [at, { active, group }] of left.entries())
      if (at >= REMEMBERED_PATHS || now - active >= FORGET_MS) groups.delete(group.live);
  };

  return {
    start() {
      isUnderWay = true;
      silent = new Set([...paths.directories()].filter((directory) => !watches.heard(directory)));
      unswept = [...paths.byPath.values()].map(comparePath);
      for (const group of groups.values()) unswept.push(...compareCopies(group));
      for (const tail of tails) {
        if (!tail.failed && tail.stage !== 'left') continue;
        if (tail.failed && tail.chunks === null) following.due.add(tail.group);
        Object.assign(tail, { due: true, failed: false });
        following.wake(tail);
      }
      for (const group of restless) following.due.add(group);
      for (const group of groups.values()) {
        const isBlank = [...group.blanks.values()].some((since) => following.now() - since < quietMs);
        if (group.unreadable.size > 0 || !group.isListed || isBlank) following.due.add(group);
      }
      globs.due();
    },
    isUnderWay: () => isUnderWay,
    isCompared: () => unswept.length === 0,
    /** Many at a time, which costs a third of one after the other: nearly all of them show what they showed before. */
    async some() {
      const some = unswept.splice(0, LOOKS_PER_PIECE);
      // Told of meanwhile, one comes back: what is seen now may be older than that.
      for (const { followed } of some) if (followed !== null) due.delete(followed);
      const statuses = await Promise.all(some.map(({ path }) => fs.status(path).catch(() => null)));
      for (const [at, { look }] of some.entries()) look(statuses[at] ?? null);
    },
    found(path) {
      const directory = dirname(path);
      if (isUnderWay && silent.has(directory)) watches.missed(directory);
    },
    async finish() {
      isUnderWay = false;
      const now = following.now();
      await giveUpTails(now);
      await following.packed.rest();
      giveUpPaths(now);
      giveUpGroups(now);
      watches.keep(new Set([...paths.directories(), ...globs.bases()]));
      for (const directory of paths.directories()) watches.cover(directory);
    },
  };
}
