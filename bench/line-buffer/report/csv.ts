/** The report for spreadsheets and plots: one header, one row a combination, columns that do not move. */
import { type Combination, figuresOf } from './combination.js';

const SIMULATED = ['heldBytes', 'peakBytes', 'retainedBytes', 'longestRecordBytes', 'seconds'] as const;
const PROCESS = ['openRssBytes', 'openBuffersBytes', 'peakRssBytes', 'afterRssBytes'] as const;
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
] as const;

/** An empty cell is a figure that was not measured. Ends with a newline; for no combinations the header alone. */
export function csvReport(combinations: readonly Combination[]): string {
  const rows = combinations.map((combination) => {
    const { simulated, process, real, command } = combination;
    return {
      ...figuresOf(combination),
      ...cells('simulated', SIMULATED, simulated),
      ...cells('process', PROCESS, process),
      ...cells('real', REAL, real),
      ...cells('command', COMMAND, command),
    };
  });
  const lines = rows.map((row) => Object.values(row).map(cell).join(','));
  return `${[COLUMNS.join(','), ...lines].join('\n')}\n`;
}

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
  from: { readonly [key in Key]: string | number | null } | null,
): Record<string, string | number | null> {
  return Object.fromEntries(keys.map((key) => [`${group}.${key}`, from?.[key] ?? null]));
}

function cell(value: string | number | null): string {
  const text = `${value ?? ''}`;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
