/**
 * Puts the lines that belong to a candidate back behind it. A kubelet's multi-line value and a stack trace
 * keep their newlines; what a terminal, a mail program or a web page wrapped is put together without one.
 */
import { isQuotedPrintable } from './prefixes.js';

/** Longest container id; two pieces of hex make one id only up to here. */
const ID_LENGTH = 64;

/** A mail program wraps before this column, at a blank; what is longer was wrapped by a terminal, anywhere. */
const MAIL_WIDTH = 100;

function isMixed(hex: string): boolean {
  return /[a-f]/.test(hex) && /\d/.test(hex);
}

/** True where an id was wrapped: hex at the end of one line and at the beginning of the next. */
function splitsId(before: string, after: string): boolean {
  const left = /[0-9a-f]{4,64}$/.exec(before.slice(-ID_LENGTH))?.[0];
  const right = /^[0-9a-f]{4,64}(?![0-9A-Za-z])/.exec(after.slice(0, ID_LENGTH + 1))?.[0];
  if (left === undefined || right === undefined) return false;
  const length = left.length + right.length;
  return length === ID_LENGTH || (length > 12 && length < ID_LENGTH && isMixed(left) && isMixed(right));
}

/** True where an odd number of unescaped quotes stands in the text, given what stood before it. */
function leavesQuoteOpen(text: string, open: boolean): boolean {
  let inside = open;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x5c) i++;
    else if (code === 0x22) inside = !inside;
  }
  return inside;
}

/**
 * The line with its tail. `quotes`: the line is of a format that never leaves a quote open at its end, so
 * that an open one means a wrapped line. `width`: length of the first line as it was read.
 */
export function joinTail(head: string, tail: readonly string[], quotes: boolean, width: number): string {
  if (tail.length === 0) return head;
  const mail = isQuotedPrintable(head);
  const pieces = [head];
  let last = head;
  let open = quotes && leavesQuoteOpen(head, false);
  for (const line of tail) {
    const lines = last.endsWith('<') || !quotes;
    if (mail && last.endsWith('=')) {
      pieces[pieces.length - 1] = last.slice(0, -1);
      pieces.push(line);
    } else if (splitsId(last, line) || /\S[ \t]$/.test(last.slice(-2))) pieces.push(line);
    else if (open && !lines) pieces.push(width > MAIL_WIDTH ? '' : ' ', line);
    else pieces.push('\n', line);
    open = quotes && leavesQuoteOpen(line, open);
    last = line;
  }
  return pieces.join('');
}
