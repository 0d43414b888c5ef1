/**
 * A small seeded random source, so that a benchmark file is the same bytes on every machine.
 *
 * It is mulberry32: good enough to vary log lines, and far too weak for anything else.
 */
export interface Random {
  /** An integer from 0 to `below` - 1. */
  int(below: number): number;
  /** A number from 0 up to, but not including, 1. */
  fraction(): number;
  /** `digits` lower-case hexadecimal digits. */
  hex(digits: number): string;
  pick<T>(items: readonly T[]): T;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const fraction = (): number => next() / 0x1_0000_0000;
  const int = (below: number): number => Math.floor(fraction() * below);
  return {
    int,
    fraction,
    hex(digits) {
      let text = '';
      while (text.length < digits) text += next().toString(16).padStart(8, '0');
      return text.slice(0, digits);
    },
    pick(items) {
      const item = items[int(items.length)];
      if (item === undefined) throw new RangeError('pick: the list is empty');
      return item;
    },
  };
}
