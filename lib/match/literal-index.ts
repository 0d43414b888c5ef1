/**
 * Finds which of some hundred literals occur in a line, in one pass over it. A literal is filed under the hash of four
 * of its characters in a row, at as many places one behind the other as the shortest literal has, so that only every
 * so many characters of a line have to be looked up; most meet an empty slot and cost next to nothing, where trying
 * each literal in turn would cost microseconds.
 */

/** Visits the index of every literal in the text, possibly more than once, about in order of position. */
export type FindLiterals = (text: string, visit: (literal: number) => void) => void;

const SLOTS = 1 << 15;
const GRAM = 4;
/** Places at which a literal is filed, at most: beyond, there are more false hits and little to gain. */
const MOST_PLACES = 5;

interface Filed {
  readonly literal: string;
  readonly index: number;
  /** Where the four characters start within the literal. */
  readonly at: number;
}

/** Literals must have at least four characters. */
export function indexLiterals(literals: readonly string[]): FindLiterals {
  const shortest = literals.reduce((least, { length }) => Math.min(least, length), GRAM + MOST_PLACES - 1);
  const step = shortest - GRAM + 1;
  const slots = new Array<Filed[] | undefined>(SLOTS);
  const taken = new Uint8Array(SLOTS);
  const cost = costIn(literals);
  literals.forEach((literal, index) => {
    const first = rarestGrams(literal, step, cost);
    for (let at = first; at < first + step; at++) {
      const slot = hashAt(literal, at);
      taken[slot] = 1;
      const filed = slots[slot] ?? [];
      slots[slot] = filed;
      filed.push({ literal, index, at });
    }
  });
  return (text, visit) => {
    const last = text.length - GRAM;
    for (let start = 0; start <= last; start += step) {
      const slot = hashAt(text, start);
      if (taken[slot] === 0) continue;
      for (const { literal, index, at } of slots[slot] as Filed[]) {
        if (start >= at && text.startsWith(literal, start - at)) visit(index);
      }
    }
  };
}

function hashAt(text: string, at: number): number {
  const a = text.charCodeAt(at);
  const b = text.charCodeAt(at + 1);
  const c = text.charCodeAt(at + 2);
  const d = text.charCodeAt(at + 3);
  return (((a * 31 + b) * 31 + c) * 31 + d) & (SLOTS - 1);
}

/** Common letters of log text, most frequent first: a gram of those that come late or never is rare. */
/** Beside that a gram of ordinary letters is met next to never. */
const MET_BY_OTHERS = 1;
const COMMON = ' etainorscdlmupfgh=:"0123456789.-';

/** How often four characters are met in lines; only the relation counts. What many literals hold is said by many lines. */
function costIn(literals: readonly string[]): (literal: string, at: number) => number {
  const holders = new Map<string, number>();
  for (const literal of literals)
    for (let at = 0; at + GRAM <= literal.length; at++) {
      const gram = literal.slice(at, at + GRAM);
      holders.set(gram, (holders.get(gram) ?? 0) + 1);
    }
  return (literal, at) => {
    const gram = literal.slice(at, at + GRAM);
    let likely = 1;
    for (const letter of gram) {
      const rank = COMMON.indexOf(letter);
      likely /= 2 + (rank === -1 ? COMMON.length : rank);
    }
    const others = (holders.get(gram) ?? 1) - 1;
    return others * MET_BY_OTHERS + likely;
  };
}

/** Start of the first of `count` grams, one behind the other, that are met least in other text. */
function rarestGrams(literal: string, count: number, cost: (literal: string, at: number) => number): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let first = 0; first + count + GRAM - 1 <= literal.length; first++) {
    let sum = 0;
    for (let at = first; at < first + count; at++) sum += cost(literal, at);
    if (sum >= least) continue;
    least = sum;
    best = first;
  }
  return best;
}
