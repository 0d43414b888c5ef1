/** A map that forgets its oldest entries: what is remembered beside the episodes has a cap, too. */
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
  return {
    get: (key) => entries.get(key),
    set(key, value) {
      undo.entry(entries, key);
      entries.delete(key);
      entries.set(key, value);
      if (entries.size > cap) {
        const oldest = entries.keys().next();
        if (oldest.done) return;
        undo.oldestEntry(entries, oldest.value);
        entries.delete(oldest.value);
      }
    },
  };
}
