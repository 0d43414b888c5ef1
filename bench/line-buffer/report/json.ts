/** The report for programs: always one array, one object a combination, in the order of the sweep. */
import { asciiJson } from '../../../lib/report/ascii-json.js';
import type { Advice } from './advice.js';
import { type Combination, figuresOf } from './combination.js';

/** Indented by object, so that a diff of two runs can be read; plain ASCII, ends with a newline. */
export function jsonReport(combinations: readonly Combination[], advice: Advice | null = null): string {
  const objects = combinations.map((combination) =>
    asciiJson({
      ...figuresOf(combination),
      simulated: combination.simulated,
      process: combination.process,
      real: combination.real,
      command: combination.command,
      released: combination.outcome.released,
      ...(advice !== null && { advice }),
      curve: combination.outcome.curve,
    }),
  );
  return `[${objects.map((text) => `\n  ${text}`).join(',')}\n]\n`;
}
