/**
 * Looks at one followed path: whether it shows what it showed, more of it, or something else, so that all of its log
 * has to be looked at.
 */
import { codeOf, type FileStatus, type FollowFs, idOf } from './follow-fs.js';
import { type Following, sayTrouble, troubleOf } from './following.js';
import type { Followed } from './group.js';
import type { Paths } from './paths.js';
import { needsNoLook } from './tail.js';
import { isSameFile, isSameState } from './view.js';

/**
 * Has the text that a path shows read on, where a watch told that it was written and nothing else has changed: a busy
 * log is looked at once a second, not with every line. False where it has to be looked at.
 */
export function readOnWithoutLook(following: Following, { group, seen, trouble }: Followed): boolean {
  const { shows, tails } = group;
  if (shows === null || seen === null || trouble !== null || tails.length !== 1) return false;
  if (following.due.has(group)) return false;
  if (tails[0] !== shows || idOf(seen) !== idOf(shows.identity) || !needsNoLook(shows, following.now()))
    return false;
  shows.told = true;
  following.wake(shows);
  return true;
}

/** What a path shows now. */
export interface Shown {
  readonly status: FileStatus;
  /** Where it leads, if it shows another file than before. */
  readonly real: string | null;
}

/** Asks a path, and changes nothing: many are asked at a time. */
export async function ask(fs: FollowFs, { path, seen }: Followed): Promise<Shown> {
  const status = await fs.status(path);
  // A link that leads elsewhere leads to another file.
  const isOther = status.kind === 'file' && (seen === null || !isSameFile(seen, status));
  return { status, real: isOther ? await fs.realPath(path).catch(() => path) : null };
}

/** True where there was news. */
export type Look = (followed: Followed, shown: PromiseSettledResult<Shown>) => boolean;

export function createLook(following: Following, paths: Paths): Look {
  const { hosts } = following;

  return (followed, shown) => {
    const { seen } = followed;
    if (shown.status === 'rejected') {
      const { reason: error } = shown;
      const code = codeOf(error);
      if (code !== 'ENOENT' && code !== 'ENOTDIR') {
        sayTrouble(following, followed, troubleOf(error));
        return false;
      }
      if (followed.literal && followed.absentSince === null && followed.group.tails.length === 0)
        sayTrouble(following, followed, troubleOf(error, 'it is waited for'));
      followed.seen = null;
      followed.absentSince ??= following.now();
      // A log may have been made and rotated since; what a link led to, too.
      following.due.add(followed.group);
      return seen !== null;
    }
    followed.absentSince = null;
    const { status, real } = shown.value;
    if (status.kind !== 'file') {
      sayTrouble(following, followed, troubleOf(SPECIAL[status.kind], 'it is not followed'));
      followed.seen = null;
      if (seen !== null) following.due.add(followed.group);
      return false;
    }
    if (seen !== null && followed.trouble === null && isSameState(seen, status)) return false;
    if (real !== null) paths.redirect(followed, real);
    followed.seen = status;
    const host = hosts.get(idOf(status));
    const isSame = host !== undefined && isSameFile(host.identity, status) && host.chunks === null;
    if (isSame) {
      host.due = true;
      host.failed = false;
      host.shown = status;
      following.wake(host);
    }
    const isShown = isSame && followed.group.shows === host && status.size >= host.offset;
    if (!isShown || followed.trouble !== null) following.due.add(followed.group);
    return seen === null || !isSameState(seen, status);
  };
}

const SPECIAL = {
  file: '',
  directory: 'is a directory',
  pipe: 'is a pipe, which is followed only through standard input (analyze < PIPE)',
  other: 'is a device or a socket',
} as const;
