/**
 * What stands in front of every line of a trace and is no known envelope: `messages-`, `12-`, `stderr: `, `> `.
 * The header of a panic or goroutine shows it; from then on the same is taken off every line. Digits count as any
 * number, blanks as any blanks, and grep writes `:` or `-` as the line did or did not match.
 */
import { readGoroutineLine } from './go-trace-line.js';

/** Longest prefix that is believed. */
const LONGEST = 200;

/** `app.log-12-` and `app.log:7:` have one shape. */
export function shapeOf(prefix: string): string {
  return prefix
    .replace(/\d+/g, '0')
    .replace(/[ \t]+/g, ' ')
    .replaceAll('-', ':');
}

/** Index behind a prefix of this shape, -1 where the text does not begin with one. */
export function endOfPrefix(text: string, shape: string): number {
  let at = 0;
  for (let i = 0; i < shape.length; i++) {
    const wanted = shape.charCodeAt(i);
    const start = at;
    if (wanted === 0x30) while (isDigit(text.charCodeAt(at))) at++;
    else if (wanted === 0x20) {
      while (text.charCodeAt(at) === 0x20 || text.charCodeAt(at) === 0x09) at++;
      // The blank at the end of an empty line is easily lost.
      if (at === text.length && i === shape.length - 1) return at;
    } else if (text.charCodeAt(at) === wanted || (wanted === 0x3a && text[at] === '-')) at++;
    if (at === start) return -1;
  }
  return at;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** The text in front of a header that ends the line, empty where there is none. */
export function prefixOfGoroutine(text: string): string {
  if (!text.endsWith(':')) return '';
  const at = text.slice(0, LONGEST + 10).indexOf('goroutine ');
  return at > 0 && at <= LONGEST && readGoroutineLine(text.slice(at)) !== null ? text.slice(0, at) : '';
}

/** The text in front of `panic: ` or `fatal error: `, empty where neither stands near the line's start. */
export function prefixOfHead(text: string): string {
  const near = text.slice(0, LONGEST + 13);
  const at = near.search(/panic: |fatal error: /);
  return at > 0 && at <= LONGEST ? text.slice(0, at) : '';
}
