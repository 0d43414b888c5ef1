/** The report for spreadsheets and plots: one header, one row a combination, columns that do not move. */
import { printable } from '../../../lib/report/printable.js';
import { type Combination, figuresOf } from './combination.js';

const SIMULATED = ['heldBytes', 'peakBytes', 'retainedBytes', 'longestRecordBytes', 'seconds'] as const;
const PROCESS = [
  'openRssBytes',
  'openBuffersBytes',
  'peakRssBytes',
  'afterRssBytes',
  'openHeapBytes',
] as const;
const COMMAND = ['command', 'takenBytes', 'offeredBytes', 'end', 'message'] as const;
const REAL = [
  'heldBytes',
  'peakHeapBytes',
  'peakRssBytes',
  'retainedBytes',
  'partialRecords',
  'fullRecords',
  'diskBytes',
  'openRssBytes',
  'retainedRssBytes',
  'fedBytes',
  'version',
  'stoppedEarly',
] as const;

/** An empty cell is a figure that was not measured. Ends with a newline; for no combinations the header alone. */
export function csvReport(combinations: readonly Combination[]): string {
  const lines = combinations.map((combination) => {
    const { simulated, process, real, command } = combination;
    const values: Readonly<Record<string, Value>> = {
      ...figuresOf(combination),
      ...cells('simulated', SIMULATED, simulated),
      ...cells('process', PROCESS, process),
      ...cells('real', REAL, real),
      ...cells('command', COMMAND, command),
    };
    return COLUMNS.map((column) => cell(values[column] ?? null)).join(',');
  });
  return `${[COLUMNS.join(','), ...lines].join('\n')}\n`;
}

type Value = string | number | boolean | null;

const FIGURES: readonly (keyof ReturnType<typeof figuresOf>)[] = [
  'limitBytes',
  'lineBytes',
  'heldBytes',
  'peakHeapBytes',
  'peakRssBytes',
  'retainedBytes',
  'partialRecords',
  'fullRecords',
  'diskBytes',
  'runtime',
  'version',
  'end',
  'containers',
  'streams',
  'source',
  'openRssBytes',
  'retainedRssBytes',
  'peakRssOneAtATimeBytes',
];

/** The header, `simulated.heldBytes` for what JSON has one level down. */
export const COLUMNS: readonly string[] = [
  ...FIGURES,
  ...SIMULATED.map((key) => `simulated.${key}`),
  ...PROCESS.map((key) => `process.${key}`),
  ...REAL.map((key) => `real.${key}`),
  ...COMMAND.map((key) => `command.${key}`),
];

function cells<Key extends string>(
  group: string,
  keys: readonly Key[],
  from: { readonly [key in Key]: Value } | null,
): Record<string, Value> {
  return Object.fromEntries(keys.map((key) => [`${group}.${key}`, from?.[key] ?? null]));
}

/** A command's own words may hold anything, and a CSV is looked at in a terminal, too. */
function cell(value: Value): string {
  const text = typeof value === 'string' ? printable(value) : `${value ?? ''}`;
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
