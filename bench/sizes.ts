/**
 * Sizes as people write them and as reports show them. `16KiB`, `1.5 MiB` and `16k` are binary, `16kB` and `2GB`
 * decimal, a bare number is bytes; lists and ranges of them make sweeps.
 */

/** 64 TiB: more than any machine has, and exact in a number for 128 streams of it. */
export const LARGEST_SIZE = 2 ** 46;
/** Steps of one range or list: a sweep of more is a slip of the pen. */
export const MOST_SIZES = 200;
/** What stands for "no limit" where containerd takes every number at or below 0. */
export const UNLIMITED = -1;

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  ...binaryUnits(),
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
  tb: 1000 ** 4,
};
const SHOWN = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;
const SIZE = /^(\d{1,16}(?:\.\d{1,6})?) ?([A-Za-z]{0,3})$/;
const RANGE = /^(.+?)\.\.(.+?)(?:\.\.x(\d{1,4}(?:\.\d{1,3})?))?$/;
const SIZE_WORDS = 'a size such as 4096, 16KiB, 1.5MiB or 1GiB';

/** A text that is no size; whoever knows the option's name puts it in front. */
export class SizeError extends Error {
  override readonly name = 'SizeError';
  constructor(
    readonly expected: string,
    readonly found: string,
  ) {
    super(`expected ${expected}, found ${JSON.stringify(found)}`);
  }
}

/** Whole bytes, 0 to 64 TiB. Throws a SizeError. */
export function parseSize(text: string): number {
  const [, digits = '', unit = ''] = SIZE.exec(text.trim()) ?? [];
  const factor = Object.hasOwn(UNITS, unit.toLowerCase()) ? UNITS[unit.toLowerCase()] : undefined;
  if (digits === '' || factor === undefined) throw new SizeError(SIZE_WORDS, text);
  if (factor === 1 && digits.includes('.')) throw new SizeError(`${SIZE_WORDS} (bytes are whole)`, text);
  const bytes = Math.round(Number(digits) * factor);
  if (bytes > LARGEST_SIZE) throw new SizeError(`a size of at most ${formatSize(LARGEST_SIZE)}`, text);
  return bytes;
}

/** A size, or -1 for no limit: `-1` and every other negative number, `unlimited`, `none`; 0 stays 0. */
export function parseLimit(text: string): number {
  const word = text.trim().toLowerCase();
  if (word === 'unlimited' || word === 'none' || /^-\d{1,18}$/.test(word)) return UNLIMITED;
  try {
    return parseSize(text);
  } catch (error) {
    if (error instanceof SizeError && error.expected.startsWith(SIZE_WORDS)) {
      throw new SizeError(`${SIZE_WORDS}, or -1 for no limit`, text);
    }
    throw error;
  }
}

/**
 * `16KiB,1MiB,-1`, `1MiB..1GiB` (doubling, both ends included), `1MiB..1GiB..x4`, and lists of these. In the order
 * in which they stand, each once.
 */
export function parseSizes(text: string, parseOne: (text: string) => number = parseSize): number[] {
  const sizes = new Set<number>();
  for (const part of text.split(',')) {
    const [, from, to, factor = '2'] = RANGE.exec(part.trim()) ?? [];
    if (from === undefined || to === undefined) sizes.add(parseOne(part.trim()));
    else for (const size of steps(part, parseSize(from), parseSize(to), Number(factor))) sizes.add(size);
    if (sizes.size > MOST_SIZES) throw new SizeError(`at most ${MOST_SIZES} sizes`, text);
  }
  return [...sizes];
}

function steps(text: string, from: number, to: number, factor: number): number[] {
  if (from < 1 || to < from) throw new SizeError('a range from a size above 0 to a larger one', text);
  if (factor <= 1) throw new SizeError('a range whose step is above x1, such as 1MiB..1GiB..x4', text);
  const sizes: number[] = [];
  for (let size = from; size < to; size = Math.max(size + 1, Math.round(size * factor))) {
    sizes.push(size);
    if (sizes.length > MOST_SIZES) throw new SizeError(`a range of at most ${MOST_SIZES} sizes`, text);
  }
  return [...sizes, to];
}

/** `16 KiB`, `1.5 MiB`, `1,000 B`; three or four digits where it is not a round figure. */
export function formatSize(bytes: number): string {
  let unit = 0;
  let value = bytes;
  // 1,023.9 KiB is 1 MiB to a reader.
  while (Math.abs(value) >= 1023.5 && unit < SHOWN.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const isRound = Number.isInteger(value * (Math.abs(value) < 10 ? 100 : 10));
  const shown = isRound || Math.abs(value) >= 1000 ? value : Number(value.toPrecision(3));
  return `${shown.toLocaleString('en-US', { maximumFractionDigits: isRound ? 2 : unit === 0 || shown >= 100 ? 0 : 2 })} ${SHOWN[unit]}`;
}

/** `16 KiB`, `unlimited`. */
export function formatLimit(bytes: number): string {
  return bytes > 0 ? formatSize(bytes) : 'unlimited';
}

function binaryUnits(): Record<string, number> {
  return Object.fromEntries(
    ['k', 'm', 'g', 't'].flatMap((letter, at) => {
      const factor = 1024 ** (at + 1);
      return [
        [letter, factor],
        [`${letter}ib`, factor],
        [`${letter}i`, factor],
      ];
    }),
  );
}
