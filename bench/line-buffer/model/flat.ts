/** The outcome of a reader that never holds more than its buffer: the same for any length of line. */
import { CURVE_POINTS, type Sample, type Workload } from '../types.js';
import type { Records } from './records.js';
import type { ModelOutcome } from './types.js';

export interface FlatReader {
  /** Of all streams. */
  readonly records: Records;
  /** Of one stream, when so much of the line was fed. */
  readonly heldBytes: (fedBytes: number) => number;
  /** What one record takes while it is written. */
  readonly transientBytes: number;
  readonly text: string;
}

export function flatOutcome(workload: Workload, reader: FlatReader): ModelOutcome {
  const { lineBytes, containers, paceBytesPerSecond } = workload;
  const streams = containers * workload.streams;
  const heldBytes = reader.heldBytes(lineBytes) * streams;
  const peakBytes = heldBytes + reader.transientBytes * streams;
  const curve: Sample[] = [];
  const add = (phase: Sample['phase'], fed: number, held: number, rssBytes: number): void => {
    const seconds = paceBytesPerSecond === null ? 0 : fed / paceBytesPerSecond;
    curve.push({ phase, seconds, fedBytes: fed * streams, heldBytes: held, rssBytes });
  };
  for (let i = 0; i <= CURVE_POINTS; i++) {
    const fed = Math.floor((lineBytes * i) / CURVE_POINTS);
    add('open', fed, reader.heldBytes(fed) * streams, i === 0 ? 0 : peakBytes);
  }
  add('after', lineBytes, 0, peakBytes);
  return {
    heldBytes,
    peakHeapBytes: peakBytes,
    peakRssBytes: peakBytes,
    peakRssOneAtATimeBytes: peakBytes,
    openRssBytes: peakBytes,
    retainedBytes: 0,
    retainedRssBytes: peakBytes,
    partialRecords: reader.records.partial,
    fullRecords: reader.records.full,
    diskBytes: reader.records.bytes,
    curve,
    released: { retainedUntil: null, collectedWithinSeconds: null, text: reader.text },
  };
}
