/**
 * Go's bytes.Buffer as far as containerd's line buffer needs it: what is written is appended to memory that grows
 * by Go's rules and that a reset does not give back. That is why the longest line ever stays allocated.
 */

import { constants } from 'node:buffer';

/** What Go's allocator makes of a request: the size class or the whole pages that it is rounded up to. Bytes. */
export type RoundUp = (bytes: number) => number;

/** A first write of no more than this gets a buffer of exactly this size. */
const SMALL_BYTES = 64;
/** From go1.19 the capacity is what the allocator gives; before, it was what was asked for. */
const FIRST_ROUNDING_GO = 19;

export interface GoBytesBuffer {
  /** Bytes that the buffer can hold without growing; kept by `reset`. */
  readonly capacity: number;
  readonly length: number;
  write(bytes: Buffer): void;
  /** What was written since the last reset; changes with the next write. */
  bytes(): Buffer;
  reset(): void;
}

/** The capacity that a buffer of `capacity` with `length` bytes in it gets when `more` do not fit. */
export function grownCapacity(
  { capacity, length, more }: { readonly capacity: number; readonly length: number; readonly more: number },
  goMinor: number,
  roundUp: RoundUp,
): number {
  if (capacity === 0 && more <= SMALL_BYTES) return SMALL_BYTES;
  if (goMinor < FIRST_ROUNDING_GO) return 2 * capacity + more;
  return roundUp(Math.max(length + more, 2 * capacity));
}

/** Memory of its own, as Go allocates it. Throws RangeError where Node has no Buffer that large. */
export function allocate(bytes: number): Buffer {
  if (bytes > constants.MAX_LENGTH)
    throw new RangeError(
      `expected a record buffer of at most ${constants.MAX_LENGTH} bytes, all that Node ${process.version} has, ` +
        `found ${bytes}: feed a shorter line, or compute it with the model`,
    );
  return Buffer.allocUnsafeSlow(bytes);
}

/** `onGrow` is told while both the old and the new memory are there, with the capacities in bytes. */
export function createGoBytesBuffer(
  goMinor: number,
  roundUp: RoundUp,
  onGrow: (oldCapacity: number, newCapacity: number) => void = () => {},
): GoBytesBuffer {
  let memory: Buffer = Buffer.alloc(0);
  let length = 0;
  return {
    get capacity() {
      return memory.length;
    },
    get length() {
      return length;
    },
    write(bytes) {
      if (bytes.length > memory.length - length) {
        const capacity = grownCapacity(
          { capacity: memory.length, length, more: bytes.length },
          goMinor,
          roundUp,
        );
        const grown = allocate(capacity);
        memory.copy(grown, 0, 0, length);
        onGrow(memory.length, capacity);
        memory = grown;
      }
      length += bytes.copy(memory, length);
    },
    bytes: () => memory.subarray(0, length),
    reset() {
      length = 0;
    },
  };
}
