/**
 * Numbers in words: counts, sizes, ranges, plurals. Input sizes are decimal (1 kB = 1,000 bytes), memory is
 * binary (1 KiB = 1,024 bytes), and the unit's spelling says which.
 */
import type { Range } from '../diagnose/types.js';

const decimal = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;
const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;
const large = ['', ' k', ' M', ' G', ' T'] as const;

/** 12,345 in full, from 100,000 on with three digits: `48 M`, `1.25 M`. */
export function count(value: number): string {
  if (Math.abs(value) < 100_000) return grouped(String(Math.round(value)));
  const power = powerOf(value, 1000, large.length);
  return digits(value / 1000 ** power) + (large[power] ?? '');
}

/** `1 line`, `2 lines`, `0 lines`; the plural is the singular with an s unless given. */
export function counted(value: number, singular: string, plural = `${singular}s`): string {
  return `${count(value)} ${value === 1 ? singular : plural}`;
}

/** Size of an input: `0 B`, `812 B`, `1.2 GB`, decimal. */
export function inputSize(bytes: number): string {
  return sized(bytes, 1000, decimal);
}

/** Memory: `400 KiB`, `0.19 GiB`, binary, both ends in the unit of the larger. */
export function memoryRange(range: Range): string {
  const power = powerOf(range.max, 1024, binary.length);
  const unit = binary[power] ?? '';
  const max = digits(range.max / 1024 ** power);
  const min = digits(range.min / 1024 ** power);
  return min === max ? `${max} ${unit}` : `${min}-${max} ${unit}`;
}

/** Upper bound of memory: `0.2 GiB`. */
export function memorySize(bytes: number): string {
  return memoryRange({ min: bytes, max: bytes });
}

/** `0-16 goroutines`, `1 fd`. */
export function countedRange(range: Range, singular: string, plural = `${singular}s`): string {
  if (range.min === range.max) return counted(range.max, singular, plural);
  return `${count(range.min)}-${count(range.max)} ${plural}`;
}

/** Ends added up: what several subjects leave behind in one daemon. */
export function sumRanges(ranges: readonly Range[]): Range {
  return ranges.reduce((sum, range) => ({ min: sum.min + range.min, max: sum.max + range.max }), {
    min: 0,
    max: 0,
  });
}

function sized(value: number, base: number, units: readonly string[]): string {
  const power = powerOf(value, base, units.length);
  return `${digits(value / base ** power)} ${units[power] ?? ''}`;
}

// 999.7 must become the next unit, not "1000".
function powerOf(value: number, base: number, powers: number): number {
  let power = 0;
  let rest = Math.abs(value);
  while (rest >= base - 0.5 && power < powers - 1) {
    rest /= base;
    power += 1;
  }
  return power;
}

function digits(value: number): string {
  if (value === 0) return '0';
  const shown = Math.abs(value) < 10 ? value.toPrecision(2) : value.toFixed(0);
  const [whole = '', fraction] = String(Number(Number(shown).toFixed(3))).split('.');
  return fraction === undefined ? grouped(whole) : `${grouped(whole)}.${fraction}`;
}

/** By hand: the first call of `toLocaleString` takes longer than all else that a report of a few lines does. */
function grouped(whole: string): string {
  return whole.replace(/\B(?=(?:\d{3})+$)/g, ',');
}
