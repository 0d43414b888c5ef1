/**
 * Counts how many holders say that a key has a value, so that "is there only one?" costs nothing to ask and
 * a holder that is forgotten takes back what it said.
 */
import { NO_UNDO, type Undo } from './undo.js';

export interface Tally {
  add(key: string, value: string): void;
  remove(key: string, value: string): void;
  /** The value, if all who speak of the key say the same; null otherwise. */
  only(key: string): string | null;
  /** True where the key has two values or more. */
  isAmbiguous(key: string): boolean;
}

/** What a tally remembers: the values of each key, the last one said first. */
export type TallyMemory = Map<string, Said>;

interface Said {
  readonly value: string;
  count: number;
  /** Further values: nearly every key has one only, and a Map for each would cost more than all else. */
  next: Said | null;
}

/** Different values looked through per key. Beyond, a value is not taken: such a key is ambiguous anyway. */
const MAX_VALUES = 64;

export function createTally(byKey: TallyMemory = new Map(), undo: Undo = NO_UNDO): Tally {
  return {
    add(key, value) {
      const first = byKey.get(key) ?? null;
      let length = 0;
      for (let said = first; said !== null; said = said.next) {
        if (said.value === value) {
          undo.fields(said);
          said.count++;
          return;
        }
        length++;
      }
      if (length >= MAX_VALUES) return;
      undo.entry(byKey, key);
      byKey.set(key, { value, count: 1, next: first });
    },
    remove(key, value) {
      let before: Said | null = null;
      for (let said = byKey.get(key) ?? null; said !== null; before = said, said = said.next) {
        if (said.value !== value) continue;
        undo.fields(said);
        if (--said.count > 0) return;
        if (before !== null) undo.fields(before);
        else undo.entry(byKey, key);
        if (before !== null) before.next = said.next;
        else if (said.next !== null) byKey.set(key, said.next);
        else byKey.delete(key);
        return;
      }
    },
    only(key) {
      const first = byKey.get(key);
      return first === undefined || first.next !== null ? null : first.value;
    },
    isAmbiguous: (key) => (byKey.get(key)?.next ?? null) !== null,
  };
}
