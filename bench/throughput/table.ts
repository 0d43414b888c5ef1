/** The benchmark's result, as data and as the table that people read. */

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Result {
  readonly name: string;
  readonly version: string;
  readonly note: string;
  /** MB/s with MB = 1,000,000 bytes. */
  readonly megabytesPerSecond: Spread;
  /** Median of user and system time. */
  readonly cpuSeconds: number | null;
  readonly peakMegabytes: number | null;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    min: at(0),
    max: at(sorted.length - 1),
  };
}

/** Fastest first. */
export function renderTable(results: readonly Result[]): string {
  const rows = [...results]
    .sort((a, b) => b.megabytesPerSecond.median - a.megabytesPerSecond.median)
    .map(({ name, version, note, megabytesPerSecond: { median, min, max }, cpuSeconds, peakMegabytes }) => [
      name,
      version,
      Math.round(median).toString(),
      `${Math.round(min)}-${Math.round(max)}`,
      cpuSeconds === null ? 'not known' : cpuSeconds.toFixed(2),
      peakMegabytes === null ? 'not known' : Math.round(peakMegabytes).toString(),
      note,
    ]);
  const head = ['command', 'version', 'MB/s', 'min-max', 'CPU s', 'peak RSS MB', 'note'];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const isNumber = (column: number): boolean => column >= 2 && column <= 5;
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) =>
          isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
