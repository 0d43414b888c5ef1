/**
 * The few colours of the text report: red for what is going on, yellow for what is only likely, green for what
 * ended well, bold for labels. Without colour each function gives its text back, so that no code is ever written.
 * Only words of our own are painted, never a name from a log: a painted name could be broken inside its code.
 */
import type { Certainty, State } from '../diagnose/types.js';

export interface Paint {
  state(word: string, state: State): string;
  certainty(word: string, certainty: Certainty): string;
  strong(text: string): string;
}

/** Words are painted one by one: a line may be broken between them. */
function sgr(on: number, off: number): (text: string) => string {
  return (text) => text.replace(/[^ ]+/g, (word) => `\x1b[${on}m${word}\x1b[${off}m`);
}

const red = sgr(31, 39);
const yellow = sgr(33, 39);
const green = sgr(32, 39);
const bold = sgr(1, 22);
const dim = sgr(2, 22);

export function createPaint(color: boolean): Paint {
  if (!color) {
    return {
      state: (word) => word,
      certainty: (word) => word,
      strong: (text) => text,
    };
  }
  return {
    state: (word, state) => ({ open: red, resolved: green, ended: dim })[state](word),
    certainty: (word, certainty) => ({ confirmed: red, likely: yellow, suspected: dim })[certainty](word),
    strong: bold,
  };
}
