/**
 * The options of `analyze`: their tables, and from words to checked values. Every message names the option, what
 * was expected and what was found.
 */
import { type Stats, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { parseISO } from 'date-fns/parseISO';
import { COMMON_OPTIONS, type OptionSpec, type ParsedArguments } from './arguments.js';
import { didYouMean } from './did-you-mean.js';
import { FAIL_ON, type FailOn } from './exit-code.js';
import { badValue, UsageError } from './usage-error.js';

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
  /** Files, globs and `-` that are read to their end; empty: standard input, if nothing is followed. */
  readonly inputs: readonly string[];
  /** Null where nothing is followed. */
  readonly follow: FollowSettings | null;
}

export interface FollowSettings {
  /** Files and globs. */
  readonly files: readonly string[];
  /** Null where no journal is followed. */
  readonly journal: JournalSettings | null;
  readonly from: 'end' | 'start' | { readonly sinceMs: number };
  /** Where positions and open incidents are kept, null for nowhere. */
  readonly state: string | null;
  /** Where incidents are appended as ndjson, null for nowhere. */
  readonly output: string | null;
}

export interface JournalSettings {
  /** Empty for all. */
  readonly units: readonly string[];
  readonly directory: string | null;
  readonly files: readonly string[];
}

/** Names of systemd units: no paths. */
const UNIT = /^[A-Za-z0-9@][\w:.@\\*?-]*$/;

const READ_OPTIONS: readonly OptionSpec[] = [
  { name: 'format', value: 'text|ndjson', help: 'for people (default) or one JSON object a line' },
  { name: 'all', help: 'suspected incidents, too' },
  { name: 'patterns', value: 'DIR', help: 'your own patterns, too; may be repeated' },
  { name: 'tz', value: 'ZONE', help: 'zone of times without one: Europe/Oslo, +08:00' },
  { name: 'threads', value: 'N', help: '1 to 64, default 2, 1 on a single core' },
  { name: 'fail-on', value: 'open|any|never', help: 'incidents that make the exit code 1 (open)' },
  { name: 'color', value: 'auto|always|never', help: 'auto: on a terminal, unless NO_COLOR is set' },
  { name: 'width', value: 'N', help: 'columns of the text (those of the terminal)' },
];

const FOLLOW_OPTIONS: readonly OptionSpec[] = [
  { name: 'follow', help: 'files and globs go on: rotated, cut, new ones' },
  { name: 'journal', value: 'UNIT ...', many: UNIT, help: 'the journal of these units, or all of it' },
  { name: 'directory', value: 'DIR', help: 'the journal in DIR instead' },
  { name: 'file', value: 'FILE', help: 'this journal file instead; may be repeated' },
  { name: 'from-start', help: 'what is there already; without, new lines only' },
  { name: 'since', value: 'TIME', help: 'what is there since 2h, 30m, 2026-11-21T08:00Z' },
  { name: 'state', value: 'FILE', help: 'keeps positions and incidents over a restart' },
  { name: 'output', value: 'FILE', help: 'appends ndjson to FILE, too' },
];

/** Tables with a heading each, as the help shows them. */
export const ANALYZE_GROUPS: readonly { readonly title: string; readonly options: readonly OptionSpec[] }[] =
  [
    { title: 'What is read, and how it is told', options: [...READ_OPTIONS, ...COMMON_OPTIONS] },
    { title: 'As a service', options: FOLLOW_OPTIONS },
  ];

export const ANALYZE_OPTIONS: readonly OptionSpec[] = ANALYZE_GROUPS.flatMap(({ options }) => options);

/** Throws a UsageError. `now`: ms since the epoch. */
export function analyzeSettings(given: ParsedArguments, now: number = Date.now()): AnalyzeSettings {
  // A script's variable that is empty, as a rule: standard input is not what was meant.
  if (given.operands.includes('')) throw badValue('FILE', 'a file, a directory, a glob or -', '');
  const follow = followSettings(given, now);
  return {
    format: oneOf(given, 'format', FORMATS) ?? 'text',
    all: given.has('all'),
    patterns: given.values('patterns').map((directory) => checkDirectory('--patterns', directory)),
    tz: zone(given.value('tz')),
    threads: integer(given, 'threads', THREADS) ?? Math.min(2, availableParallelism()),
    failOn: oneOf(given, 'fail-on', FAIL_ON) ?? 'open',
    color: oneOf(given, 'color', COLORS) ?? 'auto',
    width: integer(given, 'width', WIDTH),
    inputs: follow === null ? given.operands : given.operands.filter((name) => name === '-'),
    follow,
  };
}

function followSettings(given: ParsedArguments, now: number): FollowSettings | null {
  const isFollowing = given.has('follow');
  if (!isFollowing && !given.has('journal')) {
    for (const name of ['from-start', 'since', 'state', 'output'])
      if (given.has(name)) throw new UsageError(`--${name}: expected --follow or --journal beside it`);
    checkJournalAlone(given);
    return null;
  }
  if (!given.has('journal')) checkJournalAlone(given);
  const files = given.operands.filter((name) => name !== '-');
  const [first] = given.operands;
  if (!isFollowing && first !== undefined)
    throw new UsageError(
      `--journal: units stand right behind it, and files need --follow, found ${JSON.stringify(first)}`,
    );
  if (isFollowing && first === undefined)
    throw new UsageError(
      given.has('journal')
        ? '--follow: expected a FILE or GLOB, found none; behind --journal stand units: name files before it'
        : '--follow: expected a FILE or GLOB, found none',
    );
  for (const file of files) checkFollowed(file);
  if (given.has('directory') && given.has('file'))
    throw new UsageError('--file: expected no --directory beside it');
  if (given.has('from-start') && given.has('since'))
    throw new UsageError('--since: expected no --from-start beside it');
  const since = given.value('since');
  const directory = given.value('directory');
  const state = path(given, 'state');
  const output = path(given, 'output');
  const isOutput = (file: string): boolean => output !== null && resolve(file) === resolve(output);
  if (state !== null && isOutput(state))
    throw badValue('--output', 'another file than that of --state', state);
  if (files.some(isOutput))
    throw badValue('--output', 'another file than one that is followed', output ?? '');
  return {
    files,
    journal: given.has('journal')
      ? {
          units: given.values('journal'),
          directory: directory === null ? null : checkDirectory('--directory', directory),
          files: given.values('file'),
        }
      : null,
    from: given.has('from-start') ? 'start' : since === null ? 'end' : { sinceMs: sinceTime(since, now) },
    state,
    output,
  };
}

/** What is there and never grows as a log does would be followed for ever without a word. */
function checkFollowed(name: string): void {
  let status: Stats | undefined;
  try {
    status = statSync(name, { throwIfNoEntry: false });
  } catch {
    // What may not be looked at now is waited for, which is told.
  }
  if (status === undefined || status.isFile()) return;
  const hint = status.isDirectory()
    ? ` (a directory; for its logs: '${join(name, '*.log')}')`
    : ` (no ordinary file; it is read from standard input: analyze < ${name})`;
  throw badValue('--follow', 'a FILE or GLOB', name, hint);
}

function checkJournalAlone(given: ParsedArguments): void {
  for (const name of ['directory', 'file'])
    if (given.has(name)) throw new UsageError(`--${name}: expected --journal beside it`);
}

const OUTPUT_HINT = '; on standard output --format ndjson gives the same';

function path(given: ParsedArguments, name: string): string | null {
  const value = given.value(name);
  if (value === '' || value === '-')
    throw badValue(`--${name}`, 'a file', value, name === 'output' ? OUTPUT_HINT : '');
  return value;
}

const AGE = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?:in)?)?(?:(\d+)s)?$/;

/** `2h`, `1d12h`, or a time as ISO 8601; without a zone in this machine's. */
function sinceTime(text: string, now: number): number {
  const at = timeOf(text, now);
  if (Number.isNaN(at)) throw badValue('--since', 'an age such as 2h or 1d12h, or 2026-11-21T08:00', text);
  if (at > now) throw badValue('--since', 'a time that has been', text);
  // No log is older; and a time that no date can say would fail later, where nobody knows why.
  if (at < 0) throw badValue('--since', 'a time after 1970', text, '; --from-start takes all that is there');
  return at;
}

/** Ms since the epoch; NaN where it is neither an age nor a time. */
function timeOf(text: string, now: number): number {
  const age = AGE.exec(text);
  if (age === null || text === '')
    return /^\d{4}-\d\d-\d\d/.test(text) ? parseISO(text).getTime() : Number.NaN;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = age.slice(1).map((part) => Number(part ?? 0));
  return now - (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
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
