/**
 * What the tests of the readers share: bytes as streams in chunks of any size, a log that is kept in memory, and the
 * records in it.
 */
import { Readable } from 'node:stream';
import type { Clock } from '../../bench/line-buffer/clock.js';
import type { GoMemory } from '../../bench/line-buffer/go-memory.js';
import type { LogFile } from '../../bench/line-buffer/log-file.js';
import { type RedirectOptions, redirectLogs } from '../../bench/line-buffer/redirect-logs.js';
import type { StreamContext, StreamCounts } from '../../bench/line-buffer/stream-counts.js';
import type { Workload } from '../../bench/line-buffer/types.js';

/** Memory that is handed out as asked for, in slices that double. */
export const EXACT_MEMORY: GoMemory = {
  goMinor: 19,
  roundUp: (bytes) => bytes,
  growSlice: (capacity) => 2 * capacity,
};

/** A time stamp of the full width. */
export const NOW = BigInt(Date.parse('2026-01-02T03:04:05Z')) * 1_000_000n + 123_456_789n;
export const TIME = '2026-01-02T03:04:05.123456789Z';

/** Time stands still at NOW; nobody may sleep. */
export const STILL: Clock = {
  nanoseconds: () => NOW,
  seconds: () => 0,
  sleep: () => Promise.reject(new Error('a sleep was not expected')),
};

/** Lower-case letters, so that a byte too few or too many shows. */
export function text(bytes: number): Buffer {
  const content = Buffer.alloc(bytes);
  for (let i = 0; i < bytes; i++) content[i] = 97 + (i % 23);
  return content;
}

/** `sizes` are taken in turn, again from the first when they are used up. */
export function chunked(input: Buffer, sizes: readonly number[]): Readable {
  function* chunks(): Generator<Buffer> {
    for (let at = 0, turn = 0; at < input.length; turn++) {
      const size = sizes[turn % sizes.length] ?? 1;
      yield input.subarray(at, at + size);
      at += size;
    }
  }
  return Readable.from(chunks(), { objectMode: false });
}

export interface KeptLog extends LogFile {
  readonly records: readonly Buffer[];
}

export function keepLog(): KeptLog {
  const records: Buffer[] = [];
  return {
    path: 'kept in memory',
    records,
    get bytes() {
      return records.reduce((sum, record) => sum + record.length, 0);
    },
    append(record) {
      records.push(Buffer.from(record));
      return undefined;
    },
    async close() {},
  };
}

export function context(log: LogFile): StreamContext {
  return { stream: 'stdout', log, now: () => NOW };
}

export interface Redirected {
  /** Tag and content of every record, such as `F abc`. */
  readonly records: readonly string[];
  readonly counts: StreamCounts;
}

/** Through containerd's reader, with the whole head of every record checked. */
export async function redirect(
  input: Buffer,
  limitBytes: number,
  sizes: readonly number[] = [65536],
  options: Partial<RedirectOptions> = {},
): Promise<Redirected> {
  const log = keepLog();
  const { counts, done } = redirectLogs(
    chunked(input, sizes),
    { limitBytes, flush: 'line-buffer', memory: EXACT_MEMORY, ...options },
    context(log),
  );
  await done;
  return { records: log.records.map(contentOf), counts };
}

function contentOf(record: Buffer): string {
  const head = `${TIME} stdout `;
  const line = record.toString('latin1');
  if (!line.startsWith(head) || !line.endsWith('\n')) throw new Error(`not a record: ${line.slice(0, 80)}`);
  return line.slice(head.length, -1);
}

/** Lengths of records in short: `P16*511 F1` for 511 partial ones of 16 bytes and a full one of 1. */
export function inShort(records: readonly string[]): string {
  const runs: { lengths: string; count: number }[] = [];
  for (const record of records) {
    const lengths = `${record[0]}${record.length - 2}`;
    const last = runs.at(-1);
    if (last?.lengths === lengths) last.count++;
    else runs.push({ lengths, count: 1 });
  }
  return runs.map(({ lengths, count }) => (count === 1 ? lengths : `${lengths}*${count}`)).join(' ');
}

export function workload(changes: Partial<Workload> = {}): Workload {
  return {
    runtime: 'containerd',
    version: '1.6.20',
    limitBytes: 16384,
    lineBytes: 65536,
    end: 'newline',
    before: null,
    containers: 1,
    streams: 1,
    writeBytes: 65536,
    readerBytes: 4096,
    paceBytesPerSecond: null,
    seed: 1,
    ...changes,
  };
}
