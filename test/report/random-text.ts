/** Random hostile text from a seed, so that a failure can be repeated. */
import { hostileText } from './incidents.js';

/** Written apart from the code under test, by ranges instead of Unicode properties. */
const unprintable =
  /[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ue000-\uf8ff]|[\u{e0000}-\u{10ffff}]|\p{Cs}/u;

/**
 * The first unprintable character and where it is, as `U+001B at 12`, or null. Asserted on instead of the text: a
 * hostile text inside a failure message breaks the test protocol itself, and the failure is lost.
 */
export function firstUnprintable(text: string): string | null {
  const found = unprintable.exec(text);
  return found === null ? null : `${codePoints(found[0])} at ${found.index}`;
}

/** `U+0041 U+001B`: any text as plain ASCII. */
export function codePoints(text: string): string {
  return [...text]
    .map((char) => `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`)
    .join(' ');
}

/** Numbers from 0 up to 1 (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const ceilings = [0x20, 0x7f, 0xa0, 0x300, 0x2100, 0xffff, 0x10ffff];
const snippets = [
  hostileText,
  '\x1b]0;t\x07',
  '\u202e',
  '\n',
  '日本',
  ' ',
  'OPEN',
  '\x1b[2J',
  '\u0301\u0301\u0301',
];

export function randomText(random: () => number, most: number): string {
  let text = '';
  const length = Math.floor(random() * most);
  for (let index = 0; index < length; index += 1) {
    if (random() < 0.1) text += snippets[Math.floor(random() * snippets.length)] ?? '';
    else {
      const ceiling = ceilings[Math.floor(random() * ceilings.length)] ?? 0x7f;
      // Code units, so that lone surrogates come up, too.
      const code = Math.floor(random() * ceiling);
      text += random() < 0.5 ? String.fromCharCode(code) : String.fromCodePoint(code);
    }
  }
  return text;
}
