/**
 * Finds which of some hundred literals occur in a line, in one pass over it. Every literal is filed under the
 * hash of its four rarest characters in a row; most positions of a line hit an empty slot and cost a few
 * nanoseconds, where trying each literal in turn would cost microseconds.
 */

/** Visits the index of every literal in the text, possibly more than once, in order of position. */
export type FindLiterals = (text: string, visit: (literal: number) => void) => void;

const SLOTS = 1 << 14;
const GRAM = 4;

interface Filed {
  readonly literal: string;
  readonly index: number;
  /** Where the four characters start within the literal. */
  readonly at: number;
}

/** Literals must have at least four characters. */
export function indexLiterals(literals: readonly string[]): FindLiterals {
  const slots = new Array<Filed[] | undefined>(SLOTS);
  const taken = new Uint8Array(SLOTS);
  literals.forEach((literal, index) => {
    const at = rarestGram(literal);
    const slot = hash(
      literal.charCodeAt(at),
      literal.charCodeAt(at + 1),
      literal.charCodeAt(at + 2),
      literal.charCodeAt(at + 3),
    );
    taken[slot] = 1;
    let filed = slots[slot];
    if (filed === undefined) {
      filed = [];
      slots[slot] = filed;
    }
    filed.push({ literal, index, at });
  });
  return (text, visit) => {
    let a = text.charCodeAt(0);
    let b = text.charCodeAt(1);
    let c = text.charCodeAt(2);
    for (let end = GRAM - 1; end < text.length; end++) {
      const d = text.charCodeAt(end);
      const slot = hash(a, b, c, d);
      if (taken[slot] === 1) {
        for (const { literal, index, at } of slots[slot] ?? []) {
          if (text.startsWith(literal, end - (GRAM - 1) - at)) visit(index);
        }
      }
      a = b;
      b = c;
      c = d;
    }
  };
}

function hash(a: number, b: number, c: number, d: number): number {
  return (((a * 31 + b) * 31 + c) * 31 + d) & (SLOTS - 1);
}

/** Common letters of log text, most frequent first: a gram of those that come late or never is rare. */
const COMMON = ' etainorscdlmupfgh=:"0123456789.-';

function rarestGram(literal: string): number {
  let best = 0;
  let bestScore = -1;
  for (let at = 0; at + GRAM <= literal.length; at++) {
    let score = 0;
    for (let i = at; i < at + GRAM; i++) {
      const rank = COMMON.indexOf(literal.charAt(i));
      score += rank === -1 ? COMMON.length : rank;
    }
    if (score > bestScore) {
      bestScore = score;
      best = at;
    }
  }
  return best;
}
