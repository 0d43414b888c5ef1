/**
 * What a runtime makes of a workload, computed: nothing is fed and nothing is allocated. For containerd it follows
 * Go's own rules for slices, buffers and garbage collection; the others hold no more than their read buffer.
 */
import { checkWorkload } from '../check-workload.js';
import type { Workload } from '../types.js';
import { workloadOf } from '../workload.js';
import { modelConmon } from './conmon.js';
import { modelContainerd } from './containerd.js';
import { modelDocker } from './docker.js';
import type { ModelOutcome } from './types.js';

/**
 * Bytes are growth over the idle process, sums over all containers and streams. Their lines end at the same time, as
 * in a kill or on a full node; what it takes when they do not is `peakRssOneAtATimeBytes`. While the line is open a
 * collection is assumed right before its end. Takes milliseconds for any length of the long line; lines in front of it
 * are gone through, some millions a second.
 *
 * Throws a WorkloadError, which is a RangeError, for what `checkWorkload` refuses.
 */
export function model(stated: Partial<Workload> = {}): ModelOutcome {
  const workload = workloadOf(stated);
  checkWorkload(workload);
  switch (workload.runtime) {
    case 'containerd':
      return modelContainerd(workload);
    case 'docker':
      return modelDocker(workload);
    case 'cri-o':
      return modelConmon(workload);
  }
}
