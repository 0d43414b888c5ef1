/**
 * The lines in front of the long one, as the simulator prints them: every stream draws lengths of its own, with the
 * seed next to that of the stream before it.
 */
import { lengthsBefore } from '../line-source.js';
import type { Workload } from '../types.js';
import { type Records, sumOf, times } from './records.js';

const NONE: Records = { partial: 0, full: 0, bytes: 0 };

/** Sum over all streams of what `ofStream` makes of the lengths of one. */
export function recordsOfStreams(
  workload: Workload,
  ofStream: (lengths: Iterable<number>) => Records,
): Records {
  const streams = workload.containers * workload.streams;
  // All print the same where nothing is drawn.
  if (workload.before === null || workload.before.lengths.kind === 'fixed')
    return times(ofStream(lengthsBefore(workload)), streams);
  let sum = NONE;
  for (let index = 0; index < streams; index++)
    sum = sumOf(sum, ofStream(lengthsBefore({ ...workload, seed: workload.seed + index })));
  return sum;
}

/** The same where every line becomes its records without regard to the others. `last`: of the long line. */
export function recordsOfLines(
  workload: Workload,
  last: Records,
  ofLine: (lineBytes: number) => Records,
): Records {
  return recordsOfStreams(workload, (lengths) => {
    let sum = last;
    for (const bytes of lengths) sum = sumOf(sum, ofLine(bytes));
    return sum;
  });
}
