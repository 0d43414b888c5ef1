/**
 * What a chart is, whatever it is drawn with: bytes over bytes, a few curves, lines across for limits, and the
 * places of both on a grid. The drawing itself is in text.ts and svg.ts.
 */
import { largest } from './largest.js';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Series {
  readonly name: string;
  /** By rising x. */
  readonly points: readonly Point[];
  /** Drawn as single dots: measured at moments, not a course that is known. */
  readonly dots?: boolean;
}

/** A line across: a limit. */
export interface Level {
  readonly name: string;
  readonly y: number;
}

/** A line down: what happens at this place. */
export interface Moment {
  readonly name: string;
  readonly x: number;
}

export interface Chart {
  readonly title: string;
  /** What it shows, in a sentence, for those who do not see it. */
  readonly description: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly yScale: 'linear' | 'log';
  readonly series: readonly Series[];
  readonly levels: readonly Level[];
  readonly moments: readonly Moment[];
  /** Beyond it the axis has no figures; null: it has them to its end. */
  readonly xLabelledTo: number | null;
}

/** Value -> 0 (bottom, left) to 1. */
export type Place = (value: number) => number;

export interface Layout {
  readonly x: Place;
  readonly y: Place;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
}

/** A logarithmic scale has no 0: it begins near this at the lowest, and everything smaller stands at its foot. */
const SMALLEST_ON_LOG = 1024;

export function layOut(chart: Chart, xTicks: number, yTicks: number): Layout {
  const tops = chart.series.map(({ points }) =>
    largest(
      points.map(({ y }) => y),
      0,
    ),
  );
  const levels = chart.levels.map(({ y }) => y);
  const xMax = largest(
    chart.series.map(({ points }) => largest(points.map(({ x }) => x))),
    1,
  );
  const top = largest([...tops, ...levels], 1);
  const x = (value: number) => clamp(value / xMax);
  const labelled = Math.min(xMax, chart.xLabelledTo ?? xMax);
  const xAll = linearTicks(labelled, xTicks);
  if (chart.yScale === 'linear') {
    return { x, y: (value) => clamp(value / top), xTicks: xAll, yTicks: linearTicks(top, yTicks) };
  }
  // Low enough for the lowest curve's top; what is smaller, such as a buffer that was emptied, stands at the foot.
  const least = Math.max(SMALLEST_ON_LOG, Math.min(top / 2, ...tops, ...levels));
  const low = 2 ** (Math.floor(Math.log2(least)) - 2);
  const range = Math.log2(top / low);
  const y = (value: number) => (value <= low ? 0 : clamp(Math.log2(value / low) / range));
  const step = Math.max(1, Math.ceil(range / yTicks));
  const count = Math.floor(range / step) + 1;
  return { x, y, xTicks: xAll, yTicks: Array.from({ length: count }, (_, at) => low * 2 ** (at * step)) };
}

/** From 0 in steps of a power of two, at most `most` steps. */
export function linearTicks(top: number, most: number): number[] {
  const step = Math.max(1, 2 ** Math.ceil(Math.log2(top / most)));
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, at) => at * step);
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
