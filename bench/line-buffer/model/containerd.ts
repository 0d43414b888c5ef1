/**
 * containerd's redirectLogs with the figures that are reported. All streams of a workload print the same, so that
 * their flushes coincide: that is what a kill of a pod or an eviction makes of them. `peakRssOneAtATimeBytes` is the
 * other case.
 */
import type { Workload } from '../types.js';
import { course, FORCED_COLLECTION_SECONDS } from './course.js';
import { recordsOfLines } from './lines-before.js';
import { recordsOfLine } from './records.js';
import type { ModelOutcome, Released } from './types.js';

function releasedOf(workload: Workload, keptBytes: number, version: string): Released {
  const garbage = `garbage goes with the next collection, within ${FORCED_COLLECTION_SECONDS} s at the latest, and to the kernel some seconds later`;
  if (keptBytes > 0)
    return {
      retainedUntil: 'stream-close',
      collectedWithinSeconds: FORCED_COLLECTION_SECONDS,
      text: `The line buffer keeps the size of the longest record until the container's stream closes; ${garbage}.`,
    };
  const why = workload.end === 'newline' ? `containerd ${version} keeps no buffer` : 'The stream is closed';
  return {
    retainedUntil: null,
    collectedWithinSeconds: FORCED_COLLECTION_SECONDS,
    text: `${why}: nothing is retained; ${garbage}.`,
  };
}

/** Throws RangeError for a version without such a line buffer. */
export function modelContainerd(workload: Workload): ModelOutcome {
  const { containers, lineBytes, limitBytes, end, version } = workload;
  const streams = containers * workload.streams;
  const all = course(workload, streams);
  const one = streams === 1 ? all : course(workload, 1);
  const records = recordsOfLines(workload, recordsOfLine(lineBytes, limitBytes, end), (bytes) =>
    recordsOfLine(bytes, limitBytes, 'newline'),
  );
  // While one stream flushes, the others hold their line open or have dealt with it.
  const others = (streams - 1) * Math.max(one.openRssBytes, one.retainedRssBytes);
  const { keptBytes, steps: _steps, ...figures } = all;
  return {
    ...figures,
    peakRssOneAtATimeBytes: Math.min(all.peakRssBytes, one.peakRssBytes + others),
    partialRecords: records.partial,
    fullRecords: records.full,
    diskBytes: records.bytes,
    released: releasedOf(workload, keptBytes, version),
  };
}
