/** The report for documents: the chart alone, as an SVG that needs nothing else. */
import { svgChart } from '../../chart/svg.js';
import type { Combination } from './combination.js';
import { heldChart } from './held-chart.js';

export function svgReport(combinations: readonly Combination[]): string {
  return svgChart(heldChart(combinations).chart);
}
