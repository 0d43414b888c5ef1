/**
 * How many records a line becomes, and how large the log file is: the rule of containerd's redirectLogs in closed
 * form. A part is written only when the line is longer than the limit, so a line of just the limit is one record.
 */
import type { End } from '../types.js';

/** `<time> <stdout|stderr> <P|F> ` and the newline; the time as RFC3339Nano in UTC with all nine digits. */
export const RECORD_HEAD_BYTES = 30 + 1 + 6 + 1 + 1 + 1;
export const RECORD_BYTES = RECORD_HEAD_BYTES + 1;

export interface Records {
  readonly partial: number;
  readonly full: number;
  /** Bytes in the file. The time may be written shorter: its trailing zeros are left out. */
  readonly bytes: number;
}

export function sumOf(a: Records, b: Records): Records {
  return { partial: a.partial + b.partial, full: a.full + b.full, bytes: a.bytes + b.bytes };
}

export function times({ partial, full, bytes }: Records, factor: number): Records {
  return { partial: partial * factor, full: full * factor, bytes: bytes * factor };
}

/** Records of one line of `lineBytes`; `limitBytes` 0 and below: no limit. */
export function recordsOfLine(lineBytes: number, limitBytes: number, end: End): Records {
  const parts = lineBytes > 0 && limitBytes > 0 ? Math.ceil(lineBytes / limitBytes) - 1 : 0;
  const last = end === 'newline' || lineBytes > 0 ? 1 : 0;
  return {
    partial: parts + (end === 'newline' ? 0 : last),
    full: end === 'newline' ? 1 : 0,
    bytes: lineBytes + (parts + last) * RECORD_BYTES,
  };
}
