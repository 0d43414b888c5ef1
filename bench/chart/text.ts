/**
 * Draws a chart in characters: curves in braille dots, four by two in a cell, or in letters where a terminal
 * shows plain ASCII only. Each curve has a letter at its end, so that no colour is needed to tell them apart.
 */
import { displayWidth } from '../../lib/report/display-width.js';
import { printable } from '../../lib/report/printable.js';
import { formatSize } from '../sizes.js';
import { type Chart, layOut, type Place, type Point } from './chart.js';

export interface TextChartOptions {
  /** Columns, at least 40. */
  readonly width: number;
  /** Rows of the drawing itself; default 12. */
  readonly height?: number;
  /** Plain ASCII. */
  readonly ascii?: boolean;
  readonly color?: boolean;
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const COLORS = [36, 31, 32, 35, 33, 34] as const;
/** Bits of a braille character by row and column of its dots. */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;
const DOT_ROWS = 4;
const DOT_COLUMNS = 2;
/** A level shows through a curve that lies on it at every so many columns. */
const SHOWS_THROUGH = 8;

interface Glyphs {
  readonly upright: string;
  readonly tick: string;
  readonly corner: string;
  readonly level: readonly [string, string];
  readonly below: string;
  readonly belowTick: string;
  readonly moment: string;
}
const UNICODE: Glyphs = {
  upright: '│',
  tick: '┤',
  corner: '└',
  level: ['╌', '┈'],
  below: '─',
  belowTick: '┬',
  moment: '┊',
};
const ASCII: Glyphs = {
  upright: '|',
  tick: '+',
  corner: '+',
  level: ['-', '.'],
  below: '-',
  belowTick: '+',
  moment: ':',
};

interface Cell {
  text: string;
  /** Braille bits. */
  bits: number;
  /** Index of the series; -1: none. */
  owner: number;
}

/** Lines of at most `width` columns. */
export function textChart(chart: Chart, options: TextChartOptions): string[] {
  const { width, height = 12, ascii = false, color = false } = options;
  const glyphs = ascii ? ASCII : UNICODE;
  const layout = layOut(
    chart,
    Math.max(2, Math.floor((width - 12) / 14)),
    Math.max(2, Math.floor(height / 3)),
  );
  const labels = layout.yTicks.map(formatSize);
  const left = Math.max(...labels.map((label) => label.length)) + 1;
  // The axis, and a letter behind the drawing.
  const columns = Math.max(8, width - left - 3);
  const grid: Cell[][] = Array.from({ length: height }, () =>
    Array.from({ length: columns }, () => ({ text: '', bits: 0, owner: -1 })),
  );
  const at = (x: number, y: number) => grid[y]?.[x];
  const rowOf = (y: number) => height - 1 - Math.min(height - 1, Math.floor(layout.y(y) * height));

  for (const [index, { points, dots }] of chart.series.entries()) {
    const letter = letterOf(index);
    const draw = (x: number, y: number) => {
      const cell = at(Math.floor(x / DOT_COLUMNS), Math.floor(y / DOT_ROWS));
      if (cell === undefined) return;
      cell.bits |= DOTS[y % DOT_ROWS]?.[x % DOT_COLUMNS] ?? 0;
      cell.owner = index;
      if (ascii) cell.text = letter;
    };
    const dotsOf = placed(layout.x, layout.y, columns * DOT_COLUMNS, height * DOT_ROWS);
    if (dots === true) for (const point of points) draw(...dotsOf(point));
    else course(points.map(dotsOf), draw);
  }
  for (const { x } of chart.moments) {
    const column = Math.min(columns - 1, Math.floor(layout.x(x) * columns));
    for (let row = 0; row < height; row++) {
      const cell = at(column, row);
      if (cell !== undefined && cell.owner < 0) cell.text = glyphs.moment;
    }
  }
  for (const [index, { y }] of chart.levels.entries()) {
    const row = grid[rowOf(y)] ?? [];
    for (const [column, cell] of row.entries()) {
      if (cell.owner >= 0 && column % SHOWS_THROUGH !== 0) continue;
      cell.text = glyphs.level[index % 2] ?? '';
      cell.owner = -1;
      cell.bits = 0;
    }
  }

  const ends = endLetters(chart, rowOf, height);
  const tickRows = new Map(layout.yTicks.map((tick, index) => [rowOf(tick), labels[index] ?? '']));
  const lines = grid.map((row, index) => {
    const label = (tickRows.get(index) ?? '').padStart(left - 1);
    const axis = tickRows.has(index) ? glyphs.tick : glyphs.upright;
    const end = ends.get(index);
    const letter = end === undefined ? '' : ` ${painted(letterOf(end), end, color)}`;
    return `${label} ${axis}${row.map((cell) => glyphOf(cell, color)).join('')}${letter}`.trimEnd();
  });
  return [
    printable(chart.yTitle, width),
    ...lines,
    ...xAxis(chart, layout.x, layout.xTicks, left, columns, glyphs),
    ...legend(chart, width, glyphs, color),
  ];
}

function placed(x: Place, y: Place, columns: number, rows: number): (point: Point) => [number, number] {
  return (point) => [
    Math.min(columns - 1, Math.floor(x(point.x) * columns)),
    rows - 1 - Math.min(rows - 1, Math.floor(y(point.y) * rows)),
  ];
}

/** Straight from dot to dot. */
function course(dots: readonly [number, number][], draw: (x: number, y: number) => void): void {
  for (const [index, [x, y]] of dots.entries()) {
    const [fromX, fromY] = dots[index - 1] ?? [x, y];
    const steps = Math.max(1, Math.abs(x - fromX), Math.abs(y - fromY));
    for (let step = 0; step <= steps; step++) {
      draw(
        Math.round(fromX + ((x - fromX) * step) / steps),
        Math.round(fromY + ((y - fromY) * step) / steps),
      );
    }
  }
}

/** Row -> series whose curve ends there; where two end in one row the second goes to a free row nearby. */
function endLetters(chart: Chart, rowOf: (y: number) => number, height: number): Map<number, number> {
  const rows = new Map<number, number>();
  for (const [index, { points }] of chart.series.entries()) {
    const last = points.at(-1);
    if (last === undefined) continue;
    const wanted = rowOf(last.y);
    for (let away = 0; away < height; away++) {
      const free = [wanted - away, wanted + away].find((row) => row >= 0 && row < height && !rows.has(row));
      if (free === undefined) continue;
      rows.set(free, index);
      break;
    }
  }
  return rows;
}

function xAxis(
  chart: Chart,
  place: Place,
  ticks: readonly number[],
  left: number,
  columns: number,
  glyphs: Glyphs,
): string[] {
  const line = Array.from({ length: columns }, () => glyphs.below);
  let figures = '';
  for (const tick of ticks) {
    const column = Math.min(columns - 1, Math.floor(place(tick) * columns));
    const label = formatSize(tick);
    const start = Math.max(0, Math.min(columns + 2 - label.length, column - Math.floor(label.length / 2)));
    line[column] = glyphs.belowTick;
    if (figures === '' || start > figures.length) figures = figures.padEnd(start) + label;
  }
  const margin = ' '.repeat(left);
  const title = printable(chart.xTitle, columns);
  const indent = Math.max(0, Math.floor((columns - displayWidth(title)) / 2));
  return [
    `${margin}${glyphs.corner}${line.join('')}`,
    `${margin} ${figures}`,
    `${margin} ${' '.repeat(indent)}${title}`.trimEnd(),
  ];
}

function legend(chart: Chart, width: number, glyphs: Glyphs, color: boolean): string[] {
  const entries = [
    ...chart.series.map(({ name }, index) => ({
      key: letterOf(index),
      shown: painted(letterOf(index), index, color),
      name,
    })),
    ...levelEntries(chart, glyphs),
    ...chart.moments.map(({ name }) => ({ key: glyphs.moment, shown: glyphs.moment, name })),
  ];
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const { key, shown, name } of entries) {
    const text = printable(name, width - key.length - 3);
    const size = key.length + 1 + displayWidth(text);
    if (used > 0 && used + 3 + size > width) {
      lines.push(line);
      line = '';
      used = 0;
    }
    line += `${used === 0 ? '  ' : '   '}${shown} ${text}`;
    used += (used === 0 ? 2 : 3) + size;
  }
  return used === 0 ? lines : [...lines, line];
}

/** Many levels are the limits of as many curves: their names stand with those already. */
function levelEntries({ levels }: Chart, { level }: Glyphs): { key: string; shown: string; name: string }[] {
  const key = (index: number) => (level[index % 2] ?? '').repeat(2);
  if (levels.length <= 2)
    return levels.map(({ name }, index) => ({ key: key(index), shown: key(index), name }));
  const both = `${key(0)} ${key(1)}`;
  return [{ key: both, shown: both, name: 'the limits' }];
}

function glyphOf({ text, bits, owner }: Cell, color: boolean): string {
  if (text !== '') return owner >= 0 ? painted(text, owner, color) : text;
  if (bits === 0) return ' ';
  return painted(String.fromCodePoint(0x2800 + bits), owner, color);
}

function painted(text: string, series: number, color: boolean): string {
  return color ? `\x1b[${COLORS[series % COLORS.length]}m${text}\x1b[39m` : text;
}

function letterOf(series: number): string {
  return LETTERS[series % LETTERS.length] ?? '?';
}
