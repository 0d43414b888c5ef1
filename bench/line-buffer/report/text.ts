/**
 * The report for people: a table of all combinations, one chart, and what both mean in plain words. What was
 * measured on the real daemon stands beside what the model says of it.
 */
import { type Column, tableLines } from '../../../lib/report/table.js';
import { wrapWords } from '../../../lib/report/wrap.js';
import { textChart } from '../../chart/text.js';
import { formatLimit, formatSize } from '../../sizes.js';
import { type Advice, adviceWords } from './advice.js';
import type { Combination, Figures, RealFigures } from './combination.js';
import { heldChart } from './held-chart.js';
import { conclusions } from './words.js';

export interface TextReportOptions {
  /** Columns, at least 40. */
  readonly width: number;
  /** Plain ASCII, for terminals that show no other. */
  readonly ascii?: boolean;
  readonly color?: boolean;
  /** On a configuration or a budget. */
  readonly advice?: Advice | null;
}

const NARROWEST = 40;
/** Longer lines are hard to read, however wide the terminal. */
const WIDEST_TEXT = 110;
const WIDEST_CHART = 100;

/** Ends with a newline. */
export function textReport(combinations: readonly Combination[], options: TextReportOptions): string {
  const { ascii = false, color = false, advice = null } = options;
  const width = Math.max(NARROWEST, options.width);
  const { chart, leftOut } = heldChart(combinations);
  const lines = [
    ...tableLines(columns(combinations), width),
    '',
    ...textChart(chart, { width: Math.min(width, WIDEST_CHART), ascii, color }),
  ];
  if (leftOut > 0)
    lines.push(`  (the longest line of each kind is drawn; all ${combinations.length} are in the table)`);
  for (const { workload, outcome, real } of combinations) {
    if (real !== null) {
      const limit = formatLimit(workload.limitBytes);
      lines.push(
        '',
        `containerd ${real.version} as measured, limit ${limit}:`,
        ...comparison(outcome, real, width),
      );
    }
  }
  lines.push('');
  for (const sentence of conclusions(combinations)) {
    lines.push(...wrapWords(sentence, Math.min(width, WIDEST_TEXT), '', ''));
  }
  if (advice !== null) lines.push('');
  for (const sentence of advice === null ? [] : adviceWords(advice)) {
    if (sentence.startsWith(' ')) lines.push(sentence);
    else lines.push(...wrapWords(sentence, Math.min(width, WIDEST_TEXT), '', ''));
  }
  return `${lines.join('\n')}\n`;
}

function columns(combinations: readonly Combination[]): Column[] {
  const column = (title: string, drop: number, cell: (each: Combination) => string): Column => ({
    title,
    drop,
    right: true,
    cells: combinations.map(cell),
  });
  const differs = (key: (each: Combination) => unknown) => new Set(combinations.map(key)).size > 1;
  const runtimes = differs(({ workload }) => workload.runtime);
  const versions = runtimes || differs(({ workload }) => workload.version);
  return [
    ...(versions
      ? [
          {
            ...column('runtime', 0, ({ workload }) => `${workload.runtime} ${workload.version}`),
            right: false,
          },
        ]
      : []),
    column('limit', 0, ({ workload, command }) =>
      command !== null
        ? ''
        : workload.runtime === 'containerd'
          ? formatLimit(workload.limitBytes)
          : `(${formatSize(workload.readerBytes)})`,
    ),
    column('line', 0, ({ workload }) => formatSize(workload.lineBytes)),
    column('held', 0, ({ outcome }) => shown(outcome.heldBytes)),
    column('heap peak', 3, ({ outcome }) => shown(outcome.peakHeapBytes)),
    column('RSS peak', 2, ({ outcome }) => shown(outcome.peakRssBytes)),
    column('open RSS', 4, ({ outcome, command }) => (command === null ? '' : shown(outcome.openRssBytes))),
    column('stays', 1, ({ outcome }) => shown(outcome.retainedBytes)),
    column('records P+F', 5, ({ outcome }) => recordsOf(outcome)),
    column('on disk', 6, ({ outcome }) => shown(outcome.diskBytes)),
  ];
}

const COMPARED = [
  ['held', 'heldBytes'],
  ['heap peak', 'peakHeapBytes'],
  ['RSS while open', 'openRssBytes'],
  ['RSS peak', 'peakRssBytes'],
  ['stays (heap)', 'retainedBytes'],
  ['on disk', 'diskBytes'],
] as const;
/** Below it a difference in per cent says nothing: the idle daemon breathes by that much. */
const NOISE_BYTES = 8 * 1024 * 1024;

function comparison(model: Figures, real: RealFigures, width: number): string[] {
  const cells = (cell: (key: (typeof COMPARED)[number][1]) => string) => COMPARED.map(([, key]) => cell(key));
  return tableLines(
    [
      { title: '', drop: 0, cells: COMPARED.map(([title]) => `  ${title}`) },
      { title: 'real', drop: 0, right: true, cells: cells((key) => shown(real[key])) },
      { title: 'model', drop: 0, right: true, cells: cells((key) => shown(model[key])) },
      { title: 'real/model', drop: 1, right: true, cells: cells((key) => difference(real[key], model[key])) },
    ],
    width,
  );
}

/** `+2.1 %`; a word where both are too small to compare. */
export function difference(real: number | null, model: number | null): string {
  if (real === null || model === null) return '';
  if (Math.max(Math.abs(real), Math.abs(model)) < NOISE_BYTES) return 'both small';
  if (model === 0) return '-';
  const percent = ((real - model) / model) * 100;
  return `${percent >= 0 ? '+' : ''}${percent.toFixed(1)} %`;
}

/** A figure that cannot be known stays empty, and with it a column of them. */
function shown(bytes: number | null): string {
  return bytes === null ? '' : formatSize(bytes);
}

function recordsOf({ partialRecords, fullRecords }: Figures): string {
  return partialRecords === null || fullRecords === null ? '' : `${partialRecords}+${fullRecords}`;
}
