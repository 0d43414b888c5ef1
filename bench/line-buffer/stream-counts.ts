/**
 * What a runtime's reader of one stream counts while it works: what came in, what went out, and what it holds in
 * between. The same figures for every runtime, so that runtimes can be compared.
 */

import type { StreamName } from './cri-record.js';
import type { LogFile } from './log-file.js';

export interface StreamCounts {
  /** Bytes read from the stream, line ends included. */
  readonly takenBytes: number;
  /** As containerd's metrics have it: pieces, not lines; line ends do not count. */
  readonly inputEntries: number;
  readonly inputBytes: number;
  /** Records written, and their bytes with head and newline: what is on disk. */
  readonly outputEntries: number;
  readonly outputBytes: number;
  /** Records that were written because a line went over the limit. */
  readonly splitEntries: number;
  readonly partialRecords: number;
  readonly fullRecords: number;
  /** Bytes of the longest record. */
  readonly longestRecordBytes: number;
  /**
   * Bytes of the line that is open: its pieces and the list of them. Counted as the runtime's own allocator would
   * count them; what a reader has from its first byte to its last (the read buffer) is not in it.
   */
  readonly heldBytes: number;
  /** Bytes that stay for the next line when this one is written; given back when the stream closes. */
  readonly retainedBytes: number;
  /** Highest sum of everything that was live at one time. Garbage does not count. */
  readonly peakBytes: number;
}

export type MutableCounts = { -readonly [key in keyof StreamCounts]: StreamCounts[key] };

export function emptyCounts(): MutableCounts {
  return {
    takenBytes: 0,
    inputEntries: 0,
    inputBytes: 0,
    outputEntries: 0,
    outputBytes: 0,
    splitEntries: 0,
    partialRecords: 0,
    fullRecords: 0,
    longestRecordBytes: 0,
    heldBytes: 0,
    retainedBytes: 0,
    peakBytes: 0,
  };
}

/** Sums, and the longest record of all. A sum of peaks is the peak only when all streams flush at once. */
export function sumCounts(all: readonly StreamCounts[]): StreamCounts {
  const sum = emptyCounts();
  for (const counts of all) {
    for (const key of Object.keys(sum) as (keyof StreamCounts)[]) {
      sum[key] = key === 'longestRecordBytes' ? Math.max(sum[key], counts[key]) : sum[key] + counts[key];
    }
  }
  return sum;
}

/** What every runtime's reader needs beside its own options. */
export interface StreamContext {
  readonly stream: StreamName;
  readonly log: LogFile;
  /** Nanoseconds since 1970 UTC, for the records' time stamps. */
  readonly now: () => bigint;
  /** A chunk of so many bytes was dealt with, and all it led to is written; 0: the end of the stream was. */
  readonly onTaken?: (bytes: number) => void;
  /** Memory changed in the middle of a flush: the old and the new are both there. */
  readonly onFlush?: () => void;
}

export interface StreamRun {
  /** Live: they change until `done`. */
  readonly counts: StreamCounts;
  /** Fulfilled at the end of the stream; rejects when the stream or the log file fails. */
  readonly done: Promise<void>;
}
