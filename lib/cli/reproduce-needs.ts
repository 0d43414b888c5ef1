/**
 * What the simulator needs of this machine for a sweep, held against what is there before the first byte is fed: a
 * refusal in the middle would take the results with it.
 */
import { tmpdir } from 'node:os';
import { type Machine, type Needs, whyNot } from '../../bench/line-buffer/machine.js';
import { readerSize } from '../../bench/line-buffer/read-line.js';
import type { Workload } from '../../bench/line-buffer/types.js';
import { formatLimit, formatSize } from '../../bench/sizes.js';
import { UsageError } from './usage-error.js';

/** What is asked of the machine and the model; a part of what a run is made of. */
export interface NeedsParts {
  readonly model: (workload: Workload) => { readonly peakRssBytes: number; readonly diskBytes: number };
  readonly machineOf: (directory: string) => Promise<Machine>;
}

/** Node itself, and the management of its Buffers. */
const SIMULATOR_BYTES = 64 * 1024 * 1024;
/** Measured: Node needs 12 % more than the bytes that its Buffers hold. */
const SIMULATOR_OVERHEAD = 1.12;
/** Measured: resident memory that a Buffer takes beside its bytes, and how much of that is on the JavaScript heap. */
const PIECE_BYTES = 600;
const PIECE_HEAP_BYTES = 230;
/** Batch of a log file; content and stream of a printer, beside its write and its read buffer. */
const CONTAINER_BYTES = 256 * 1024;
const STREAM_BYTES = 128 * 1024;

export function simulatorNeeds(
  workload: Workload,
  { peakRssBytes, diskBytes }: ReturnType<NeedsParts['model']>,
): Required<Needs> {
  const { runtime, limitBytes, lineBytes, containers, writeBytes, readerBytes } = workload;
  const streams = containers * workload.streams;
  const pieceBytes = readerSize(limitBytes, readerBytes);
  const openBytes =
    runtime !== 'containerd' ? 0 : limitBytes > 0 ? Math.min(lineBytes, limitBytes) : lineBytes;
  const pieces = (openBytes / pieceBytes) * streams;
  return {
    memoryBytes:
      SIMULATOR_BYTES +
      Math.max(0, peakRssBytes) * SIMULATOR_OVERHEAD +
      pieces * PIECE_BYTES +
      containers * CONTAINER_BYTES +
      streams * (STREAM_BYTES + writeBytes + readerBytes),
    heapBytes: pieces * PIECE_HEAP_BYTES,
    diskBytes,
    openFiles: containers,
  };
}

export interface Asked {
  /** Directory for the log files of all runs, which stay; null: they go with each run. */
  readonly keep: string | null;
  readonly force: boolean;
}

/** Throws a UsageError that names the first of them that does not fit. Files that stay add up. */
export async function refuseWhatDoesNotFit(
  workloads: readonly Workload[],
  { keep, force }: Asked,
  { model, machineOf }: NeedsParts,
): Promise<void> {
  if (force) return;
  const machine = await machineOf(keep ?? tmpdir());
  let keptBytes = 0;
  for (const workload of workloads) {
    const needs = simulatorNeeds(workload, model(workload));
    const why = whyNot({ ...needs, diskBytes: needs.diskBytes + keptBytes }, machine);
    if (why !== null) {
      const limit = `limit ${formatLimit(workload.limitBytes)}`;
      throw new UsageError(
        `--line: ${formatSize(workload.lineBytes)} with ${limit} ${why}; compute it with --model, or insist with --force`,
      );
    }
    if (keep !== null) keptBytes += needs.diskBytes;
  }
}
