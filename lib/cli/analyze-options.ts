/**
 * The options of `analyze`: their table, and from words to checked values. Every message names the option, what
 * was expected and what was found.
 */
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { COMMON_OPTIONS, type OptionSpec, type ParsedArguments } from './arguments.js';
import { didYouMean } from './did-you-mean.js';
import { FAIL_ON, type FailOn } from './exit-code.js';
import { badValue } from './usage-error.js';

export const FORMATS = ['text', 'ndjson'] as const;
export const COLORS = ['auto', 'always', 'never'] as const;
const THREADS = { min: 1, max: 64 } as const;
export const WIDTH = { min: 40, max: 1000 } as const;

export interface AnalyzeSettings {
  readonly format: (typeof FORMATS)[number];
  readonly all: boolean;
  readonly patterns: readonly string[];
  /** IANA name or `+08:00`; null where none was given. */
  readonly tz: string | null;
  readonly threads: number;
  readonly failOn: FailOn;
  readonly color: (typeof COLORS)[number];
  /** Columns; null: as wide as the terminal. */
  readonly width: number | null;
  /** Files, globs and `-`; empty: standard input. */
  readonly inputs: readonly string[];
}

export const ANALYZE_OPTIONS: readonly OptionSpec[] = [
  { name: 'format', value: 'text|ndjson', help: 'for people (default) or one JSON object a line' },
  { name: 'all', help: 'suspected incidents, too' },
  { name: 'patterns', value: 'DIR', help: 'your own patterns, too; may be repeated' },
  { name: 'tz', value: 'ZONE', help: 'zone of times without one: Europe/Oslo, +08:00' },
  { name: 'threads', value: 'N', help: '1 to 64, default 2, 1 on a single core' },
  { name: 'fail-on', value: 'open|any|never', help: 'incidents that make the exit code 1 (open)' },
  { name: 'color', value: 'auto|always|never', help: 'auto: on a terminal, unless NO_COLOR is set' },
  { name: 'width', value: 'N', help: 'columns of the text (those of the terminal)' },
  ...COMMON_OPTIONS,
];

/** Throws a UsageError. */
export function analyzeSettings(given: ParsedArguments): AnalyzeSettings {
  return {
    format: oneOf(given, 'format', FORMATS) ?? 'text',
    all: given.has('all'),
    patterns: given.values('patterns').map((directory) => checkDirectory('--patterns', directory)),
    tz: zone(given.value('tz')),
    threads: integer(given, 'threads', THREADS) ?? Math.min(2, availableParallelism()),
    failOn: oneOf(given, 'fail-on', FAIL_ON) ?? 'open',
    color: oneOf(given, 'color', COLORS) ?? 'auto',
    width: integer(given, 'width', WIDTH),
    inputs: given.operands,
  };
}

export function oneOf<Word extends string>(
  given: ParsedArguments,
  name: string,
  words: readonly Word[],
): Word | null {
  const value = given.value(name);
  if (value === null) return null;
  const word = words.find((each) => each === value);
  if (word === undefined) throw badValue(`--${name}`, words.join(' or '), value, didYouMean(value, words));
  return word;
}

export function integer(
  given: ParsedArguments,
  name: string,
  { min, max }: { readonly min: number; readonly max: number },
): number | null {
  const value = given.value(name);
  if (value === null) return null;
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < min || number > max) {
    throw badValue(`--${name}`, `a whole number from ${min} to ${max}`, value);
  }
  return number;
}

/** The directory itself, or a UsageError that says why it is none. */
export function checkDirectory(option: string, directory: string): string {
  let isDirectory = false;
  try {
    isDirectory = statSync(directory).isDirectory();
  } catch {
    throw badValue(option, 'a directory', directory, ' (no such directory)');
  }
  if (!isDirectory) throw badValue(option, 'a directory', directory, ' (a file)');
  return directory;
}

const OFFSET = /^[+-](?:0\d|1[0-4]):[0-5]\d$/;

function zone(value: string | null): string | null {
  if (value === null || OFFSET.test(value)) return value;
  try {
    // Some engines take offsets of their own spelling here; ours is the only one that later stages read.
    if (/^[A-Za-z]/.test(value)) return new Intl.DateTimeFormat('en', { timeZone: value }) && value;
  } catch {
    // Said below.
  }
  const hint = didYouMean(value, Intl.supportedValuesOf('timeZone'));
  throw badValue('--tz', 'a zone name such as Europe/Oslo or an offset such as +08:00', value, hint);
}
