/** The report for programs: always one array, one object a combination, in the order of the sweep. */
import type { Advice } from './advice.js';
import { type Combination, figuresOf } from './combination.js';

/** Indented by object, so that a diff of two runs can be read; ends with a newline. */
export function jsonReport(combinations: readonly Combination[], advice: Advice | null = null): string {
  const objects = combinations.map((combination) =>
    JSON.stringify({
      ...figuresOf(combination),
      simulated: combination.simulated,
      process: combination.process,
      real: combination.real,
      command: combination.command,
      ...(advice !== null && { advice }),
      curve: combination.outcome.curve,
    }),
  );
  return `[${objects.map((text) => `\n  ${text}`).join(',')}\n]\n`;
}
