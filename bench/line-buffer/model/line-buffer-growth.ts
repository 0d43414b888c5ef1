/**
 * How containerd's line buffer (a bytes.Buffer, reused from record to record) grows while a record is copied into
 * it: header, pieces, newline. Only the steps are walked, not the pieces, so 64 GiB are some twenty steps.
 */
import { grownCapacity } from '../go-bytes-buffer.js';
import type { GoRules } from './go-rules.js';
import { RECORD_HEAD_BYTES } from './records.js';

export interface GrowthStep {
  readonly capacity: number;
  /** Bytes that the heap gives for it: up to 1.18 more than the buffer knows of. */
  readonly heapBytes: number;
}

/**
 * Steps from `capacity` on for a record with `contentBytes` in pieces of `pieceBytes`. Empty when it fits.
 * The header goes in word by word, and the first write of up to 64 bytes makes a buffer of 64.
 */
export function growthSteps(
  { capacity, contentBytes, pieceBytes }: Record<'capacity' | 'contentBytes' | 'pieceBytes', number>,
  rules: GoRules,
): readonly GrowthStep[] {
  const steps: GrowthStep[] = [];
  let at = capacity;
  const grow = (length: number, more: number): void => {
    at = grownCapacity({ capacity: at, length, more }, rules.goMinor, rules.roundUp);
    steps.push({ capacity: at, heapBytes: rules.roundUp(at) });
  };
  if (at === 0) grow(0, RECORD_HEAD_BYTES - 10);
  let length = RECORD_HEAD_BYTES;
  for (let left = contentBytes; left > 0; ) {
    const fit = Math.min(left, Math.floor((at - length) / pieceBytes) * pieceBytes);
    length += fit;
    left -= fit;
    if (left === 0) break;
    const piece = Math.min(left, pieceBytes);
    if (length + piece > at) grow(length, piece);
    length += piece;
    left -= piece;
  }
  if (length + 1 > at) grow(length, 1);
  return steps;
}
