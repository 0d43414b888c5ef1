/**
 * Takes a line of a document as people paste it: quoted with `> `, indented, with a carriage return. Readers of
 * tables and profiles in text form call it for each line before any regex sees it. It also bounds the line, so that
 * a document of one line of 60 MB costs no more than any other.
 */

const MAX_LINE = 65_536;
const MAX_QUOTES = 8;

/** Without quote marks, surrounding white space and what lies behind 64 KiB. */
export function pastedLine(line: string): string {
  let text = (line.length > MAX_LINE ? line.slice(0, MAX_LINE) : line).trim();
  // Web pages put no-break spaces where a table had blanks.
  if (text.includes('\u00a0')) text = text.replaceAll('\u00a0', ' ');
  for (let quotes = 0; quotes < MAX_QUOTES && text.startsWith('>'); quotes += 1)
    text = text.slice(1).trimStart();
  return text;
}
