/**
 * What a runtime makes of a workload, computed: nothing is fed and nothing is allocated. For containerd it follows
 * Go's own rules for slices, buffers and garbage collection; the others hold no more than their read buffer.
 */
import { LEAST_READER_BYTES } from '../read-line.js';
import type { Workload } from '../types.js';
import { workloadOf } from '../workload.js';
import { modelConmon } from './conmon.js';
import { modelContainerd } from './containerd.js';
import { modelDocker } from './docker.js';
import type { ModelOutcome } from './types.js';

/** 64 TiB: above it sums of several streams would no longer be exact. */
const MOST_LINE_BYTES = 2 ** 46;

function requireWhole(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (!Number.isSafeInteger(value) || value < least || value > most)
    throw new RangeError(
      `${name}: expected a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`}, found ${value}`,
    );
}

function requireWorkload(workload: Workload): void {
  requireWhole('lineBytes', workload.lineBytes, 0, MOST_LINE_BYTES);
  requireWhole('limitBytes', workload.limitBytes, Number.MIN_SAFE_INTEGER);
  requireWhole('containers', workload.containers, 1, 100_000);
  requireWhole('streams', workload.streams, 1, 2);
  requireWhole('readerBytes', workload.readerBytes, 1);
  if (workload.runtime !== 'containerd') return;
  if (workload.limitBytes > 0 && workload.limitBytes < LEAST_READER_BYTES)
    throw new RangeError(
      `limitBytes: expected ${LEAST_READER_BYTES} or more, or 0 and below for no limit, found ${workload.limitBytes}: containerd reads at least ${LEAST_READER_BYTES} bytes at a time and panics on longer lines with such a limit`,
    );
}

/**
 * Bytes are growth over the idle process, sums over all containers and streams. Their lines end at the same time, as
 * in a kill or on a full node; what it takes when they do not is `peakRssOneAtATimeBytes`. While the line is open a
 * collection is assumed right before its end. Takes milliseconds for any length.
 *
 * Throws RangeError for sizes that cannot be, for limits that containerd panics on, and for versions of containerd
 * that are not known or hold no line.
 */
export function model(stated: Partial<Workload> = {}): ModelOutcome {
  const workload = workloadOf(stated);
  requireWorkload(workload);
  switch (workload.runtime) {
    case 'containerd':
      return modelContainerd(workload);
    case 'docker':
      return modelDocker(workload);
    case 'cri-o':
      return modelConmon(workload);
  }
}
