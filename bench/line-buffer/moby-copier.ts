/**
 * dockerd's Copier with the json-file driver: it never holds more of a line than its buffer of 16 KiB. What fills
 * that without a newline goes out at once as a partial message, whose record lacks the newline at its end.
 *
 * There is no limit to configure: `limitBytes` of a workload does not apply, `readerBytes` stands for the buffer,
 * which a log driver may choose for itself. As dockerd does since its parts carry PartialLogMetaData: all parts of a
 * line have the time of the first.
 */
import { rfc3339Nano } from './cri-record.js';
import { dockerJsonRecord } from './docker-json.js';
import { emptyCounts, type StreamContext, type StreamRun } from './stream-counts.js';

/** Of the Copier for drivers that ask for no other (json-file, local); it is the longest part, too. */
export const COPIER_BYTES = 16 * 1024;
const NEWLINE = 0x0a;

/** What dockerd tells its driver about a part of a line (PartialLogMetaData). */
export interface PartialMessage {
  /** The same for all parts of a line. */
  readonly id: number;
  /** Counts from 1. */
  readonly ordinal: number;
  readonly last: boolean;
}

/** One message to the log driver. `partial` is null where the whole line is in it. */
export interface DockerMessage {
  readonly line: Buffer;
  readonly partial: PartialMessage | null;
  readonly nanoseconds: bigint;
}

export interface CopierOptions {
  /** Size of the buffer, `COPIER_BYTES` by default. */
  readonly readerBytes?: number;
  readonly onMessage?: (message: DockerMessage) => void;
}

/** Reads `input` to its end. Its `heldBytes` are those of the open line; the buffer itself is there when idle, too. */
export function copyDockerLogs(
  input: AsyncIterable<Buffer>,
  { readerBytes = COPIER_BYTES, onMessage }: CopierOptions,
  { log, stream, now, onTaken }: StreamContext,
): StreamRun {
  const counts = emptyCounts();
  const buffer = Buffer.allocUnsafeSlow(readerBytes);
  let filled = 0;
  let lines = 0;
  /** The line that was begun with a partial message and is not yet ended. */
  let open: { readonly id: number; readonly nanoseconds: bigint; parts: number } | null = null;

  async function send(line: Buffer, ended: boolean): Promise<void> {
    let partial: PartialMessage | null = null;
    if (open === null && !ended) open = { id: ++lines, nanoseconds: now(), parts: 0 };
    const nanoseconds = open === null ? now() : open.nanoseconds;
    if (open !== null) partial = { id: open.id, ordinal: ++open.parts, last: ended };
    if (ended) open = null;
    onMessage?.({ line: Buffer.from(line), partial, nanoseconds });
    const content = ended ? Buffer.concat([line, Buffer.from('\n')]) : line;
    const record = dockerJsonRecord(content, stream, rfc3339Nano(nanoseconds));
    counts.inputEntries++;
    counts.inputBytes += line.length;
    counts.outputEntries++;
    counts.outputBytes += record.length;
    counts.longestRecordBytes = Math.max(counts.longestRecordBytes, record.length);
    if (ended) counts.fullRecords++;
    else counts.partialRecords++;
    await log.append(record);
  }

  async function take(chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      const fits = chunk.subarray(at, at + buffer.length - filled);
      const newline = fits.indexOf(NEWLINE);
      const length = newline < 0 ? fits.length : newline;
      filled += fits.copy(buffer, filled, 0, length);
      at += length;
      if (newline >= 0) {
        at++;
        await send(buffer.subarray(0, filled), true);
        filled = 0;
      } else if (filled === buffer.length) {
        await send(buffer, false);
        counts.splitEntries++;
        filled = 0;
      }
    }
    counts.heldBytes = filled;
    counts.peakBytes = Math.max(counts.peakBytes, filled);
  }

  async function run(): Promise<void> {
    for await (const chunk of input) {
      await take(chunk);
      counts.takenBytes += chunk.length;
      onTaken?.(chunk.length);
    }
    if (filled > 0) await send(buffer.subarray(0, filled), false);
    counts.heldBytes = 0;
    onTaken?.(0);
  }
  return { counts, done: run() };
}
