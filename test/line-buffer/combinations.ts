/** Workloads and combinations for the tests of reports, with figures that are easy to recognise. */
import type { Combination, Figures } from '../../bench/line-buffer/report/combination.js';
import type { Sample, Workload } from '../../bench/line-buffer/types.js';

export const KIB = 1024;
export const MIB = 1024 * KIB;

export function workload(overrides: Partial<Workload> = {}): Workload {
  return {
    runtime: 'containerd',
    version: '1.6.20',
    limitBytes: -1,
    lineBytes: 64 * MIB,
    end: 'newline',
    before: null,
    containers: 1,
    streams: 1,
    writeBytes: 64 * KIB,
    readerBytes: 4 * KIB,
    paceBytesPerSecond: null,
    seed: 1,
    ...overrides,
  };
}

/** Grows with the line where there is no limit, else stays at it; the peak is four times what is held. */
export function figures({ limitBytes, lineBytes, containers, streams }: Workload): Figures {
  const held = (fed: number) => (limitBytes > 0 ? Math.min(fed, limitBytes) : fed) * containers * streams;
  const open: Sample[] = [0, 1, 2, 3, 4].map((quarter) => {
    const fed = (lineBytes * quarter) / 4;
    return {
      phase: 'open',
      seconds: quarter,
      fedBytes: fed * containers * streams,
      heldBytes: held(fed),
      rssBytes: held(fed) + KIB,
    };
  });
  const whole = held(lineBytes);
  const last = open.at(-1) as Sample;
  const records = limitBytes > 0 ? Math.ceil(lineBytes / limitBytes) : 1;
  return {
    heldBytes: whole,
    peakHeapBytes: 3 * whole,
    peakRssBytes: 4 * whole,
    retainedBytes: 2 * whole,
    partialRecords: (records - 1) * containers * streams,
    fullRecords: containers * streams,
    diskBytes: lineBytes * containers * streams,
    openRssBytes: whole + KIB,
    retainedRssBytes: 2 * whole,
    peakRssOneAtATimeBytes: 3 * whole,
    released: { retainedUntil: null, collectedWithinSeconds: 120, text: 'It is collected within 120 s.' },
    curve: [
      ...open,
      { ...last, phase: 'flush', heldBytes: 3 * whole, rssBytes: 4 * whole },
      { ...last, phase: 'after', heldBytes: 2 * whole, rssBytes: 4 * whole },
    ],
  };
}

export function combination(overrides: Partial<Workload> = {}, more: Partial<Combination> = {}): Combination {
  const fed = workload(overrides);
  return {
    workload: fed,
    source: 'model',
    outcome: figures(fed),
    simulated: null,
    process: null,
    real: null,
    command: null,
    ...more,
  };
}
