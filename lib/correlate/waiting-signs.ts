/**
 * What lines said of containers before anything made them known: an exit, of which only the health checks that
 * go on behind it tell that it mattered. Bounded, the oldest are forgotten.
 */
import { createRecent } from './recent.js';
import { NO_UNDO, type Undo } from './undo.js';

export interface WaitingSigns<T> {
  add(id: string, sign: T): void;
  /** What waited for this container, oldest first; it waits no longer. */
  take(id: string): readonly T[];
}

const CONTAINERS = 4096;
const SIGNS_EACH = 8;
/** Digits that tell containers apart: lines spell ids with 12 or 64. */
const KEY_DIGITS = 12;

/** What waits, by the first digits of the container's id. */
export type WaitingSignsMemory<T> = Map<string, readonly T[]>;

export function createWaitingSigns<T>(
  memory: WaitingSignsMemory<T> = new Map(),
  undo: Undo = NO_UNDO,
): WaitingSigns<T> {
  const waiting = createRecent(CONTAINERS, memory, undo);
  return {
    add(id, sign) {
      const key = id.slice(0, KEY_DIGITS);
      waiting.set(key, [...(waiting.get(key) ?? []), sign].slice(-SIGNS_EACH));
    },
    take(id) {
      const key = id.slice(0, KEY_DIGITS);
      const signs = waiting.get(key) ?? [];
      if (signs.length > 0) waiting.set(key, []);
      return signs;
    },
  };
}
