/**
 * A sweep: every combination of limits, lines and versions, in an order that does not change. The runtime turns
 * slowest and the line fastest, so that what belongs together stands together.
 */
import { RUNTIMES, type Runtime, type Workload } from './types.js';
import { DEFAULT_VERSIONS, OWN_READER_BYTES } from './workload.js';

/** Combinations of one sweep. */
export const MOST_COMBINATIONS = 1000;

/** What is varied; what is not named here is the same in all. */
export interface Axes {
  readonly runtimes: readonly Runtime[];
  /** Of containerd. */
  readonly versions: readonly string[];
  /** Of containerd; the others have none to set. */
  readonly limits: readonly number[];
  readonly lines: readonly number[];
}

export type Fixed = Omit<Workload, 'runtime' | 'version' | 'limitBytes' | 'lineBytes' | 'readerBytes'> & {
  /** Null: the runtime's own. */
  readonly readerBytes: number | null;
};

export function sweep(axes: Axes, fixed: Fixed): Workload[] {
  const workloads: Workload[] = [];
  for (const runtime of RUNTIMES.filter((each) => axes.runtimes.includes(each))) {
    const versions = runtime === 'containerd' ? axes.versions : [DEFAULT_VERSIONS[runtime]];
    const readerBytes = fixed.readerBytes ?? OWN_READER_BYTES[runtime];
    // Only containerd has a limit to set: the others write whatever fills their buffer.
    const limits = runtime === 'containerd' ? axes.limits : [readerBytes];
    for (const version of versions) {
      for (const limitBytes of limits) {
        for (const lineBytes of axes.lines) {
          workloads.push({ ...fixed, runtime, version, limitBytes, lineBytes, readerBytes });
        }
      }
    }
  }
  return workloads;
}
