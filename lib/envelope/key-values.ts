/**
 * `key=value` sequences as logrus, klog and Calico print them. Values are quoted, bare, Go structs with
 * spaces in them (`{Type:docker ID:..}`), or klog's multi-line `<` ... ` >`. Broken forms are common in what
 * people paste: inner quotes that nobody escaped, quotes that never close because a pager chopped the line.
 */
import { MAX_KEY } from './fields.js';
import { endOfDigits, fixedDigits } from './stamp.js';
import { unescapeQuoted } from './unescape.js';

export interface QuotedAt {
  /** Unescaped once. */
  readonly value: string;
  /** Index behind the closing quote, or the end of the text. */
  readonly end: number;
  readonly closed: boolean;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

export function skipSpaces(text: string, at: number): number {
  let end = at;
  while (isSpace(text.charCodeAt(end))) end++;
  return end;
}

function isKeyStart(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || code === 0x40;
}

/** Letters, digits and `_ . - / @ ( )`: dockerd really prints `graphdriver(s)=overlay2`. */
function isKeyPart(code: number): boolean {
  return (
    isKeyStart(code) ||
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x28 && code <= 0x29) ||
    (code >= 0x2d && code <= 0x2f)
  );
}

/** Index of the `=` of a key that starts at `at`, -1 where none does. */
export function endOfKey(text: string, at: number): number {
  if (!isKeyStart(text.charCodeAt(at))) return -1;
  let end = at + 1;
  const limit = at + MAX_KEY;
  while (end <= limit && isKeyPart(text.charCodeAt(end))) end++;
  return text[end] === '=' && text[end + 1] !== '=' ? end : -1;
}

/** A record that follows without a newline: logrus, klog or a Go panic. */
export function startsGlued(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code === 0x74) return text.startsWith('time="', at) && fixedDigits(text, at + 6, 4) >= 1970;
  if (code === 0x70) return text.startsWith('panic: ', at);
  if (code === 0x66) return text.startsWith('fatal error: ', at);
  if (code === 0x49 || code === 0x57 || code === 0x45 || code === 0x46) {
    return (
      fixedDigits(text, at + 1, 4) >= 101 &&
      text[at + 5] === ' ' &&
      text[at + 8] === ':' &&
      text[at + 11] === ':'
    );
  }
  return false;
}

/**
 * True where a quote that ends at `at` may close its value: the text ends, another `key=` follows, or
 * another record is glued on. Any other quote is one that the writer forgot to escape.
 */
function mayClose(text: string, at: number): boolean {
  if (at >= text.length) return true;
  const code = text.charCodeAt(at);
  if (!isSpace(code)) return startsGlued(text, at);
  let next = at;
  // Bounded: a run of spaces behind each of many quotes would make this quadratic.
  while (next < at + 64 && isSpace(text.charCodeAt(next))) next++;
  if (next >= text.length) return true;
  // A pager's wrap mark between two pairs, or the end of klog's multi-line value.
  if (text[next] === '>' && text[next + 1] === ' ') next += 2;
  return endOfKey(text, next) >= 0 || startsGlued(text, next) || text.charCodeAt(at) === 0x0a;
}

/** A quoted value whose opening quote is at `at`. */
export function readQuoted(text: string, at: number): QuotedAt {
  let i = at + 1;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code === 0x5c) {
      i += 2;
      continue;
    }
    if (code === 0x22 && mayClose(text, i + 1)) {
      return { value: unescapeQuoted(text.slice(at + 1, i)), end: i + 1, closed: true };
    }
    i++;
  }
  // `less -S` and journalctl put a `>` where they chop.
  const chopped = text
    .slice(at + 1)
    .replace(/>$/, '')
    .trimEnd();
  return { value: unescapeQuoted(chopped), end: text.length, closed: false };
}

/** Index behind a string literal inside a struct. */
function endOfLiteral(text: string, at: number): number {
  let i = at + 1;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code === 0x22) return i + 1;
    i += code === 0x5c ? 2 : 1;
  }
  return text.length;
}

/** Index behind a bare value; brackets hold spaces together. An unclosed bracket takes the rest of the text. */
export function endOfBare(text: string, at: number): number {
  let depth = 0;
  let i = at;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code === 0x7b || code === 0x5b) depth++;
    else if ((code === 0x7d || code === 0x5d) && depth > 0) depth--;
    else if (depth === 0 && isSpace(code)) return i;
    else if (depth > 0 && code === 0x22) {
      i = endOfLiteral(text, i);
      continue;
    }
    i++;
  }
  return text.length;
}

interface ValueAt {
  readonly value: string;
  readonly end: number;
}

/** klog's form for values with newlines: `<`, lines behind a tab each, ` >`. */
function readLines(text: string, at: number): ValueAt {
  const close = text.indexOf('\n >', at);
  const end = close < 0 ? text.length : close;
  const lines = text.slice(at + 2, end).split('\n');
  const value = lines.map((line) => (line.startsWith('\t') ? line.slice(1) : line)).join('\n');
  return { value, end: close < 0 ? end : close + 3 };
}

function readValue(text: string, at: number): ValueAt {
  const first = text[at];
  if (first === '"') return readQuoted(text, at);
  if (first === '<' && text[at + 1] === '\n') return readLines(text, at);
  const end = endOfBare(text, at);
  return { value: text.slice(at, end), end };
}

export interface PairsResult {
  /** Index where a glued record starts, or the text's length. */
  readonly end: number;
  /** Pairs found. */
  readonly count: number;
}

/**
 * Reads pairs from `at` to the end of the text or to the next glued record. Tokens that are no pair are
 * stepped over: a chopped value, a pager's mark, a stray bracket.
 */
export function readPairs(
  text: string,
  at: number,
  onPair: (key: string, value: string) => void,
): PairsResult {
  let i = at;
  let count = 0;
  let timed = false;
  while (true) {
    const behind = i;
    i = skipSpaces(text, i);
    if (i >= text.length) return { end: text.length, count };
    // A first `time=` behind a blank is a pair of this record, in an order that logrus does not print.
    const own = text[i] === 't' && i > behind && !timed;
    if (count > 0 && !own && startsGlued(text, i)) return { end: i, count };
    const equals = endOfKey(text, i);
    if (equals < 0) {
      while (i < text.length && !isSpace(text.charCodeAt(i))) i++;
      continue;
    }
    const value = readValue(text, equals + 1);
    const key = text.slice(i, equals);
    timed ||= key === 'time';
    onPair(key, value.value);
    count++;
    i = value.end;
  }
}

/**
 * Index where the pairs at the end of a free text begin: from there on every token is a pair. The text's
 * length where it has none. logrus on a terminal and Calico print message and pairs with only a space between.
 */
export function startOfTrailingPairs(text: string): number {
  let i = 0;
  let start = -1;
  while (true) {
    i = skipSpaces(text, i);
    if (i >= text.length) return start < 0 ? text.length : start;
    const equals = endOfKey(text, i);
    if (equals < 0) {
      start = -1;
      while (i < text.length && !isSpace(text.charCodeAt(i))) i++;
    } else {
      if (start < 0) start = i;
      i = readValue(text, equals + 1).end;
    }
  }
}

/** A number of at most 10 digits as a whole text, else null. Process ids. */
export function processId(text: string): number | null {
  return text.length > 0 && text.length <= 10 && endOfDigits(text, 0) === text.length ? Number(text) : null;
}
