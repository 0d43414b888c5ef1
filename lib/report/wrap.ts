/**
 * Breaks text into lines of a given width with a hanging indent. Two ways: `wrapWords` for sentences, and
 * `wrapPieces` for phrases that should stay whole where they can (a time span, an interval).
 */
import { charWidth, displayWidth } from './display-width.js';

/**
 * Lines of at most `width` columns: the first begins with `first`, the others with `hang` (both plain).
 * A word longer than a line is broken hard, so that no hostile name can push a line beyond the width.
 */
export function wrapWords(text: string, width: number, first: string, hang: string): string[] {
  return wrapPieces(
    text.split(' ').filter((word) => word !== ''),
    ' ',
    width,
    first,
    hang,
  );
}

/** The same for pieces joined by `gap`; a piece that does not fit a whole line is wrapped by words. */
export function wrapPieces(
  pieces: readonly string[],
  gap: string,
  width: number,
  first: string,
  hang: string,
): string[] {
  const lines: string[] = [];
  let line = first;
  let used = displayWidth(first);
  let empty = true;
  const hangWidth = displayWidth(hang);
  const queue = [...pieces].reverse();
  while (queue.length > 0) {
    const piece = queue.pop() ?? '';
    const needed = displayWidth(piece) + (empty ? 0 : gap.length);
    if (used + needed <= width) {
      line += (empty ? '' : gap) + piece;
      used += needed;
      empty = false;
    } else if (!empty) {
      lines.push(line);
      line = hang;
      used = hangWidth;
      empty = true;
      queue.push(piece);
    } else if (gap !== ' ' && piece.includes(' ')) {
      // Alone on its line and still too long: its words wrap, and what follows starts a new line.
      const broken = wrapWords(piece, width, line, hang);
      line = broken.pop() ?? line;
      lines.push(...broken);
      used = displayWidth(line);
      empty = false;
    } else {
      const [head, rest] = splitAt(piece, Math.max(2, width - used));
      queue.push(...(rest === '' ? [] : [rest]));
      lines.push(line + head);
      line = hang;
      used = hangWidth;
    }
  }
  if (!empty || lines.length === 0) lines.push(line);
  return lines;
}

function splitAt(word: string, columns: number): [string, string] {
  let used = 0;
  let end = 0;
  for (const char of word) {
    used += charWidth(char.codePointAt(0) ?? 0);
    if (used > columns) break;
    end += char.length;
  }
  return [word.slice(0, end), word.slice(end)];
}
