/**
 * conmon under CRI-O: written in C, one read of 8 KiB on the stack, which is written out before the next. It holds
 * nothing of a line.
 */
import type { Workload } from '../types.js';
import { flatOutcome } from './flat.js';
import { recordsOfStreams } from './lines-before.js';
import { RECORD_BYTES, type Records } from './records.js';
import type { ModelOutcome } from './types.js';

/** conmon writes a numeric offset (`+00:00`) where Go writes `Z`. */
const CONMON_RECORD_BYTES = RECORD_BYTES + 5;

/**
 * A read ends with a write of the container or a full buffer, so a line has a record for each part that those ends
 * cut it into. The newline at the end comes by itself, after the line was open for a while: it ends an empty record.
 */
function recordsOfStream(workload: Workload, lengths: Iterable<number>): Records {
  const { writeBytes, readerBytes, lineBytes, end } = workload;
  const endsBefore = (at: number): number =>
    Math.floor(at / writeBytes) * Math.ceil(writeBytes / readerBytes) +
    Math.floor((at % writeBytes) / readerBytes);
  let at = 0;
  let partial = 0;
  let full = 0;
  for (const length of lengths) {
    partial += endsBefore(at + length) - endsBefore(at);
    full++;
    at += length + 1;
  }
  const content = at - full + lineBytes;
  if (lineBytes > 0) partial += endsBefore(at + lineBytes - 1) - endsBefore(at) + 1;
  if (end === 'newline') full++;
  return { partial, full, bytes: content + (partial + full) * CONMON_RECORD_BYTES };
}

export function modelConmon(workload: Workload): ModelOutcome {
  const { lineBytes, readerBytes } = workload;
  return flatOutcome(workload, {
    records: recordsOfStreams(workload, (lengths) => recordsOfStream(workload, lengths)),
    heldBytes: () => 0,
    transientBytes: Math.min(lineBytes, readerBytes),
    text: 'conmon writes what a read of 8 KiB brings before it reads again: nothing is held or retained.',
  });
}
