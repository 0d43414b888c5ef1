/** The latencies as the table that people read. */
import { alignTable } from '../follow/align-table.js';
import type { Quantiles } from './quantiles.js';

export interface LatencyResult {
  readonly name: string;
  readonly milliseconds: Quantiles;
  /** Of the seconds before, in which the program was still being compiled. */
  readonly coldMilliseconds: Quantiles;
  /** Incidents that did not come at all. */
  readonly missing: number;
  /** Lines that were written, as measured. */
  readonly linesPerSecond: number;
  /** Of one core, by analyze. */
  readonly cpuShare: number;
  /** Of the processors' time, what the host of a virtual machine gave to others. */
  readonly stolenShare: number;
  readonly peakMegabytes: number;
  /** SIGTERM brought a summary. */
  readonly drained: boolean;
}

export function renderLatency(results: readonly LatencyResult[]): string {
  return alignTable(
    [
      'input',
      'incidents',
      'p50 ms',
      'p90 ms',
      'p99 ms',
      'max ms',
      'cold p99 ms',
      'missing',
      'CPU',
      'stolen',
      'peak RSS MB',
      'summary',
    ],
    results.map(
      ({
        name,
        milliseconds: { count, p50, p90, p99, max },
        coldMilliseconds,
        missing,
        cpuShare,
        stolenShare,
        peakMegabytes,
        drained,
      }) => [
        name,
        String(count),
        ...[p50, p90, p99, max, coldMilliseconds.p99].map((ms) =>
          Number.isFinite(ms) ? ms.toFixed(1) : 'none',
        ),
        String(missing),
        `${Math.round(cpuShare * 100)} %`,
        `${Math.round(stolenShare * 100)} %`,
        String(Math.round(peakMegabytes)),
        drained ? 'yes' : 'none',
      ],
    ),
  );
}
