/**
 * Draws a chart as an SVG document that stands alone: no script, no font, no other file. It is readable on light
 * and dark pages, named for screen readers, and whatever text is put into it stays text.
 */
import { printable } from '../../lib/report/printable.js';
import { formatSize } from '../sizes.js';
import { type Chart, layOut, type Series } from './chart.js';

export interface SvgChartOptions {
  /** Pixels; default 860 by 440. */
  readonly width?: number;
  readonly height?: number;
}

/** Light and dark page; told apart also by people who do not see red or green as others do. */
const COLORS: readonly (readonly [string, string])[] = [
  ['#0b62c4', '#58a6ff'],
  ['#b7410e', '#ff9b5e'],
  ['#117a4b', '#4fc98a'],
  ['#7b3fb5', '#c79bff'],
  ['#8a6d00', '#e0c04c'],
  ['#0b7285', '#5fd0e0'],
];
const DASHES = ['', '7 3', '2 3', '10 3 2 3', '5 2', '1 2'] as const;
const MARGIN = { left: 84, right: 20, top: 44, bottom: 56 } as const;
const LEGEND_ROW = 18;
const LEGEND_COLUMNS = 2;
const LONGEST_NAME = 60;

export function svgChart(chart: Chart, { width = 860, height = 440 }: SvgChartOptions = {}): string {
  const entries = chart.series.length + chart.levels.length + chart.moments.length;
  const legendRows = Math.ceil(entries / LEGEND_COLUMNS);
  const full = height + legendRows * LEGEND_ROW;
  const plot = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
  const layout = layOut(chart, 8, 6);
  const x = (value: number) => number(MARGIN.left + layout.x(value) * plot.width);
  const y = (value: number) => number(MARGIN.top + (1 - layout.y(value)) * plot.height);
  const bottom = MARGIN.top + plot.height;
  const right = width - MARGIN.right;

  const grid = layout.yTicks.map(
    (tick) =>
      `<line class="grid" x1="${MARGIN.left}" x2="${right}" y1="${y(tick)}" y2="${y(tick)}"/>` +
      `<text class="small end" x="${MARGIN.left - 8}" y="${y(tick)}" dy="4">${escaped(formatSize(tick))}</text>`,
  );
  const ticks = layout.xTicks.map(
    (tick) =>
      `<line class="axis" x1="${x(tick)}" x2="${x(tick)}" y1="${bottom}" y2="${bottom + 5}"/>` +
      `<text class="small mid" x="${x(tick)}" y="${bottom + 20}">${escaped(formatSize(tick))}</text>`,
  );
  const moments = chart.moments.map(
    (moment) =>
      `<line class="moment" x1="${x(moment.x)}" x2="${x(moment.x)}" y1="${MARGIN.top}" y2="${bottom}"/>`,
  );
  const levels = chart.levels.map(
    (level) =>
      `<line class="level" x1="${MARGIN.left}" x2="${right}" y1="${y(level.y)}" y2="${y(level.y)}"/>`,
  );
  const curves = chart.series.map((series, index) => curve(series, index, x, y));

  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${full}" width="${width}" height="${full}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escaped(chart.title)}</title>`,
    `<desc id="description">${escaped(chart.description)}</desc>`,
    style(),
    `<text class="head" x="${MARGIN.left}" y="20">${escaped(chart.title)}</text>`,
    `<text class="small" x="${MARGIN.left}" y="37">${escaped(chart.yTitle)}</text>`,
    ...grid,
    `<line class="axis" x1="${MARGIN.left}" x2="${MARGIN.left}" y1="${MARGIN.top}" y2="${bottom}"/>`,
    `<line class="axis" x1="${MARGIN.left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>`,
    ...ticks,
    `<text class="small mid" x="${number(MARGIN.left + plot.width / 2)}" y="${bottom + 40}">${escaped(chart.xTitle)}</text>`,
    ...moments,
    ...levels,
    ...curves,
    ...legend(chart, height, width),
    '</svg>',
  ].join('\n')}\n`;
}

function curve(
  { points, dots }: Series,
  index: number,
  x: (value: number) => string,
  y: (value: number) => string,
): string {
  const kind = `s${index % COLORS.length}`;
  if (dots === true) {
    return points
      .map((point) => `<circle class="dot ${kind}" cx="${x(point.x)}" cy="${y(point.y)}" r="2.5"/>`)
      .join('');
  }
  return `<polyline class="curve ${kind}" points="${points.map((point) => `${x(point.x)},${y(point.y)}`).join(' ')}"/>`;
}

function legend(chart: Chart, top: number, width: number): string[] {
  const entries = [
    ...chart.series.map(({ name, dots }, index) => ({
      name,
      key: (x: number, y: number) =>
        dots === true
          ? `<circle class="dot s${index % COLORS.length}" cx="${x + 14}" cy="${y}" r="3"/>`
          : `<polyline class="curve s${index % COLORS.length}" points="${x},${y} ${x + 28},${y}"/>`,
    })),
    ...[
      ...chart.levels.map(({ name }) => ({ name, kind: 'level' })),
      ...chart.moments.map(({ name }) => ({ name, kind: 'moment' })),
    ].map(({ name, kind }) => ({
      name,
      key: (x: number, y: number) => `<line class="${kind}" x1="${x}" x2="${x + 28}" y1="${y}" y2="${y}"/>`,
    })),
  ];
  const column = (width - MARGIN.left) / LEGEND_COLUMNS;
  return entries.map(({ name, key }, index) => {
    const left = Math.round(MARGIN.left + (index % LEGEND_COLUMNS) * column);
    const row = top + Math.floor(index / LEGEND_COLUMNS) * LEGEND_ROW;
    return `${key(left, row)}<text class="small" x="${left + 36}" y="${row}" dy="4">${escaped(name, LONGEST_NAME)}</text>`;
  });
}

function style(): string {
  // No custom properties: what turns SVG into pictures seldom knows them, and draws nothing.
  const colors = (which: 0 | 1) =>
    COLORS.map(
      (pair, index) => `.curve.s${index}{stroke:${pair[which]}}.dot.s${index}{fill:${pair[which]}}`,
    ).join('');
  const dashes = DASHES.map((dash, index) =>
    dash === '' ? '' : `.curve.s${index}{stroke-dasharray:${dash}}`,
  ).join('');
  return [
    '<style>',
    'svg{color:#1f2328;font:13px system-ui,sans-serif}text{fill:currentColor}',
    '.head{font-size:15px;font-weight:600}.small{font-size:12px}.mid{text-anchor:middle}.end{text-anchor:end}',
    '.axis{stroke:currentColor}.grid{stroke:currentColor;stroke-opacity:.15}',
    '.level{stroke:currentColor;stroke-width:1.5;stroke-dasharray:6 4}.moment{stroke:currentColor;stroke-opacity:.5;stroke-dasharray:2 3}',
    `.curve{fill:none;stroke-width:2;stroke-linejoin:round}${dashes}`,
    colors(0),
    `@media (prefers-color-scheme:dark){svg{color:#e6edf3}${colors(1)}}`,
    '</style>',
  ].join('\n');
}

/** Two digits are a hundredth of a pixel; more would only make the file larger. */
function number(value: number): string {
  return `${Math.round(value * 100) / 100}`;
}

/** As text of an XML document: controls, which XML does not take, are written out first. */
function escaped(text: string, longest = 400): string {
  return printable(text, longest).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
