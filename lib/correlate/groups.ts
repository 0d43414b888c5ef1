/**
 * Groups by a key, nearly all of which have one member: that stands for its group, and a set is made for the second.
 * A set for each would cost more than all else that is remembered of a container.
 */
import { NO_UNDO, type Undo } from './undo.js';

export interface Groups<K, T extends object> {
  join(key: K, member: T): void;
  /** An empty group is none. */
  leave(key: K, member: T): void;
  of(key: K): Iterable<T>;
}

/** What is remembered: the only member, or all of them. */
export type GroupsMemory<K, T extends object> = Map<K, T | Set<T>>;

/** Members must not be sets. */
export function createGroups<K, T extends object>(
  groups: GroupsMemory<K, T> = new Map(),
  undo: Undo = NO_UNDO,
): Groups<K, T> {
  return {
    join(key, member) {
      const group = groups.get(key);
      if (group === member) return;
      if (group instanceof Set) {
        undo.member(group, member);
        group.add(member);
        return;
      }
      undo.entry(groups, key);
      groups.set(key, group === undefined ? member : new Set([group, member]));
    },
    leave(key, member) {
      const group = groups.get(key);
      if (group instanceof Set) {
        undo.member(group, member);
        group.delete(member);
      }
      if (group !== member && !(group instanceof Set && group.size === 0)) return;
      undo.entry(groups, key);
      groups.delete(key);
    },
    of(key) {
      const group = groups.get(key);
      if (group === undefined) return [];
      return group instanceof Set ? group : [group];
    },
  };
}
