/**
 * Go's heap as far as the line buffer needs it: what is live, what is garbage until the next collection, when that
 * comes, and which memory was touched. A process keeps what it touched, so residency is a high-water mark.
 *
 * A collection counts as instantaneous. The pieces of a line hold no pointers, so that marking 1 GiB of them takes
 * milliseconds, while the growth that started it goes on copying for longer.
 */
import { type GoRules, LEAST_GOAL_BYTES, SPAN_BYTES } from './go-rules.js';
import { PAGE_BYTES } from './size-classes.js';

/** `small`: fits into any hole of the heap. `run`: needs pages in a row, as all above 32 KiB do. */
export type Shape = 'small' | 'run';

export interface Heap {
  /** Live and garbage, without what the idle process has. */
  readonly allocatedBytes: number;
  readonly liveBytes: number;
  /** Highest `allocatedBytes`, as a reader of runtime.MemStats can see it. */
  readonly peakBytes: number;
  /** Pages of the heap that were touched, with Go's own books on them. */
  readonly residentBytes: number;
  /** Those books alone: they are never given back. */
  readonly bookBytes: number;
  /** How often memory was asked for: what the walk over a line costs. */
  readonly requests: number;
  /** Bytes that can be allocated before the next collection starts. */
  readonly roomBytes: number;
  /** `touched`: how much of it is written to, when that is less than all. */
  allocate(bytes: number, shape: Shape, touched?: number): void;
  /** The same for memory that is filled right away for longer than a collection takes. */
  allocateAndCopy(bytes: number, shape: Shape, touched?: number): void;
  /** What was live becomes garbage. */
  drop(bytes: number, shape: Shape): void;
  /** Small memory that is garbage as soon as it is used. */
  waste(bytes: number): void;
  /** runtime.GC() */
  collect(): void;
}

/** `idleBytes`: live heap of the idle process. It only decides when collections come. */
export function createHeap(rules: GoRules, idleBytes: number): Heap {
  let live = 0;
  let peak = 0;
  let touchedBytes = 0;
  let smallBytes = 0;
  let mostSmallBytes = 0;
  let runs = 0;
  let freeBytes = 0;
  let freeRun = 0;
  let garbage = { small: 0, run: 0 };
  let trigger = 0;
  let requests = 0;

  const allocated = (): number => live + garbage.small + garbage.run;

  function setTrigger(marked: number, ratio: number): void {
    const goal = Math.max(2 * marked, LEAST_GOAL_BYTES);
    trigger = marked + ratio * (goal - marked);
    if (ratio === rules.calmTrigger && rules.calmRunwayBytes !== null)
      trigger = Math.max(trigger, goal - rules.calmRunwayBytes);
  }

  function collect(ratio: number): void {
    freeBytes += garbage.small + garbage.run;
    // Buffers that grew one after the other lie side by side; the largest hole is what they leave together.
    freeRun = Math.max(freeRun, garbage.run);
    garbage = { small: 0, run: 0 };
    setTrigger(live + idleBytes, ratio);
  }

  function take(bytes: number, shape: Shape, touched: number): void {
    requests++;
    live += bytes;
    if (shape === 'small') {
      smallBytes += bytes;
      mostSmallBytes = Math.max(mostSmallBytes, smallBytes);
    } else runs++;
    const reused = shape === 'small' ? Math.min(freeBytes, bytes) : freeRun >= bytes ? bytes : 0;
    freeBytes -= reused;
    freeRun = shape === 'run' ? freeRun - reused : Math.min(freeRun, freeBytes);
    if (reused < bytes) touchedBytes += Math.max(0, touched - reused);
  }

  function drop(bytes: number, shape: Shape): void {
    live -= bytes;
    garbage[shape] += bytes;
    if (shape === 'small') smallBytes -= bytes;
  }

  const due = (): boolean => allocated() + idleBytes >= trigger;
  const note = (): void => {
    peak = Math.max(peak, allocated());
  };
  const bookBytes = (): number =>
    touchedBytes * rules.bitmapPerHeapByte + SPAN_BYTES * (mostSmallBytes / PAGE_BYTES + runs);

  setTrigger(idleBytes, rules.calmTrigger);
  return {
    get allocatedBytes() {
      return allocated();
    },
    get liveBytes() {
      return live;
    },
    get peakBytes() {
      return peak;
    },
    get residentBytes() {
      return touchedBytes + bookBytes();
    },
    get bookBytes() {
      return bookBytes();
    },
    get requests() {
      return requests;
    },
    get roomBytes() {
      return Math.max(0, trigger - idleBytes - allocated());
    },
    allocate(bytes, shape, touched = bytes) {
      take(bytes, shape, touched);
      note();
      if (due()) collect(rules.calmTrigger);
    },
    allocateAndCopy(bytes, shape, touched = bytes) {
      take(bytes, shape, touched);
      // The old memory is live until it is copied. What the collection frees is gone before anyone can look.
      if (due()) collect(rules.hurriedTrigger);
      note();
    },
    drop,
    waste(bytes) {
      take(bytes, 'small', bytes);
      note();
      drop(bytes, 'small');
      if (due()) collect(rules.calmTrigger);
    },
    collect() {
      collect(rules.calmTrigger);
    },
  };
}
