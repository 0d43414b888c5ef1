/**
 * Where a runtime puts the log of a container: the kubelet's layout for containerd and CRI-O, dockerd's own for
 * docker. The names are made up from the seed, so that the same workload writes the same paths.
 */
import { join } from 'node:path';
import { createRandom } from '../random.js';
import type { Runtime } from './types.js';

const NAMESPACE = 'line-buffer';
const CONTAINER = 'printer';

/** Relative to the directory that stands for `/var/log/pods` or `/var/lib/docker/containers`. */
export function logPath(runtime: Runtime, container: number, seed: number): string {
  const random = createRandom(seed + container);
  if (runtime === 'docker') {
    const id = random.hex(64);
    return join(id, `${id}-json.log`);
  }
  const uid = [8, 4, 4, 4, 12].map((digits) => random.hex(digits)).join('-');
  return join(`${NAMESPACE}_${CONTAINER}-${container}_${uid}`, CONTAINER, '0.log');
}
