/**
 * What the sources of an earlier run tell about files that are in none of them: whether it knew a file, and was
 * through with it, or the file is younger than its last look at everything and may never have been seen.
 */
import { dirname } from 'node:path';
import { type FileStatus, idOf } from './follow-fs.js';
import type { SavedFile } from './types.js';

/** How far the times of a file system may be behind the clock of this process, ms: they are taken at its ticks. */
export const CLOCK_STEP_MS = 50;

export interface Earlier {
  /** Begin of its last look at everything, ms since the epoch. */
  readonly looked: number;
  /** It had seen the file as it is. One of which nothing is saved was read to its end then, or was not asked for. */
  knows(status: FileStatus): boolean;
  /** The same where the file system surely has the clock of this process: it keeps times of creation. */
  surelyKnows(status: FileStatus): boolean;
  /** A file that is saved was shown by this path, through a link or without. */
  reached(path: string): boolean;
  /** It was made before that look, and nothing is saved of it. Never where no time of creation is kept. */
  isOlder(status: FileStatus): boolean;
  /** It knows the file, and a glob had shown it: names that were not asked for before are begun as in a first run. */
  wasThrough(path: string, status: FileStatus): boolean;
  /** It was made after that look. Never where the file system keeps no time of creation. */
  isYounger(status: FileStatus): boolean;
}

/** Null where there was none, or none that had once looked at everything. */
export function earlierRun(saved: readonly SavedFile[]): Earlier | null {
  const looks = saved.flatMap(({ looked }) => (looked === undefined ? [] : [looked]));
  if (looks.length === 0) return null;
  const looked = looks.reduce((a, b) => Math.max(a, b));
  const since = looked - CLOCK_STEP_MS;
  const paths = new Set(saved.flatMap(({ name, target }) => [name, target]));
  const directories = new Set(saved.map(({ name }) => dirname(name)));
  const ids = new Set(saved.map(idOfSaved));
  const knows = (status: FileStatus): boolean => {
    if (status.modified <= since) return true;
    // Its text may be another one by now.
    if (ids.has(idOf(status))) return false;
    return status.born !== null && status.born <= since;
  };
  return {
    looked,
    knows,
    wasThrough: (path, status) => directories.has(dirname(path)) && knows(status),
    reached: (path) => paths.has(path),
    isOlder: (status) => status.born !== null && status.born <= since && !ids.has(idOf(status)),
    surelyKnows: (status) => status.born !== null && knows(status),
    isYounger: ({ born, modified }) => born !== null && born > since && modified > since,
  };
}

function idOfSaved({ dev, ino }: SavedFile): string {
  return idOf({ dev, ino, born: null });
}
