/**
 * `key="value" key=value` as logrus and klog print it where nobody broke it on the way: the quick way through most
 * lines. Whatever is not exactly so is left to `readPairs`, which knows what happens to lines.
 */
import { endOfBare, endOfKey } from './key-values.js';
import { unescapeQuoted } from './unescape.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;

/**
 * Index of the quote that closes the one at `at`; -1 where it is not certain: an inner quote that nobody escaped, or
 * one behind which neither the text ends nor another pair follows.
 */
export function closingQuote(text: string, at: number): number {
  let close = text.indexOf('"', at + 1);
  while (close > 0 && isEscaped(text, at, close)) close = text.indexOf('"', close + 1);
  if (close < 0 || close + 1 === text.length) return close;
  return text.charCodeAt(close + 1) === SPACE && endOfKey(text, close + 2) >= 0 ? close : -1;
}

/** Whether an odd number of backslashes stands in front of the quote. */
function isEscaped(text: string, open: number, quote: number): boolean {
  let at = quote - 1;
  while (at > open && text.charCodeAt(at) === BACKSLASH) at -= 1;
  return ((quote - 1 - at) & 1) === 1;
}

/** What stands between two quotes, unescaped once. Nearly always quotes are all that was escaped. */
export function unquoted(text: string, open: number, close: number): string {
  const value = text.slice(open + 1, close);
  let at = value.indexOf('\\');
  if (at < 0) return value;
  for (; at >= 0; at = value.indexOf('\\', at + 2))
    if (value.charCodeAt(at + 1) !== QUOTE) return unescapeQuoted(value);
  return value.replaceAll('\\"', '"');
}

/** Names of fields come back with every line: each is made once, and looked up by its length and first and last letter. */
const names: string[] = new Array<string>(256).fill('');
const LONGEST_NAME = 32;

function nameAt(text: string, from: number, to: number): string {
  const length = to - from;
  if (length > LONGEST_NAME) return text.slice(from, to);
  const slot = (length * 31 + text.charCodeAt(from) * 7 + text.charCodeAt(to - 1)) & 255;
  const known = names[slot] as string;
  if (known.length === length && text.startsWith(known, from)) return known;
  // A copy: a piece of the line would keep the line.
  const name = Buffer.from(text.slice(from, to), 'latin1').toString('latin1');
  names[slot] = name;
  return name;
}

/** Reads pairs from `at`, where one has to begin, to the end of the text. False where anything else stands there. */
export function readUsualPairs(
  text: string,
  at: number,
  onPair: (key: string, value: string) => void,
): boolean {
  let from = at;
  for (;;) {
    const equals = endOfKey(text, from);
    if (equals < 0) return false;
    const key = nameAt(text, from, equals);
    // Another record may be glued on here.
    if (key === 'time') return false;
    let end: number;
    if (text.charCodeAt(equals + 1) === QUOTE) {
      const close = closingQuote(text, equals + 1);
      if (close < 0) return false;
      onPair(key, unquoted(text, equals + 1, close));
      end = close + 1;
    } else {
      end = endOfBare(text, equals + 1);
      // `=<` is how klog begins a value of several lines.
      if (end === equals + 1 || text.charCodeAt(equals + 1) === 0x3c) return false;
      onPair(key, text.slice(equals + 1, end));
    }
    if (end === text.length) return true;
    if (text.charCodeAt(end) !== SPACE) return false;
    from = end + 1;
  }
}
