/**
 * The lines of a document without what a terminal, a mail or a CI system put around them: colours, carriage
 * returns, `> ` of quotes, the time that GitHub Actions prints before every line. Made once per document,
 * because every reader of command output goes through all of them.
 */
import { stripAnsi, withoutReturns } from '../../envelope/unescape.js';
import type { Document } from '../types.js';

/** Characters of a line that readers look at. No output or configuration has a longer one that matters. */
const LINE_LIMIT = 65_536;
/** Lines of a document that readers of command output look at: far more than any of them prints. */
const LINES_LIMIT = 2_000_000;
const CI_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z /;
const QUOTED = /^(?:[>|] ?){1,8}/;

const made = new WeakMap<Document, readonly string[]>();

/** Same length and order as `document.lines`: index + 1 is the line number. */
export function plainLines(document: Document): readonly string[] {
  let lines = made.get(document);
  if (lines === undefined) {
    lines = document.lines.slice(0, LINES_LIMIT).map(plainLine);
    made.set(document, lines);
  }
  return lines;
}

function plainLine(line: string): string {
  let text = line.length > LINE_LIMIT ? line.slice(0, LINE_LIMIT) : line;
  text = withoutReturns(stripAnsi(text));
  if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
  const first = text.charCodeAt(0);
  if (first === 0x3e || first === 0x7c) return text.replace(QUOTED, '');
  if (first >= 0x30 && first <= 0x39) return text.replace(CI_TIME, '');
  return text;
}

/** Head of a text as plain lines, for recognition. */
export function headLines(head: string): readonly string[] {
  return head.slice(0, LINE_LIMIT).split('\n').map(plainLine);
}
