/** The growth curve that the model draws: evenly spaced while the line is open, one sample for every step after. */
import { CURVE_POINTS, type Phase, type Sample, type Workload } from '../types.js';
import type { Heap } from './heap.js';

export interface Curve {
  readonly samples: readonly Sample[];
  /** To be told how far each stream is fed; returns at how many bytes it wants to be told again. */
  readonly open: (fedBytes: number) => number;
  flush(): void;
  /** `seconds` after the flush. */
  after(heldBytes: number, rssBytes: number, seconds: number): void;
}

export function createCurve(workload: Workload, streams: number, heap: Heap): Curve {
  const { lineBytes, paceBytesPerSecond } = workload;
  const samples: Sample[] = [];
  const every = lineBytes / CURVE_POINTS;
  let next = 0;

  function add(phase: Phase, fed: number, heldBytes: number, rssBytes: number, later = 0): void {
    const seconds = (paceBytesPerSecond === null ? 0 : fed / paceBytesPerSecond) + later;
    samples.push({ phase, seconds, fedBytes: fed * streams, heldBytes, rssBytes: Math.round(rssBytes) });
  }
  return {
    samples,
    open(fed) {
      if (fed >= next || fed >= lineBytes) {
        add('open', fed, heap.liveBytes, heap.residentBytes);
        while (next <= fed) next += Math.max(1, every);
      }
      return Math.min(next, lineBytes);
    },
    flush: () => add('flush', lineBytes, heap.liveBytes, heap.residentBytes),
    after: (heldBytes, rssBytes, seconds) => add('after', lineBytes, heldBytes, rssBytes, seconds),
  };
}
