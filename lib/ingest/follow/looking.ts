/**
 * Looks at one followed path: whether it shows what it showed, more of it, or something else, so that all of its log
 * has to be looked at.
 */
import { codeOf, type FileStatus, idOf } from './follow-fs.js';
import { type Following, sayTrouble } from './following.js';
import type { Followed } from './group.js';
import type { Paths } from './paths.js';
import { needsNoLook } from './tail.js';
import { isSameFile, isSameState } from './view.js';

/**
 * Has the text that a path shows read on, where a watch told that it was written and nothing else has changed: a busy
 * log is looked at once a second, not with every line. False where it has to be looked at.
 */
export function readOnWithoutLook({ group, seen, trouble }: Followed, now: number): boolean {
  const { due, shows, tails } = group;
  if (shows === null || seen === null || trouble !== null || due || tails.length !== 1) return false;
  if (tails[0] !== shows || idOf(seen) !== idOf(shows.identity) || !needsNoLook(shows, now)) return false;
  shows.told = true;
  return true;
}

/** True where there was news. `shown`: what was just asked of its path. */
export type Look = (followed: Followed, shown: PromiseSettledResult<FileStatus>) => Promise<boolean>;

export function createLook(following: Following, paths: Paths): Look {
  const { fs, hosts } = following;

  const lookAt: Look = async (followed, shown) => {
    const { seen } = followed;
    if (shown.status === 'rejected') {
      const { reason: error } = shown;
      const code = codeOf(error);
      if (code !== 'ENOENT' && code !== 'ENOTDIR') {
        sayTrouble(following, followed, error);
        return false;
      }
      if (followed.literal && followed.absentSince === null && followed.group.tails.length === 0)
        sayTrouble(following, followed, error, 'it is waited for');
      followed.seen = null;
      followed.absentSince ??= following.now();
      // A log may have been made and rotated since; what a link led to, too.
      followed.group.due = true;
      return seen !== null;
    }
    followed.absentSince = null;
    const { value: status } = shown;
    if (status.kind !== 'file') {
      sayTrouble(following, followed, SPECIAL[status.kind], 'it is not followed');
      followed.seen = null;
      followed.group.due ||= seen !== null;
      return false;
    }
    if (seen !== null && followed.trouble === null && isSameState(seen, status)) return false;
    // A link that leads elsewhere leads to another file.
    if (seen === null || !isSameFile(seen, status))
      paths.redirect(followed, await fs.realPath(followed.path).catch(() => followed.path));
    followed.seen = status;
    const host = hosts.get(idOf(status));
    const isSame = host !== undefined && isSameFile(host.identity, status) && host.chunks === null;
    if (isSame) {
      host.due = true;
      host.failed = false;
      host.shown = status;
    }
    const isShown = isSame && followed.group.shows === host && status.size >= host.offset;
    if (!isShown || followed.trouble !== null) followed.group.due = true;
    return seen === null || !isSameState(seen, status);
  };

  return async (followed, shown) => {
    try {
      return await lookAt(followed, shown);
    } catch (error) {
      sayTrouble(following, followed, error);
      return false;
    }
  };
}

const SPECIAL = {
  file: '',
  directory: 'is a directory',
  pipe: 'is a pipe, which is followed only through standard input (analyze < PIPE)',
  other: 'is a device or a socket',
} as const;
