/**
 * The globs that are followed: which files match them, looked up with every sweep, and soon after a name was made
 * or renamed in a directory that is watched.
 */
import { join } from 'node:path';
import { isGlob } from '../shell-glob.js';
import type { FollowClock } from './follow-clock.js';
import type { FollowFs } from './follow-fs.js';
import { troubleOf } from './following.js';
import type { Trouble } from './group.js';
import type { FollowedName } from './types.js';

export interface Globs {
  add(glob: string): void;
  /** Looks up all of them. */
  match(): Promise<void>;
  /** They have to be looked up, at once. */
  due(): void;
  /** The same, a moment later: a directory in which files come all the time is not listed more often. */
  matchSoon(): void;
  isDue(): boolean;
  /** Whether a path may be one that a glob matches. */
  includes(path: string): boolean;
  /** Those that are in trouble themselves. */
  standing(): FollowedName[];
  /** Directories below which they look. */
  bases(): string[];
  close(): void;
}

const PAUSE_MS = 100;
const UNMATCHED: Trouble = { state: 'waiting', reason: 'no file matches; it is tried again' };

export function createGlobs(options: {
  readonly fs: FollowFs;
  readonly clock: FollowClock;
  readonly say: (source: string, reason: string, lostBytes: number | null) => void;
  readonly sayOver: (source: string) => void;
  readonly found: (paths: readonly string[], glob: string) => Promise<void>;
  readonly cover: (directory: string) => void;
  /** It is time to match. */
  readonly onDue: () => void;
}): Globs {
  const { clock, cover, found, fs, say, sayOver } = options;
  const globs: string[] = [];
  const troubles = new Map<string, Trouble>();
  let isFirst = true;
  let isDue = false;
  let lastMatch = clock.now();
  let callOff: (() => void) | null = null;

  const tell = (glob: string, trouble: Trouble): void => {
    if (troubles.get(glob)?.reason !== trouble.reason) say(glob, trouble.reason, 0);
    troubles.set(glob, trouble);
  };

  const bases = (): string[] => globs.map((glob) => join(baseOf(glob)));

  return {
    bases,
    add: (glob) => globs.push(glob),
    async match() {
      isDue = false;
      const began = clock.now();
      for (const directory of bases()) cover(directory);
      for (const glob of globs) {
        try {
          const matched = await fs.match(glob);
          await found(
            byShortness(matched).map((path) => join(path)),
            glob,
          );
          const isOver = matched.length > 0 || troubles.get(glob)?.state !== 'waiting';
          if (isOver && troubles.delete(glob)) sayOver(glob);
          if (isFirst && matched.length === 0) tell(glob, UNMATCHED);
        } catch (error) {
          tell(glob, troubleOf(error));
        }
      }
      isFirst = false;
      lastMatch = began;
    },
    due() {
      isDue = globs.length > 0;
    },
    matchSoon() {
      if (globs.length === 0 || callOff !== null) return;
      callOff = clock.after(Math.max(0, lastMatch + PAUSE_MS - clock.now()), () => {
        callOff = null;
        isDue = true;
        options.onDue();
      });
    },
    isDue: () => isDue,
    standing: () =>
      [...troubles].map(([name, { reason, state }]) => ({ name, state, reason, unfinishedBytes: 0 })),
    includes: (path) => globs.some((glob) => path.startsWith(baseOf(glob).replace(/^\.\/|^\.$/, ''))),
    close: () => callOff?.(),
  };
}

/** `messages` before `messages.1`: whose copy it is has to be known first. */
function byShortness(found: readonly string[]): string[] {
  return found.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1));
}

/** The directory above the first part of a glob that has magic. */
function baseOf(glob: string): string {
  const parts = glob.split('/');
  const magic = parts.findIndex(isGlob);
  const base = parts.slice(0, magic).join('/');
  return base === '' ? (glob.startsWith('/') ? '/' : '.') : base;
}
