/**
 * A plain table that fits: when it is too wide the least important columns go first, and only then is a cell cut.
 */
import { displayWidth, padded } from './display-width.js';
import { printable } from './printable.js';

export interface Column {
  readonly title: string;
  /** The column with the highest number is left out first; 0 always stays. */
  readonly drop: number;
  readonly right?: boolean;
  /** One printable text a row. */
  readonly cells: readonly string[];
  /** Adds colour to a cell that has its final text. */
  readonly paint?: (cell: string, row: number) => string;
}

const gap = '  ';
const narrowest = 8;

/** Title line and one line a row, each at most `width` columns (40 or more). */
export function tableLines(columns: readonly Column[], width: number): string[] {
  const used = columns.filter(({ cells }) => cells.some((cell) => cell !== ''));
  const kept = fitting(used, width);
  const widths = kept.map(naturalWidth);
  // What never goes may still be too wide: take from the widest.
  while (totalWidth(widths) > width) {
    const widest = widths.indexOf(Math.max(...widths));
    const now = widths[widest] ?? 0;
    if (now <= narrowest) break;
    widths[widest] = Math.max(narrowest, now - (totalWidth(widths) - width));
  }
  const rows = kept[0]?.cells.length ?? 0;
  const line = (row: number): string =>
    kept
      .map((column, index) => {
        const size = widths[index] ?? 0;
        const cell = printable(row < 0 ? column.title : (column.cells[row] ?? ''), size);
        const shown = row < 0 ? cell : (column.paint?.(cell, row) ?? cell);
        return column.right === true
          ? ' '.repeat(Math.max(0, size - displayWidth(cell))) + shown
          : padded(shown, size);
      })
      .join(gap)
      .trimEnd();
  return Array.from({ length: rows + 1 }, (_, index) => line(index - 1));
}

function fitting(columns: readonly Column[], width: number): readonly Column[] {
  let kept = columns;
  while (totalWidth(kept.map(naturalWidth)) > width) {
    const most = Math.max(...kept.map(({ drop }) => drop));
    if (most === 0) break;
    kept = kept.filter(({ drop }) => drop !== most);
  }
  return kept;
}

function naturalWidth({ title, cells }: Column): number {
  return cells.reduce((most, cell) => Math.max(most, displayWidth(cell)), displayWidth(title));
}

function totalWidth(widths: readonly number[]): number {
  return widths.reduce((sum, size) => sum + size, 0) + gap.length * Math.max(0, widths.length - 1);
}
