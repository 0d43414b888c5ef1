/**
 * conmon, which reads a container's output for CRI-O: it keeps nothing from one read to the next. What a read of 8
 * KiB brings is written at once, whole lines as F records and the rest as a P record.
 *
 * There is no limit of a line to configure: `limitBytes` of a workload does not apply, `readerBytes` stands for the
 * buffer. CRI-O's `log_size_max`, at which conmon starts an empty file, is not followed.
 */
import { conmonTime, recordHead } from './cri-record.js';
import { emptyCounts, type StreamContext, type StreamRun } from './stream-counts.js';

/** STDIO_BUF_SIZE of conmon: the most that one read brings, and so the longest record. */
export const CONMON_BYTES = 8192;
const NEWLINE = 0x0a;
const LINE_END = Buffer.from('\n');

export interface ConmonOptions {
  /** Size of the buffer, `CONMON_BYTES` by default. */
  readonly readerBytes?: number;
}

/**
 * Reads `input` to its end. A chunk is what lies in the pipe: it is read in parts of the buffer's size, and a read
 * does not reach over two chunks, as it would not with a conmon that keeps up. A line that is open at the end has
 * no F record; conmon writes an empty one only since containers/conmon#592 (September 2025).
 */
export function redirectWithConmon(
  input: AsyncIterable<Buffer>,
  { readerBytes = CONMON_BYTES }: ConmonOptions,
  { log, stream, now, onTaken }: StreamContext,
): StreamRun {
  const counts = emptyCounts();

  async function write(part: Buffer, time: string): Promise<void> {
    const ended = part.at(-1) === NEWLINE;
    const head = recordHead(time, stream, ended ? 'F' : 'P');
    const record = Buffer.concat(ended ? [head, part] : [head, part, LINE_END]);
    counts.inputEntries++;
    counts.inputBytes += ended ? part.length - 1 : part.length;
    counts.outputEntries++;
    counts.outputBytes += record.length;
    counts.longestRecordBytes = Math.max(counts.longestRecordBytes, record.length);
    if (ended) counts.fullRecords++;
    else counts.partialRecords++;
    await log.append(record);
  }

  async function take(read: Buffer): Promise<void> {
    counts.peakBytes = Math.max(counts.peakBytes, read.length);
    // All records of one read have one time.
    const time = conmonTime(now());
    for (let at = 0; at < read.length; ) {
      const newline = read.indexOf(NEWLINE, at);
      const end = newline < 0 ? read.length : newline + 1;
      await write(read.subarray(at, end), time);
      if (newline < 0 && end === readerBytes) counts.splitEntries++;
      at = end;
    }
  }

  async function run(): Promise<void> {
    for await (const chunk of input) {
      for (let at = 0; at < chunk.length; at += readerBytes) await take(chunk.subarray(at, at + readerBytes));
      counts.takenBytes += chunk.length;
      onTaken?.(chunk.length);
    }
    onTaken?.(0);
  }
  return { counts, done: run() };
}
