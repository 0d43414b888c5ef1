/**
 * Which lines belong to the candidate in front of them.
 *
 * Logs are wrapped by terminals, mail and daemons: a stack is indented, an id breaks after 80 columns, and klog
 * writes a value of several lines as `err=<`, the indented text, and ` >` with the fields that follow.
 */
import type { LineWindow } from './line-window.js';
import type { LiteralSearch } from './literal-search.js';
import type { ScanLimits } from './types.js';

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const TAB = 9;

/** Lines between two indexes; `wait` where the lines that decide have not been read yet. */
export type Continuation = 'wait' | { readonly from: number; readonly to: number };

/**
 * The lines that continue the line `[start, newline)`. `search` finds the literals of patterns: a line that holds
 * one of them within its first `lineBytes` speaks for itself, unless it stands inside a klog value.
 */
export function continuationOf(
  window: LineWindow,
  search: LiteralSearch,
  limits: ScanLimits,
  start: number,
  newline: number,
): Continuation {
  const { bytes, end } = window;
  const from = newline + 1;
  let to = from;
  let count = 0;
  let opened = opensValue(window, start, newline);
  for (;;) {
    if (opened) {
      const close = endOfValue(window, to, limits.tailLines - count, from + limits.tailBytes);
      if (close === 'wait') return 'wait';
      if (close !== null) {
        count += close.lines;
        to = close.newline + 1;
        opened = opensValue(window, close.start, close.newline);
        continue;
      }
    }
    if (count >= limits.tailLines) return { from, to };
    if (to >= end) return window.final ? { from, to } : 'wait';
    if (!continues(bytes, to)) return { from, to };
    const lineEnd = bytes.indexOf(NEWLINE, to);
    if (lineEnd - from > limits.tailBytes) return { from, to };
    if (search.find(bytes, to, Math.min(lineEnd, to + limits.lineBytes)) !== null) return { from, to };
    opened = opensValue(window, to, lineEnd);
    count += 1;
    to = lineEnd + 1;
  }
}

/** End of a line's text: in front of the newline, and of a carriage return that belongs to it. */
export function textEnd(window: LineWindow, start: number, newline: number): number {
  const stripped =
    newline > start && window.bytes[newline - 1] === CARRIAGE_RETURN && window.cutAt(newline) === 0;
  return stripped ? newline - 1 : newline;
}

function opensValue(window: LineWindow, start: number, newline: number): boolean {
  const { bytes } = window;
  const end = textEnd(window, start, newline);
  // `=<`. What a cut line really ends with is not known.
  return (
    end - start >= 2 && bytes[end - 1] === 0x3c && bytes[end - 2] === 0x3d && window.cutAt(newline) === 0
  );
}

/**
 * The line that starts with ` >`, or null where none does within the limits. A line that was torn after `=<` then
 * swallows nothing.
 */
function endOfValue(
  window: LineWindow,
  from: number,
  maxLines: number,
  maxEnd: number,
): 'wait' | null | { readonly start: number; readonly newline: number; readonly lines: number } {
  const { bytes } = window;
  let start = from;
  for (let lines = 1; lines <= maxLines; lines += 1) {
    if (start >= window.end) return window.final ? null : 'wait';
    const newline = bytes.indexOf(NEWLINE, start);
    if (newline > maxEnd) return null;
    if (bytes[start] === SPACE && bytes[start + 1] === 0x3e) return { start, newline, lines };
    start = newline + 1;
  }
  return null;
}

/** Whether a line is indented, or an id alone. */
function continues(bytes: Buffer, start: number): boolean {
  const first = bytes[start];
  if (first === SPACE || first === TAB) return true;
  let at = start;
  while (isHexDigit(bytes[at] ?? 0)) at += 1;
  if (at === start) return false;
  return bytes[at] === NEWLINE || (bytes[at] === CARRIAGE_RETURN && bytes[at + 1] === NEWLINE);
}

function isHexDigit(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66) || (byte >= 0x41 && byte <= 0x46);
}
