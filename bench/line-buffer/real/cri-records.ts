/**
 * Counts the records of a CRI log file as a containerd wrote it. A record can be as long as the file, so only the
 * head of each line is looked at.
 */
import { createReadStream } from 'node:fs';

export interface RecordCounts {
  readonly partialRecords: number;
  readonly fullRecords: number;
  readonly bytes: number;
  /** Of the longest record, with its time and newline. */
  readonly longestBytes: number;
}

/** Longer than `2006-01-02T15:04:05.999999999+07:00 stdout P `. */
const HEAD_BYTES = 64;
const HEAD = /^\d{4}-\d\d-\d\dT\S+ (?:stdout|stderr) ([PF]) /;
const NEWLINE = 0x0a;

/** Throws where a line is not a record, with its number. */
export async function countRecords(file: string): Promise<RecordCounts> {
  let partialRecords = 0;
  let fullRecords = 0;
  let bytes = 0;
  let longestBytes = 0;
  let head = '';
  let length = 0;
  const finish = (): void => {
    const tag = HEAD.exec(head)?.[1];
    if (tag === undefined) {
      throw new Error(
        `${file}: line ${partialRecords + fullRecords + 1} is not a CRI record: ${JSON.stringify(head)}`,
      );
    }
    if (tag === 'P') partialRecords += 1;
    else fullRecords += 1;
    longestBytes = Math.max(longestBytes, length);
    head = '';
    length = 0;
  };
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    let start = 0;
    while (start < chunk.length) {
      const newline = chunk.indexOf(NEWLINE, start);
      const end = newline === -1 ? chunk.length : newline + 1;
      if (head.length < HEAD_BYTES)
        head += chunk.toString('latin1', start, Math.min(end, start + HEAD_BYTES));
      length += end - start;
      start = end;
      if (newline !== -1) finish();
    }
  }
  if (length > 0) finish();
  return { partialRecords, fullRecords, bytes, longestBytes };
}
