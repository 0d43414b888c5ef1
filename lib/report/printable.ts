/**
 * Makes log text safe to show: whatever a terminal could obey, or a reader could not see, becomes visible.
 * Every string that comes from a log or an input name passes here once, just before it is laid out.
 * Log text is written by whoever runs a container, and an escape sequence in it can retitle a window, fill a
 * clipboard or hide the very line that matters.
 */
import { charWidth } from './display-width.js';

/**
 * Controls, format characters (bidi, zero-width, tags), private use, lone surrogates, unassigned code points,
 * line and paragraph separators, and everything else Unicode says may be drawn as nothing.
 */
const unsafe = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const plainAscii = /^[\x20-\x7e]*$/;
const mark = /\p{M}/u;

/** More marks than this on one letter only serve to paint over the neighbouring lines. */
const marksPerLetter = 2;

const ellipsis = '…';

/**
 * The text with everything unprintable written out as `\x1b`, `\u202e`, `\u{e0041}`, `\n`, `\r`; a tab becomes
 * a space. With `max` (terminal columns, at least 1) a longer text is cut and ends in an ellipsis.
 */
export function printable(text: string, max = Number.POSITIVE_INFINITY): string {
  if (text.length <= max && plainAscii.test(text)) return text;
  const shown: string[] = [];
  let columns = 0;
  // What still fits when an ellipsis has to follow: index into `shown`.
  let keep = 0;
  let marks = 0;
  for (const char of text) {
    marks = mark.test(char) ? marks + 1 : 0;
    const piece = marks > marksPerLetter ? escaped(char) : visible(char);
    columns += pieceWidth(piece);
    if (columns > max) return shown.slice(0, keep).join('') + ellipsis;
    shown.push(piece);
    if (columns < max) keep = shown.length;
  }
  return shown.join('');
}

function visible(char: string): string {
  if (char === '\t') return ' ';
  return unsafe.test(char) ? escaped(char) : char;
}

function escaped(char: string): string {
  if (char === '\n') return '\\n';
  if (char === '\r') return '\\r';
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}

// An escape is several ASCII characters, anything else is exactly one code point.
function pieceWidth(piece: string): number {
  return piece.startsWith('\\') ? piece.length : charWidth(piece.codePointAt(0) ?? 0);
}
