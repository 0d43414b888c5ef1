/**
 * Reads the fixtures of `go tool pprof -top` without the code under test, and prints a figure in their unit: with it
 * tests hold our figures against the digits that pprof itself printed.
 */
import { twoDecimals } from '../../lib/evidence/pprof/pprof-quantity.js';

export interface PrintedRow {
  readonly name: string;
  readonly flat: string;
  readonly flatShare: string;
  readonly cum: string;
  readonly cumShare: string;
}

export function printedRows(text: string): readonly PrintedRow[] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.includes('flat%')) + 1;
  return lines.slice(start).flatMap((line) => {
    const [flat, flatShare, , cum, cumShare, ...name] = line.trim().split(/ +/);
    if (flat === undefined || flatShare === undefined || cum === undefined || cumShare === undefined)
      return [];
    return [{ name: name.join(' ').replace(/ \(.*inline\)$/, ''), flat, flatShare, cum, cumShare }];
  });
}

export function printedTotal(text: string): string {
  return /of (\S+) total/.exec(text)?.[1] ?? '';
}

const UNITS: Readonly<Record<string, number>> = { kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };

/** `value` with the digits and the unit that `printed` has. */
export function printedLike(value: number, printed: string): string {
  const unit = /[A-Za-z]+$/.exec(printed)?.[0] ?? '';
  if (unit === '') return String(value);
  return `${twoDecimals(value / (UNITS[unit] ?? 1)).replace(/\.00$/, '')}${unit}`;
}
