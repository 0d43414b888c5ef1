/**
 * Says how a followed name stands: whether it is being read, and if not, what it waits for. A log that was deleted is
 * told from one that was renamed by where its last text lies.
 */
import type { Followed, Group, Trouble } from './group.js';
import type { FollowedName } from './types.js';

const DELETED: Trouble = {
  state: 'deleted',
  reason: 'was deleted, and nothing has come in its place; it is waited for',
};
const ABSENT: Trouble = { state: 'waiting', reason: 'no such file; it is waited for' };

/** What has to be told of a path that shows nothing: null where its file was renamed, or it never showed one. */
export function deletion({ absentSince, group }: Followed): Trouble | null {
  const last = group.tails.at(-1) ?? group.over.at(-1);
  if (absentSince === null || last === undefined) return null;
  const isNowhere = last.stage === 'over' ? last.path === null : last.because === 'removed';
  return isNowhere ? DELETED : null;
}

/** A log that is read counts once, whatever links lead to it, under the name that reports show; its rotated copies do not. */
export function standings(all: Iterable<Followed>): FollowedName[] {
  const read = new Set<Group>();
  const names: FollowedName[] = [];
  for (const followed of all) {
    const { group, real } = followed;
    const standing = standingOf(followed);
    const log = group.shows?.group ?? group;
    if (standing.state !== 'reading') names.push(standing);
    else if (real === group.live && !read.has(log)) {
      read.add(log);
      names.push({ ...standing, name: log.name });
    }
  }
  return names;
}

function standingOf(followed: Followed): FollowedName {
  const { group, path: name, real } = followed;
  const trouble = troubleNow(followed);
  if (trouble !== null) return { name, ...trouble, unfinishedBytes: 0 };
  const { refused, shows } = group;
  if (refused !== null && real === group.live)
    return { name, state: 'refused', reason: refused, unfinishedBytes: 0 };
  if (shows !== null && shows.trouble !== null)
    return { name, state: 'failing', reason: shows.trouble, unfinishedBytes: 0 };
  return { name, state: 'reading', reason: null, unfinishedBytes: shows?.unfinished ?? 0 };
}

function troubleNow(followed: Followed): Trouble | null {
  if (followed.absentSince === null) return followed.trouble;
  return deletion(followed) ?? ABSENT;
}
