/**
 * A sweep: every combination of limits, lines and versions, in an order that does not change. The runtime turns
 * slowest and the line fastest, so that what belongs together stands together.
 */
import { RUNTIMES, type Runtime, type Workload } from './types.js';

/** Version that stands for a runtime where none is named. Only containerd's decides anything. */
export const DEFAULT_VERSIONS: Readonly<Record<Runtime, string>> = {
  containerd: '1.6.20',
  docker: '27.4.1',
  'cri-o': '1.30.0',
};

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

/** Read buffers of the runtimes: containerd's bufio.Reader, dockerd's Copier, conmon's STDIO_BUF_SIZE. */
export const READER_BYTES: Readonly<Record<Runtime, number>> = {
  containerd: 4096,
  docker: 16_384,
  'cri-o': 8192,
};

export function sweep(axes: Axes, fixed: Fixed): Workload[] {
  const workloads: Workload[] = [];
  for (const runtime of RUNTIMES.filter((each) => axes.runtimes.includes(each))) {
    const versions = runtime === 'containerd' ? axes.versions : [DEFAULT_VERSIONS[runtime]];
    const readerBytes = fixed.readerBytes ?? READER_BYTES[runtime];
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

/** One workload, with the defaults of the command for what is left out: 64 MiB into containerd without a limit. */
export function workloadOf(stated: Partial<Workload> = {}): Workload {
  const runtime = stated.runtime ?? 'containerd';
  return {
    runtime,
    version: DEFAULT_VERSIONS[runtime],
    limitBytes: runtime === 'containerd' ? -1 : READER_BYTES[runtime],
    lineBytes: 64 * 1024 * 1024,
    end: 'newline',
    before: null,
    containers: 1,
    streams: 1,
    writeBytes: 64 * 1024,
    readerBytes: READER_BYTES[runtime],
    paceBytesPerSecond: null,
    seed: 1,
    ...stated,
  };
}
