/**
 * A mistake on the command line: one sentence with what was expected and what was found. Shown without a stack
 * trace, exit code 2.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** `--width: expected a number from 40 to 1000, found "x"`. */
export function badValue(option: string, expected: string, found: string, hint = ''): UsageError {
  return new UsageError(`${option}: expected ${expected}, found ${JSON.stringify(found)}${hint}`);
}
