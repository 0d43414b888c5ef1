/**
 * Picks the reader that a workload's runtime has, with the rules of its version.
 */

import { redirectWithConmon } from './conmon.js';
import { copyDockerLogs } from './moby-copier.js';
import { goRules } from './model/go-rules.js';
import { redirectLogs } from './redirect-logs.js';
import type { StreamContext, StreamRun } from './stream-counts.js';
import type { Workload } from './types.js';
import { eraOf } from './versions.js';

/** `readerBytes` is the buffer of that runtime; `limitBytes` is containerd's only, the others have no such setting. */
export function readStream(
  input: AsyncIterable<Buffer>,
  {
    runtime,
    version,
    limitBytes,
    readerBytes,
  }: Pick<Workload, 'runtime' | 'version' | 'limitBytes' | 'readerBytes'>,
  context: StreamContext,
): StreamRun {
  if (runtime === 'docker') return copyDockerLogs(input, { readerBytes }, context);
  if (runtime === 'cri-o') return redirectWithConmon(input, { readerBytes }, context);
  const { flush, goMinor } = eraOf(version);
  return redirectLogs(input, { limitBytes, readerBytes, flush, memory: goRules(goMinor) }, context);
}
