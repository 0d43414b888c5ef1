/**
 * Splits a command line into options and operands by a table of options. The same table writes the help text, so
 * that the two cannot differ.
 */
import { didYouMean } from './did-you-mean.js';
import { badValue, UsageError } from './usage-error.js';

export interface OptionSpec {
  /** Long name without the dashes. */
  readonly name: string;
  readonly short?: string;
  /** What stands for the value in the help; without it the option is a flag. */
  readonly value?: string;
  /** The value may be left out: only a next word that fits is taken as one. Then the value is empty, as a flag's. */
  readonly optional?: RegExp;
  /** Every next word that fits is taken as a value, too; there may be none. */
  readonly many?: RegExp;
  /** One line of the help text. */
  readonly help: string;
}

export interface ParsedArguments {
  has(name: string): boolean;
  /** The last value given, null for none. */
  value(name: string): string | null;
  /** All values, in order. */
  values(name: string): readonly string[];
  readonly operands: readonly string[];
}

export const COMMON_OPTIONS: readonly OptionSpec[] = [
  { name: 'help', short: 'h', help: 'this text' },
  { name: 'version', short: 'V', help: 'the version' },
];

/**
 * `--name value`, `--name=value`, `-h`; `--` ends the options and `-` is an operand. A value may begin with one
 * dash (`--tz -08:00`) but not with two. Throws a UsageError.
 */
export function parseArguments(argv: readonly string[], specs: readonly OptionSpec[]): ParsedArguments {
  const found = new Map<string, string[]>();
  const operands: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (word === '--') {
      operands.push(...argv.slice(at + 1));
      break;
    }
    if (word === '-' || !word.startsWith('-')) {
      operands.push(word);
      continue;
    }
    const equals = word.indexOf('=');
    const typed = equals < 0 ? word : word.slice(0, equals);
    const spec = specOf(typed, specs);
    const given = equals < 0 ? null : word.slice(equals + 1);
    if (spec.value === undefined && given !== null) {
      throw new UsageError(`--${spec.name}: takes no value, found ${JSON.stringify(given)}`);
    }
    if (spec.many !== undefined) {
      const words = given === null ? [] : [given];
      while (given === null && spec.many.test(argv[at + 1] ?? '')) words.push(argv[++at] as string);
      if (words.some((value) => !spec.many?.test(value)))
        throw badValue(`--${spec.name}`, `${spec.value}`, `${given}`);
      found.set(spec.name, [...(found.get(spec.name) ?? []), ...words]);
      continue;
    }
    if (spec.optional !== undefined && given === null && !spec.optional.test(argv[at + 1] ?? '')) {
      found.set(spec.name, [...(found.get(spec.name) ?? []), '']);
      continue;
    }
    const value = spec.value === undefined ? '' : (given ?? argv[++at]);
    if (
      value === undefined ||
      (given === null && value.startsWith('--')) ||
      (spec.optional !== undefined && value === '')
    ) {
      throw new UsageError(`--${spec.name}: expected a value (${spec.value}), found none`);
    }
    found.set(spec.name, [...(found.get(spec.name) ?? []), value]);
  }
  return {
    has: (name) => found.has(name),
    value: (name) => found.get(name)?.at(-1) ?? null,
    values: (name) => found.get(name) ?? [],
    operands,
  };
}

function specOf(typed: string, specs: readonly OptionSpec[]): OptionSpec {
  const spec = specs.find(({ name, short }) => typed === `--${name}` || typed === `-${short}`);
  if (spec !== undefined) return spec;
  const hint = didYouMean(
    typed.replace(/^-+/, ''),
    specs.map(({ name }) => name),
    '--',
  );
  throw new UsageError(`unknown option ${typed}${hint}`);
}
