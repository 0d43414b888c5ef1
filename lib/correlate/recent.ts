/** A map that forgets its oldest entries: what is remembered beside the episodes has a cap, too. */
import { createOldest } from './oldest.js';
import { NO_UNDO, type Undo } from './undo.js';

export interface Recent<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): void;
}

/** `entries`: what it remembers, oldest first. */
export function createRecent<K, V>(
  cap: number,
  entries: Map<K, V> = new Map(),
  undo: Undo = NO_UNDO,
): Recent<K, V> {
  const oldest = createOldest(() => entries.keys());
  return {
    get: (key) => entries.get(key),
    set(key, value) {
      undo.entry(entries, key);
      entries.delete(key);
      entries.set(key, value);
      oldest.moved();
      if (entries.size <= cap) return;
      const first = oldest.next() as K;
      undo.oldestEntry(entries, first);
      entries.delete(first);
    },
  };
}
