/** How the text report looks: colour and width, from options, environment and terminal. */
import type { AnalyzeSettings } from './analyze-options.js';
import type { Io } from './io.js';

/** Where neither an option nor a terminal says more. */
const DEFAULT_WIDTH = 100;

/** NO_COLOR as https://no-color.org has it: any value but the empty one. */
export function wantsColor(
  setting: AnalyzeSettings['color'],
  { stdout, env }: Pick<Io, 'stdout' | 'env'>,
): boolean {
  if (setting !== 'auto') return setting === 'always';
  return stdout.isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

/** `--width`, then COLUMNS, then the terminal. */
export function widthOf(setting: number | null, { stdout, env }: Pick<Io, 'stdout' | 'env'>): number {
  const columns = /^[1-9]\d{0,3}$/.test(env['COLUMNS'] ?? '') ? Number(env['COLUMNS']) : null;
  // A terminal that does not know its own width says 0.
  return setting ?? columns ?? (stdout.columns || DEFAULT_WIDTH);
}
