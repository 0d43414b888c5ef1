/**
 * What the correlate stage can take back. Whoever is about to write to what is remembered says so here first, and how
 * it was is noted, as plain data. Copying all that is remembered would cost more with every open incident; this costs
 * what an event changes.
 */

/** How something was; taken back in reverse order, everything is as it was before. Plain data. */
export type Change =
  /** Values of its fields, in their order. */
  | readonly ['fields', object: object, before: readonly unknown[]]
  /** The same of a few: place and value by turns. */
  | readonly ['some-fields', object: object, before: readonly unknown[]]
  | readonly ['entry', map: Map<unknown, unknown>, key: unknown, before: unknown]
  | readonly ['no-entry', map: Map<unknown, unknown>, key: unknown]
  | readonly ['oldest-entry', map: Map<unknown, unknown>, key: unknown, before: unknown]
  | readonly ['entries', map: Map<unknown, unknown>, before: readonly (readonly [unknown, unknown])[]]
  | readonly ['member', set: Set<unknown>, value: unknown]
  | readonly ['no-member', set: Set<unknown>, value: unknown]
  | readonly ['oldest-member', set: Set<unknown>, value: unknown]
  | readonly ['end', list: unknown[], from: number, before: readonly unknown[]]
  | readonly ['removed', list: unknown[], at: number, value: unknown];

/** To be called before the writing. An entry or member that is moved to the end need not be noted: it is moved again. */
export interface Undo {
  /** Fields of the object are written, not what they refer to. */
  fields(object: object): void;
  /** The key is set or deleted. */
  entry<K, V>(map: Map<K, V>, key: K): void;
  /** The first entry is deleted. */
  oldestEntry<K, V>(map: Map<K, V>, key: K): void;
  /** Many entries are deleted, from anywhere. */
  entries<K, V>(map: Map<K, V>): void;
  /** The value is added or deleted. */
  member<T>(set: Set<T>, value: T): void;
  /** The first member is deleted. */
  oldestMember<T>(set: Set<T>, value: T): void;
  /** The list is written from this place on; default: at its end. */
  end<T>(list: readonly T[], from?: number): void;
  /** One value is cut out of the list. */
  removed<T>(list: readonly T[], at: number): void;
  /** The listener is called whenever something was taken back: for what is worked out from what is remembered. */
  onTakenBack(listener: () => void): void;
}

export interface UndoLog extends Undo {
  /** Where changes are noted from now on; null for nowhere. What was noted before is made as short as it can be. */
  into(changes: Change[] | null): void;
  /** Takes all of these back, the last first. */
  takeBack(changes: readonly Change[]): void;
}

/** For who never takes anything back. */
export const NO_UNDO: Undo = {
  fields() {},
  entry() {},
  oldestEntry() {},
  entries() {},
  member() {},
  oldestMember() {},
  end() {},
  removed() {},
  onTakenBack() {},
};

export function createUndoLog(): UndoLog {
  let noted: Change[] | null = null;
  const listeners: (() => void)[] = [];
  const note = (change: Change): void => {
    noted?.push(change);
  };
  /** Of `noted`, whose fields are: an event writes to few objects, and to each again and again. */
  const written = new Set<object>();
  return {
    fields(object) {
      if (noted === null || written.has(object)) return;
      written.add(object);
      note(['fields', object, Object.values(object)]);
    },
    entry(map, key) {
      if (noted === null) return;
      const before = map.get(key);
      note(before !== undefined || map.has(key) ? ['entry', map, key, before] : ['no-entry', map, key]);
    },
    oldestEntry(map, key) {
      if (noted !== null) note(['oldest-entry', map, key, map.get(key)]);
    },
    entries(map) {
      if (noted !== null) note(['entries', map, [...map]]);
    },
    member(set, value) {
      if (noted !== null) note([set.has(value) ? 'member' : 'no-member', set, value]);
    },
    oldestMember(set, value) {
      if (noted !== null) note(['oldest-member', set, value]);
    },
    end(list, from = list.length) {
      if (noted !== null) note(['end', list as unknown[], from, list.slice(from)]);
    },
    removed(list, at) {
      if (noted !== null) note(['removed', list as unknown[], at, list[at]]);
    },
    onTakenBack(listener) {
      listeners.push(listener);
    },
    into(changes) {
      if (noted !== null && noted !== changes) shorten(noted);
      if (noted !== changes) written.clear();
      noted = changes;
    },
    takeBack(changes) {
      noted = null;
      written.clear();
      const oldest = createOldest();
      for (let i = changes.length - 1; i >= 0; i--) takeBackOne(changes[i] as Change, oldest);
      oldest.putBack();
      for (const listener of listeners) listener();
    },
  };
}

/** Of most objects two or three fields have changed. Those that were noted twice stay as they are. */
function shorten(changes: Change[]): void {
  const times = new Map<object, number>();
  for (const [kind, of] of changes) if (kind === 'fields') times.set(of, (times.get(of) ?? 0) + 1);
  let kept = 0;
  for (const change of changes) {
    const left = change[0] === 'fields' && times.get(change[1]) === 1 ? someFields(change) : change;
    if (left !== null) changes[kept++] = left;
  }
  changes.length = kept;
}

function someFields(change: Extract<Change, readonly ['fields', ...unknown[]]>): Change | null {
  const [, object, before] = change;
  const now = Object.values(object);
  // A field that was added has to go again.
  if (now.length !== before.length) return change;
  const some = before.flatMap((value, place) => (Object.is(value, now[place]) ? [] : [place, value]));
  return some.length === 0 ? null : ['some-fields', object, some];
}

function takeBackOne(change: Change, oldest: Oldest): void {
  switch (change[0]) {
    case 'fields': {
      const [, object, before] = change;
      for (const [place, name] of Object.keys(object).entries())
        if (place < before.length) Reflect.set(object, name, before[place]);
        else Reflect.deleteProperty(object, name);
      return;
    }
    case 'some-fields': {
      const [, object, before] = change;
      const names = Object.keys(object);
      for (let i = 0; i < before.length; i += 2)
        Reflect.set(object, names[before[i] as number] as string, before[i + 1]);
      return;
    }
    case 'entry':
      change[1].set(change[2], change[3]);
      return;
    case 'no-entry':
      change[1].delete(change[2]);
      return;
    case 'oldest-entry':
      oldest.entry(change[1], change[2], change[3]);
      return;
    case 'entries': {
      const [, map, before] = change;
      map.clear();
      for (const [key, value] of before) map.set(key, value);
      return;
    }
    case 'member':
      change[1].add(change[2]);
      return;
    case 'no-member':
      change[1].delete(change[2]);
      return;
    case 'oldest-member':
      oldest.member(change[1], change[2]);
      return;
    case 'end': {
      const [, list, from, before] = change;
      list.length = from;
      list.push(...before);
      return;
    }
    case 'removed':
      change[1].splice(change[2], 0, change[3]);
      return;
  }
}

interface Oldest {
  entry(map: Map<unknown, unknown>, key: unknown, value: unknown): void;
  member(set: Set<unknown>, value: unknown): void;
  putBack(): void;
}

/** What stood first has to stand first again: such maps and sets are filled anew, each once. */
function createOldest(): Oldest {
  const maps = new Map<Map<unknown, unknown>, (readonly [unknown, unknown])[]>();
  const sets = new Map<Set<unknown>, unknown[]>();
  return {
    entry(map, key, value) {
      const first = maps.get(map) ?? [];
      maps.set(map, first);
      first.push([key, value]);
      // So that what was noted before finds it.
      map.set(key, value);
    },
    member(set, value) {
      const first = sets.get(set) ?? [];
      sets.set(set, first);
      first.push(value);
      set.add(value);
    },
    putBack() {
      for (const [map, first] of maps) {
        const all = new Map([...first.reverse().filter(([key]) => map.has(key)), ...map]);
        map.clear();
        for (const [key, value] of all) map.set(key, value);
      }
      for (const [set, first] of sets) {
        const all = new Set([...first.reverse().filter((value) => set.has(value)), ...set]);
        set.clear();
        for (const value of all) set.add(value);
      }
    },
  };
}
