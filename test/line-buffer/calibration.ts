/** What the real redirectLogs took, row by row: fixtures with the columns that the model is held against. */
import { readFileSync } from 'node:fs';
import type { End, Workload } from '../../bench/line-buffer/types.js';
import { FIXTURES } from '../root.js';

export interface Row {
  readonly name: string;
  readonly lineBytes: number;
  readonly limitBytes: number;
  readonly end: End;
  readonly heldBytes: number;
  readonly openRssBytes: number;
  readonly peakHeapBytes: number;
  readonly peakRssBytes: number;
  readonly retainedBytes: number;
  readonly partialRecords: number;
  readonly fullRecords: number;
  readonly diskBytes: number;
}

/** A csv of the calibration as one object per line, all values as text. */
export function calibrationTable(file: string): Record<string, string>[] {
  const text = readFileSync(new URL(`calibration/${file}`, FIXTURES), 'utf8');
  const [head = '', ...lines] = text.trim().split('\n');
  const columns = head.split(',');
  return lines.map((line) => {
    const values = line.split(',');
    return Object.fromEntries(columns.map((column, at) => [column, values[at] ?? '']));
  });
}

/** Rows of lines of 1 MiB and more: below that a few kB of the process itself decide. */
export function calibrationRows(file: string): Row[] {
  const rows = calibrationTable(file).map((row) => ({
    name: `${row.n} bytes, limit ${row.max_len}, written by ${row.write_chunk}, ${row.end}`,
    lineBytes: Number(row.n),
    limitBytes: Number(row.max_len),
    end: row.end === 'eof' ? ('eof' as const) : ('newline' as const),
    heldBytes: Number(row.open_heap_alloc),
    openRssBytes: Number(row.open_rss_nogc),
    peakHeapBytes: Number(row.peak_heap_alloc),
    peakRssBytes: Number(row.peak_rss_hwm),
    retainedBytes: Number(row.after_nl_heap_alloc),
    partialRecords: Number(row.p_records),
    fullRecords: Number(row.f_records),
    diskBytes: Number(row.disk_bytes),
  }));
  return rows.filter(({ lineBytes }) => lineBytes >= 2 ** 20);
}

/** One stream of one container of containerd 1.6.20, unless told otherwise. */
export function workload(parts: Partial<Workload> = {}): Workload {
  return {
    runtime: 'containerd',
    version: '1.6.20',
    limitBytes: -1,
    lineBytes: 2 ** 20,
    end: 'newline',
    before: null,
    containers: 1,
    streams: 1,
    writeBytes: 65_536,
    readerBytes: 4096,
    paceBytesPerSecond: null,
    seed: 1,
    ...parts,
  };
}

/** How far `found` is from `expected`, as a fraction of that. */
export function off(found: number, expected: number): number {
  return Math.abs(found - expected) / Math.abs(expected);
}
