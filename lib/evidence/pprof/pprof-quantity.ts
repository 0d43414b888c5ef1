/**
 * Quantities as pprof writes them: `2440.59MB`, `512.20kB`, `40`, `0`. `parseQuantity` reads them to bytes, counts or
 * nanoseconds, `printQuantity` and `printShare` write them back. One place, so that a table made from a protobuf
 * profile shows the same digits as the one that `go tool pprof -top` would print.
 */
import type { Measure } from '../types.js';

export interface Quantity {
  /** Bytes, a bare count, or nanoseconds. */
  readonly value: number;
  readonly unit: 'bytes' | 'count' | 'time';
  /** What a 1 in the unit as written is: 1048576 for `MB`. */
  readonly scale: number;
}

/** pprof's `kB` and `MB` are powers of 1024, whatever their spelling. */
const BYTES: ReadonlyMap<string, number> = new Map([
  ['b', 1],
  ['kb', 1024],
  ['mb', 1024 ** 2],
  ['gb', 1024 ** 3],
  ['tb', 1024 ** 4],
  ['pb', 1024 ** 5],
]);
const NANOSECONDS: ReadonlyMap<string, number> = new Map([
  ['ns', 1],
  ['us', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
  ['seconds', 1e9],
  ['mins', 6e10],
  ['hrs', 3.6e12],
  ['days', 8.64e13],
]);
const QUANTITY = /^(-?\d{1,18}(?:\.\d{1,9})?)\s?([A-Za-z]{0,8})$/;

/** Null for what is no quantity, or one of an unknown unit. A bare number is a count. */
export function parseQuantity(text: string): Quantity | null {
  const match = QUANTITY.exec(text);
  if (match === null) return null;
  const number = Number(match[1]);
  const name = (match[2] ?? '').toLowerCase();
  if (name === '') return { value: number, unit: 'count', scale: 1 };
  const bytes = BYTES.get(name);
  const scale = bytes ?? NANOSECONDS.get(name);
  if (scale === undefined) return null;
  // Fractions of a byte come from the digits left out, not from the heap.
  return { value: Math.round(number * scale), unit: bytes === undefined ? 'time' : 'bytes', scale };
}

const STEPS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** As pprof prints it: two decimals unless both are 0, in the largest unit that leaves at least 1. */
export function printQuantity(value: number, measure: Measure): string {
  if (measure !== 'inuse_space' && measure !== 'alloc_space') return String(value);
  let scaled = value;
  let step = 0;
  while (scaled >= 1024 && step < STEPS.length - 1) {
    scaled /= 1024;
    step += 1;
  }
  const digits = twoDecimals(scaled).replace(/\.00$/, '');
  return digits === '0' ? '0' : `${digits}${STEPS[step]}`;
}

/** Share of a total as pprof prints it: `73.15%`, `0.63%`, `100%`, `0%`. */
export function printShare(value: number, total: number): string {
  const percent = total === 0 ? 0 : (value / total) * 100;
  if (percent >= 99.95 && percent <= 100.05) return '100%';
  if (percent >= 1) return `${twoDecimals(percent)}%`;
  return `${Number(percent.toPrecision(2))}%`;
}

/**
 * As Go's `%.2f`, for values from 0 up: an exact half goes to the even digit, where `toFixed` goes up. Halves are
 * common in profiles, since sizes are powers of two: 3,145,856 bytes are 3072.125 kB.
 */
export function twoDecimals(value: number): string {
  const eighths = value * 8;
  if (!Number.isSafeInteger(eighths) || eighths % 2 === 0) return value.toFixed(2);
  const below = Math.floor(value * 100);
  return ((below % 2 === 0 ? below : below + 1) / 100).toFixed(2);
}
