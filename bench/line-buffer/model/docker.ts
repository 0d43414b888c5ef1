/**
 * dockerd's Copier with the json-file driver: 16 KiB of a stream, whatever the line. What a full buffer holds is
 * sent on as a partial message and encoded as one line of JSON; the next read writes over it.
 */
import { rfc3339Nano } from '../cri-record.js';
import { dockerJsonRecord } from '../docker-json.js';
import type { End, Workload } from '../types.js';
import { flatOutcome } from './flat.js';
import { recordsOfLines } from './lines-before.js';
import type { Records } from './records.js';
import { roundUpSize } from './size-classes.js';
import type { ModelOutcome } from './types.js';

/** A time with all nine digits: what a record's length is counted with. */
const TIME = rfc3339Nano(1_000_000_000_123_456_789n);
const EMPTY_RECORD_BYTES = dockerJsonRecord(Buffer.alloc(0), 'stdout', TIME).length;
/** `\n` in JSON. */
const ESCAPED_NEWLINE_BYTES = 2;

function recordsOfLine(lineBytes: number, bufferBytes: number, end: End): Records {
  // A full buffer goes out before the reader knows whether a newline follows, so the last message may be empty.
  const parts = Math.floor(lineBytes / bufferBytes);
  const rest = end === 'newline' || lineBytes % bufferBytes > 0 ? 1 : 0;
  const full = end === 'newline' ? 1 : 0;
  return {
    partial: parts + rest - full,
    full,
    bytes: lineBytes + (parts + rest) * EMPTY_RECORD_BYTES + full * ESCAPED_NEWLINE_BYTES,
  };
}

/** Content that JSON must escape takes more on disk than this says. */
export function modelDocker(workload: Workload): ModelOutcome {
  const { lineBytes, readerBytes, end } = workload;
  const records = recordsOfLines(workload, recordsOfLine(lineBytes, readerBytes, end), (bytes) =>
    recordsOfLine(bytes, readerBytes, 'newline'),
  );
  // The message is a copy of the buffer from a pool, its JSON another one in a buffer that grows by doubling.
  const message = roundUpSize(Math.min(lineBytes, readerBytes));
  return flatOutcome(workload, {
    records,
    heldBytes: (fed) => (fed > 0 ? fed % readerBytes : 0),
    transientBytes: message * 3,
    text: 'dockerd holds no more of a line than its buffer of 16 KiB, which the stream has from its start.',
  });
}
