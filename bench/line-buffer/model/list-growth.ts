/** The list of a line's pieces, a Go `[][]byte`: 24 bytes for each, in an array that append makes larger. */
import type { GoRules } from './go-rules.js';

/** A slice header: pointer, length, capacity. */
export const LIST_ENTRY_BYTES = 24;

/** Bytes of heap of an array for `capacity` pieces. */
export function listBytes(capacity: number, rules: GoRules): number {
  return rules.roundUp(capacity * LIST_ENTRY_BYTES);
}

/** Capacity after an append to a full list. */
export function grownList(capacity: number, rules: GoRules): number {
  return capacity === 0 ? 1 : rules.growSlice(capacity, LIST_ENTRY_BYTES);
}
