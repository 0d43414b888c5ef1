/**
 * Finds containers by any length of their id, keeps the most recently used and drops the rest. Ids meet by
 * prefix: 12 digits and the 64 that begin with them are one container, two different 64 are two.
 */

import { createOldest } from './oldest.js';
import { NO_UNDO, type Undo } from './undo.js';

/** What the index needs of an entry. It lengthens `id` when a longer form of it appears. */
export interface Indexed {
  /** First 12 digits. */
  readonly key: string;
  id: string;
}

export interface SubjectIndex<T extends Indexed> {
  /** The entry that an id belongs to. 5 to 11 digits find one only if no other begins with them. */
  find(id: string): T | null;
  /** The same, made if there is none (12 digits or more). */
  findOrMake(id: string): T | null;
  readonly size: number;
}

export interface SubjectIndexOptions<T extends Indexed> {
  readonly cap: number;
  readonly make: (id: string) => T;
  /** Called when a longer form of an entry's id was seen. */
  readonly onLengthen: (entry: T) => void;
  /** Called with what was dropped, after it is gone. */
  readonly onEvict: (dropped: T) => void;
}

/** What the index remembers. */
export interface SubjectIndexMemory<T extends Indexed> {
  /** The least recently used first. */
  readonly byUse: Set<T>;
  readonly byKey: Map<string, T[]>;
  /** By the first five digits. */
  readonly byPrefix: Map<string, T[]>;
}

export function newSubjectIndexMemory<T extends Indexed>(): SubjectIndexMemory<T> {
  return { byUse: new Set(), byKey: new Map(), byPrefix: new Map() };
}

/** Digits by which short prefixes are looked up. */
const SHORTEST = 5;
const KEY = 12;
/** Ids that share their first 12 (5) digits; real ones never come near, made-up ones must not slow us down. */
const MAX_SAME_KEY = 8;
const MAX_SAME_PREFIX = 256;

export function createSubjectIndex<T extends Indexed>(
  options: SubjectIndexOptions<T>,
  memory: SubjectIndexMemory<T> = newSubjectIndexMemory(),
  undo: Undo = NO_UNDO,
): SubjectIndex<T> {
  const { byKey, byPrefix, byUse } = memory;
  const oldest = createOldest(() => byUse.values());
  /** Stands at the end of those in use: a line speaks of its container more than once. */
  let latest: T | null = null;
  undo.onTakenBack(() => {
    latest = null;
  });

  function touch(entry: T): T {
    if (entry === latest) return entry;
    latest = entry;
    byUse.delete(entry);
    byUse.add(entry);
    oldest.moved();
    return entry;
  }

  function lookUp(id: string): T | null {
    if (id.length < KEY) return lookUpShort(id);
    let found: T | null = null;
    for (const entry of byKey.get(id.slice(0, KEY)) ?? []) {
      if (entry.id === id) return entry;
      // Where a short spelling fits two, it is the one that was spoken of last.
      if (entry.id.startsWith(id) || id.startsWith(entry.id)) found = entry;
    }
    return found;
  }

  function lookUpShort(id: string): T | null {
    const near = id.length < SHORTEST ? undefined : byPrefix.get(id.slice(0, SHORTEST));
    if (near === undefined || near.length > MAX_SAME_PREFIX) return null;
    let found: T | null = null;
    for (const entry of near) {
      if (!entry.id.startsWith(id)) continue;
      if (found !== null) return null;
      found = entry;
    }
    return found;
  }

  function use(id: string): T | null {
    const entry = lookUp(id);
    if (entry === null) return null;
    if (id.length > entry.id.length) {
      undo.fields(entry);
      entry.id = id;
      options.onLengthen(entry);
    }
    const same = byKey.get(entry.key);
    if (same !== undefined && same.length > 1) {
      undo.end(same, 0);
      same.push(...same.splice(same.indexOf(entry), 1));
    }
    return touch(entry);
  }

  function drop(entry: T): void {
    if (entry === latest) latest = null;
    byUse.delete(entry);
    leave(byKey, entry.key, entry, undo);
    leave(byPrefix, entry.key.slice(0, SHORTEST), entry, undo);
    options.onEvict(entry);
  }

  function add(id: string): T {
    const entry = options.make(id);
    const same = byKey.get(entry.key);
    if (same !== undefined && same.length >= MAX_SAME_KEY) {
      const [first] = same as [T];
      undo.member(byUse, first);
      drop(first);
    }
    join(byKey, entry.key, entry, undo);
    join(byPrefix, entry.key.slice(0, SHORTEST), entry, undo);
    undo.member(byUse, entry);
    byUse.add(entry);
    latest = entry;
    oldest.moved();
    if (byUse.size <= options.cap) return entry;
    const first = oldest.next() as T;
    undo.oldestMember(byUse, first);
    drop(first);
    return entry;
  }

  return {
    find: use,
    findOrMake: (id) => use(id) ?? (id.length < KEY ? null : add(id)),
    get size() {
      return byUse.size;
    },
  };
}

function join<T>(groups: Map<string, T[]>, key: string, entry: T, undo: Undo): void {
  const group = groups.get(key);
  if (group) {
    undo.end(group);
    group.push(entry);
    return;
  }
  undo.entry(groups, key);
  groups.set(key, [entry]);
}

function leave<T>(groups: Map<string, T[]>, key: string, entry: T, undo: Undo): void {
  const group = groups.get(key);
  if (group === undefined) return;
  if (group.length === 1) {
    undo.entry(groups, key);
    groups.delete(key);
    return;
  }
  const at = group.indexOf(entry);
  undo.removed(group, at);
  group.splice(at, 1);
}
