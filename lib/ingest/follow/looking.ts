/**
 * Looks at one followed path: whether it shows what it showed, more of it, or something else, so that all of its log
 * has to be looked at.
 */
import { codeOf, type FileStatus, idOf } from './follow-fs.js';
import { type Following, sayTrouble } from './following.js';
import type { Followed } from './group.js';
import type { Paths } from './paths.js';
import { isSameFile, isSameState } from './view.js';

/** True where there was news. `isFirst`: what was there at the start has not all been found yet. */
export type Look = (followed: Followed, isFirst: boolean) => Promise<boolean>;

export function createLook(following: Following, paths: Paths): Look {
  const { fs, hosts } = following;

  const lookAt: Look = async (followed, isFirst) => {
    const { seen } = followed;
    let status: FileStatus;
    try {
      status = await fs.status(followed.path);
    } catch (error) {
      const code = codeOf(error);
      if (code !== 'ENOENT' && code !== 'ENOTDIR') {
        sayTrouble(following, followed, error);
        return false;
      }
      if (followed.literal && followed.absentSince === null && followed.group.tails.length === 0)
        sayTrouble(following, followed, error, 'it is waited for');
      followed.seen = null;
      followed.absentSince ??= following.now();
      // A link that leads nowhere: what it led to may have been rotated.
      if (seen !== null || isFirst || followed.group.tails.length > 0) followed.group.due = true;
      return seen !== null;
    }
    followed.absentSince = null;
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
    }
    const isShown = isSame && followed.group.shows === host && status.size >= host.offset;
    if (!isShown || followed.trouble !== null) followed.group.due = true;
    return seen === null || !isSameState(seen, status);
  };

  return async (followed, isFirst) => {
    try {
      return await lookAt(followed, isFirst);
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
