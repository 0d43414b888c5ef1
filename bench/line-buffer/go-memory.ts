/**
 * What the simulator asks of the rules by which Go hands out memory. The model knows them for every version; a test
 * may put simpler ones in their place.
 */
import type { RoundUp } from './go-bytes-buffer.js';

export interface GoMemory {
  /** Minor version: 19 for go1.19. */
  readonly goMinor: number;
  readonly roundUp: RoundUp;
  /** Capacity, in elements, of a slice that an append of one element makes larger. `capacity` of it was full. */
  readonly growSlice: (capacity: number, elementBytes: number) => number;
}
