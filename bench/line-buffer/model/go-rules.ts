/**
 * The rules of one version of Go that decide how much memory an open line takes. Each is from Go's own source; the
 * changes that matter came with 1.18 (slices, pacer), 1.19 (bytes.Buffer, pacer), 1.20 and 1.22 (heap bitmap).
 */
import type { GoMemory } from '../go-memory.js';
import { roundUpSize } from './size-classes.js';

export interface GoRules extends GoMemory {
  /**
   * Whether a grown bytes.Buffer is cleared from end to end, which makes all of it resident. Up to 1.18 it is fresh
   * memory from the kernel of which only the part written to is.
   */
  readonly clearsGrownBuffer: boolean;
  /** Bytes of heap bitmap that a byte of heap makes resident, noscan spans too. */
  readonly bitmapPerHeapByte: number;
  /** Where between the marked heap and the goal a collection starts: right after one that came late, and else. */
  readonly hurriedTrigger: number;
  readonly calmTrigger: number;
  /** From 1.19 on a large heap lets the calm trigger come as near to the goal as this; null: only by ratio. */
  readonly calmRunwayBytes: number | null;
}

/**
 * Books on one span: runtime.mspan as it is allocated (144 measured on 1.19), and its allocation and mark bits, of
 * which the runtime keeps up to four generations of two words.
 */
export const SPAN_BYTES = 144 + 4 * 16;
/** GOGC=100: no collection below this goal. */
export const LEAST_GOAL_BYTES = 4 * 1024 * 1024;

/** Capacity in elements after an append of one to a full slice (runtime.growslice). */
function grownSlice(capacity: number, elementBytes: number, goMinor: number): number {
  // Up to 1.17: doubling below 1024 elements, then a quarter more; since 1.18 a smooth change that begins at 256.
  const threshold = goMinor >= 18 ? 256 : 1024;
  let grown = capacity < threshold ? 2 * capacity : capacity;
  if (capacity >= threshold)
    grown += goMinor >= 18 ? Math.floor((capacity + 3 * threshold) / 4) : Math.floor(capacity / 4);
  const wanted = Math.max(grown, capacity + 1);
  return Math.floor(roundUpSize(wanted * elementBytes) / elementBytes);
}

function bitmapPerHeapByte(goMinor: number): number {
  // Two bits a word; from 1.20 one bit and one for every eight words; from 1.22 none for memory without pointers.
  if (goMinor < 20) return 1 / 32;
  return goMinor < 22 ? 1 / 64 + 1 / 512 : 0;
}

/** `goMinor`: 19 for go1.19. */
export function goRules(goMinor: number): GoRules {
  return {
    goMinor,
    roundUp: roundUpSize,
    growSlice: (capacity, elementBytes) => grownSlice(capacity, elementBytes, goMinor),
    clearsGrownBuffer: goMinor >= 19,
    bitmapPerHeapByte: bitmapPerHeapByte(goMinor),
    hurriedTrigger: goMinor >= 18 ? 0.7 : 0.6,
    calmTrigger: 0.95,
    calmRunwayBytes: goMinor >= 19 ? LEAST_GOAL_BYTES : null,
  };
}
