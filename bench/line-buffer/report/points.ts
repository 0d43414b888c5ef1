/**
 * A growth curve as points of a chart: memory over bytes fed. What happens at the line's end takes no bytes, so it
 * is drawn to the right of the last one: the flush first, then what is left.
 */
import type { Point } from '../../chart/chart.js';
import { largest } from '../../chart/largest.js';
import type { Phase, Sample } from '../types.js';

/** Width of what is drawn behind the last byte, as a share of all bytes. */
const BEHIND = 0.12;
/** Shares of that room: the flush up to its highest point, which takes a moment; what stays of it; the time after. */
const RISE = 0.1;
const FLUSH = 0.6;

/** By rising x. `fed`: bytes at which the line is complete; `bytesOf` gives null where a sample has no figure. */
export function pointsOf(
  curve: readonly Sample[],
  fed: number,
  bytesOf: (sample: Sample) => number | null,
): Point[] {
  const within = (phase: Phase): Point[] =>
    curve.flatMap((sample) => {
      const y = bytesOf(sample);
      return sample.phase !== phase || y === null
        ? []
        : [{ x: Math.min(sample.fedBytes, fed), y: Math.max(0, y) }];
    });
  const flush = within('flush');
  const highest = largest(flush.map(({ y }) => y));
  const peak = flush.findIndex(({ y }) => y === highest) + 1;
  const behind = (points: readonly Point[], start: number, end: number): Point[] =>
    points.map(({ y }, index) => ({
      x: fed * (1 + BEHIND * (start + ((end - start) * (index + 1)) / points.length)),
      y,
    }));
  return [
    ...within('open'),
    ...behind(flush.slice(0, peak), 0, RISE),
    ...behind(flush.slice(peak), RISE, FLUSH),
    ...behind(within('after'), FLUSH, 1),
  ];
}
