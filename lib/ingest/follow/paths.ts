/**
 * The paths that are followed, by name and by glob, and which of them belong to one log: its links, its rotated
 * copies. A path may turn out to be a copy of a log that appears later.
 */
import { dirname } from 'node:path';
import { groupRotated } from '../rotation.js';
import type { Following } from './following.js';
import { type Followed, type Group, newGroup } from './group.js';

export interface Paths {
  readonly byPath: ReadonlyMap<string, Followed>;
  /** Follows a path if it is not followed yet. `real`: where it leads. */
  follow(path: string, real: string, how: Pick<Followed, 'literal' | 'covered'>): Followed;
  /** It leads to another file than before, through a link. */
  redirect(followed: Followed, real: string): void;
  /** The log that a real path belongs to. `name`: that of a followed path. */
  groupOf(real: string, name: string): Group;
  /** Followed paths of a directory, all or those of one name; undefined where none has the name. */
  inDirectory(directory: string, name: string | null): readonly Followed[] | undefined;
  directories(): Iterable<string>;
  /** Forgets a path. */
  drop(followed: Followed): void;
}

/** What the name of a rotated copy has somewhere: a number of its own, a date, or that it is packed. */
const NUMBERED = /\.\d{1,4}(?:\.log)?$|\.gz$|\d{4}-?\d\d-?\d\d|-1\d{9}/i;

export function createPaths({ due, groups }: Following, onDirectory: (directory: string) => void): Paths {
  const byPath = new Map<string, Followed>();
  /** How many followed paths lead to a real path. */
  const reals = new Map<string, number>();
  /** By what the names of their copies begin with: real paths. */
  const byStem = new Map<string, Set<string>>();
  /** Live paths of groups that may turn out to be copies of a log. */
  const numbered = new Set<string>();
  /** By directory, then by name in it. */
  const byDirectory = new Map<string, Map<string, Set<Followed>>>();

  const index = (followed: Followed, path: string): void => {
    const directory = dirname(path);
    let named = byDirectory.get(directory);
    if (named === undefined) {
      named = new Map();
      byDirectory.set(directory, named);
    }
    const name = nameIn(directory, path);
    const set = named.get(name);
    if (set === undefined) named.set(name, new Set([followed]));
    else set.add(followed);
    onDirectory(directory);
  };

  const indexNoMore = (followed: Followed, path: string): void => {
    const directory = dirname(path);
    const named = byDirectory.get(directory);
    const name = nameIn(directory, path);
    const set = named?.get(name);
    set?.delete(followed);
    if (set?.size === 0) named?.delete(name);
    if (named?.size === 0) byDirectory.delete(directory);
  };

  const lead = (real: string): void => {
    const count = reals.get(real) ?? 0;
    reals.set(real, count + 1);
    if (count > 0) return;
    const stem = stemOf(real);
    const ofStem = byStem.get(stem);
    if (ofStem === undefined) byStem.set(stem, new Set([real]));
    else ofStem.add(real);
  };

  const leadNoMore = (real: string): void => {
    const count = reals.get(real) ?? 0;
    if (count > 1) {
      reals.set(real, count - 1);
      return;
    }
    reals.delete(real);
    const ofStem = byStem.get(stemOf(real));
    ofStem?.delete(real);
    if (ofStem?.size === 0) byStem.delete(stemOf(real));
  };

  const liveOf = (real: string): string => {
    if (!NUMBERED.test(real)) return real;
    const near: string[] = [];
    for (let end = dirname(real).length + 1; end <= real.length; end++)
      for (const other of byStem.get(real.slice(0, end)) ?? []) if (other !== real) near.push(other);
    if (near.length === 0) return real;
    const self = { name: real, modified: 0 };
    const files = [self, ...near.map((name) => ({ name, modified: 0 }))];
    const group = groupRotated(files).find(({ files }) => files.includes(self));
    return group !== undefined && reals.has(group.name) ? group.name : real;
  };

  const groupOf = (real: string, name: string): Group => {
    const live = liveOf(real);
    let group = groups.get(live);
    if (group === undefined) {
      group = newGroup(live, live === real ? name : live);
      groups.set(live, group);
      if (NUMBERED.test(live)) numbered.add(live);
    }
    return group;
  };

  /** Paths that turn out to be rotated copies of a log that came later. */
  const adoptCopies = (group: Group): void => {
    const stem = stemOf(group.live);
    for (const live of numbered) {
      const alone = groups.get(live);
      if (alone === undefined) numbered.delete(live);
      if (alone === undefined || alone === group || !live.startsWith(stem)) continue;
      if (liveOf(live) !== group.live) continue;
      for (const followed of alone.paths) {
        followed.group = group;
        group.paths.add(followed);
      }
      for (const tail of [...alone.tails, ...alone.over]) tail.group = group;
      group.tails.unshift(...alone.tails);
      group.over.unshift(...alone.over);
      group.first ||= alone.first;
      due.add(group);
      groups.delete(alone.live);
    }
  };

  const join = (followed: Followed): void => {
    const { path, real } = followed;
    lead(real);
    const group = groupOf(real, path);
    followed.group = group;
    group.paths.add(followed);
    if (real !== group.live) return;
    group.name = path;
    adoptCopies(group);
  };

  return {
    byPath,
    groupOf,
    follow(path, real, how) {
      const known = byPath.get(path);
      if (known !== undefined) return known;
      const followed: Followed = {
        path,
        ...how,
        group: newGroup(real, path),
        real,
        atStart: null,
        seen: null,
        absentSince: null,
        trouble: null,
      };
      byPath.set(path, followed);
      index(followed, path);
      index(followed, real);
      join(followed);
      return followed;
    },
    redirect(followed, real) {
      const { group } = followed;
      if (followed.real === real) return;
      leadNoMore(followed.real);
      group.paths.delete(followed);
      // Its texts are shown by no path any more, perhaps.
      if (group.tails.length > 0 || group.over.length > 0 || group.paths.size > 0) due.add(group);
      else groups.delete(group.live);
      if (followed.real !== followed.path) indexNoMore(followed, followed.real);
      followed.real = real;
      index(followed, real);
      join(followed);
    },
    inDirectory(directory, name) {
      const named = byDirectory.get(directory);
      if (name !== null) {
        const set = named?.get(name);
        return set === undefined ? undefined : [...set];
      }
      return [...(named?.values() ?? [])].flatMap((set) => [...set]);
    },
    directories: () => byDirectory.keys(),
    drop(followed) {
      byPath.delete(followed.path);
      leadNoMore(followed.real);
      followed.group.paths.delete(followed);
      for (const path of new Set([followed.path, followed.real])) indexNoMore(followed, path);
    },
  };
}

/** Sorts out nearly all others cheaply: a copy's name begins as that of its log does, without the ending. */
function stemOf(path: string): string {
  return path.replace(/(?<=[^/])\.[^./]*$/, '');
}

function nameIn(directory: string, path: string): string {
  return path.slice(directory.length + (directory.endsWith('/') || path === directory ? 0 : 1));
}
