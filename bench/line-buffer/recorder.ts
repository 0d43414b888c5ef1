/**
 * Takes the points of a growth curve while streams are read: what the reader counts as held, and what this process
 * measures of itself, both over the idle state at the recorder's creation.
 */
import type { Clock } from './clock.js';
import { collectGarbage, growth, highest, type OwnMemory, ownMemory } from './process-memory.js';
import type { StreamCounts } from './stream-counts.js';
import type { Phase, Sample } from './types.js';

export interface ProcessSample extends Sample {
  readonly heldBytes: number;
  readonly rssBytes: number;
  /** JavaScript objects of this process, and memory of its Buffers; both with garbage not yet collected. */
  readonly heapUsedBytes: number;
  readonly arrayBuffersBytes: number;
}

/** Growth of this process over idle. `open` and `after` were read after a garbage collection. */
export interface ProcessGrowth {
  /** The line is complete and still open. */
  readonly open: OwnMemory;
  readonly peak: OwnMemory;
  /** The end was dealt with. */
  readonly after: OwnMemory;
}

export interface Recorder {
  /** So many bytes more were taken: takes a point when enough have come since the last. */
  taken(bytes: number): void;
  flush(): void;
  /** The line is complete and open; returns the counts of that moment. */
  open(): StreamCounts;
  after(): void;
  growth(): ProcessGrowth;
  /** What the counts said was retained at `after`. */
  retainedBytes(): number;
  curve(): readonly ProcessSample[];
}

export interface RecorderOptions {
  readonly clock: Clock;
  readonly counts: () => StreamCounts;
  /** Bytes between two points while the line is open. */
  readonly everyBytes: number;
  readonly onSample?: (sample: ProcessSample) => void;
}

/** Of a curve. Many streams flush many times; more points than this say nothing more. */
const MOST_FLUSH_POINTS = 200;

const NO_GROWTH: OwnMemory = { rssBytes: 0, heapUsedBytes: 0, arrayBuffersBytes: 0 };

export function createRecorder({ clock, counts, everyBytes, onSample }: RecorderOptions): Recorder {
  collectGarbage();
  const idle = ownMemory();
  const start = clock.seconds();
  const curve: ProcessSample[] = [];
  let open = NO_GROWTH;
  let peak = NO_GROWTH;
  let after = NO_GROWTH;
  let retained = 0;
  let taken = 0;
  let next = 0;
  let flushes = 0;
  let phase: Phase = 'open';

  function point(sum: StreamCounts): OwnMemory {
    const memory = growth(idle, ownMemory());
    peak = highest(peak, memory);
    const sample: ProcessSample = {
      phase,
      seconds: clock.seconds() - start,
      fedBytes: sum.takenBytes,
      heldBytes: sum.heldBytes + sum.retainedBytes,
      ...memory,
    };
    curve.push(sample);
    onSample?.(sample);
    return memory;
  }

  return {
    taken(bytes) {
      taken += bytes;
      if (phase !== 'open' || taken < next) return;
      next = taken + everyBytes;
      point(counts());
    },
    flush() {
      if (++flushes > MOST_FLUSH_POINTS) return;
      if (phase === 'flush') point(counts());
      else peak = highest(peak, growth(idle, ownMemory()));
    },
    open() {
      // With the garbage first: it is part of the peak.
      peak = highest(peak, growth(idle, ownMemory()));
      collectGarbage();
      const sum = { ...counts() };
      open = point(sum);
      phase = 'flush';
      flushes = 0;
      return sum;
    },
    after() {
      peak = highest(peak, growth(idle, ownMemory()));
      phase = 'after';
      collectGarbage();
      const sum = counts();
      retained = sum.heldBytes + sum.retainedBytes;
      after = point(sum);
    },
    growth: () => ({ open, peak, after }),
    retainedBytes: () => retained,
    curve: () => curve,
  };
}
