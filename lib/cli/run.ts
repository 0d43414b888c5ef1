/**
 * From a command line to its exit code: finds the command, shows help and version, turns mistakes into one line
 * on standard error. Commands are loaded when they are called, so that `--help` does not wait for the pipeline.
 */

import { reasonOf } from '../ingest/input-error.js';
import { printable } from '../report/printable.js';
import type { CreateAnalysis } from './analyze-command.js';
import { ANALYZE_OPTIONS, analyzeSettings } from './analyze-options.js';
import { COMMON_OPTIONS, type OptionSpec, type ParsedArguments, parseArguments } from './arguments.js';
import { didYouMean } from './did-you-mean.js';
import { FAILED, OK, USAGE } from './exit-code.js';
import {
  ANALYZE_HELP,
  EXPLAIN_HELP,
  LEAKTRAIL_HELP,
  LINE_BUFFER_HELP,
  PATTERNS_HELP,
  REPRODUCE_HELP,
} from './help.js';
import type { Io } from './io.js';
import { LINE_BUFFER_OPTIONS } from './reproduce-table.js';
import { UsageError } from './usage-error.js';
import { packageVersion } from './version.js';

export interface Tools {
  /** Loads the pipeline. Default: lib/analyze.ts. */
  readonly loadPipeline: () => Promise<CreateAnalysis>;
}

interface Command {
  /** As it is called, for messages. */
  readonly title: string;
  readonly help: string;
  readonly options: readonly OptionSpec[];
  /** Commands below it, such as the defects of `reproduce`; what they are called in messages. */
  readonly below?: { readonly what: string; readonly commands: Readonly<Record<string, Command>> };
  run(given: ParsedArguments, io: Io, tools: Tools): Promise<number>;
}

const PATTERN_OPTIONS: readonly OptionSpec[] = [
  { name: 'patterns', value: 'DIR', help: 'your own patterns below DIR, too; may be repeated' },
  ...COMMON_OPTIONS,
];

const LINE_BUFFER: Command = {
  title: 'reproduce line-buffer',
  help: LINE_BUFFER_HELP,
  options: LINE_BUFFER_OPTIONS,
  run: async (given, io) => {
    const settings = (await import('./reproduce-options.js')).lineBufferSettings(given);
    return (await import('./reproduce-command.js')).reproduceLineBuffer(settings, io);
  },
};

const COMMANDS: Readonly<Record<string, Command>> = {
  analyze: {
    title: 'analyze',
    help: ANALYZE_HELP,
    options: ANALYZE_OPTIONS,
    run: async (given, io, tools) => {
      const settings = analyzeSettings(given);
      return (await import('./analyze-command.js')).analyzeCommand(settings, io, tools.loadPipeline);
    },
  },
  explain: {
    title: 'leaktrail explain',
    help: EXPLAIN_HELP,
    options: PATTERN_OPTIONS,
    run: async (given, io) => (await import('./explain-command.js')).explainCommand(given, io),
  },
  patterns: {
    title: 'leaktrail patterns',
    help: PATTERNS_HELP,
    options: PATTERN_OPTIONS,
    run: async (given, io) => (await import('./patterns-command.js')).patternsCommand(given, io),
  },
  reproduce: {
    title: 'reproduce',
    help: REPRODUCE_HELP,
    options: COMMON_OPTIONS,
    // Also by the name that the defect has in reports.
    below: { what: 'defect', commands: { 'line-buffer': LINE_BUFFER, 'log-line-buffer': LINE_BUFFER } },
    run: async (_given, io) => print(io, REPRODUCE_HELP),
  },
};

const DEFAULT_TOOLS: Tools = {
  loadPipeline: async () => (await import('../analyze.js')).createAnalysis,
};

/** `argv` begins with the command. Never throws. */
export async function run(argv: readonly string[], io: Io, tools: Tools = DEFAULT_TOOLS): Promise<number> {
  const [name = '', ...rest] = argv;
  const first = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  let title = first?.title ?? 'leaktrail';
  try {
    if (first === undefined) return withoutCommand(argv, io);
    const second = commandBelow(first, rest[0]);
    const command = second ?? first;
    title = command.title;
    const given = parseArguments(second === undefined ? rest : rest.slice(1), command.options);
    if (given.has('help')) return print(io, command.help);
    // Where the option takes a value, too, it asks for the version of this program when it has none.
    if (given.values('version').includes('')) {
      const [word] = second === undefined ? [] : given.operands;
      if (word !== undefined)
        throw new UsageError(
          `--version: expected one such as 1.6.20, or none, found ${JSON.stringify(word)}`,
        );
      return print(io, `${packageVersion()}\n`);
    }
    return await command.run(given, io, tools);
  } catch (error) {
    if (error instanceof UsageError) {
      io.stderr.write(`${title}: ${guarded(error.message)}\nTry '${title} --help'.\n`);
      return USAGE;
    }
    io.stderr.write(`${title}: ${guarded(failureText(error))}\n`);
    return FAILED;
  }
}

/** The command below that the word names; undefined where the word is an option, or there is none. */
function commandBelow({ below }: Command, word: string | undefined): Command | undefined {
  if (below === undefined || word === undefined || word.startsWith('-')) return undefined;
  const { what, commands } = below;
  if (Object.hasOwn(commands, word)) return commands[word];
  const known = Object.keys(commands);
  // Under its own name: a second one would read as a second command.
  const own = known.filter((name) => commands[name]?.title.endsWith(` ${name}`));
  const hint = didYouMean(word, known) || `; expected one of ${own.join(', ')}`;
  throw new UsageError(`unknown ${what} ${JSON.stringify(word)}${hint}`);
}

function withoutCommand(argv: readonly string[], io: Io): number {
  if (argv.length === 0) {
    io.stderr.write(LEAKTRAIL_HELP);
    return USAGE;
  }
  const known = [...Object.keys(COMMANDS), 'help'];
  const unknown = (name: string) =>
    new UsageError(`unknown command ${JSON.stringify(name)}${didYouMean(name, known)}`);
  const [first = '', second, third] = argv;
  if (first === 'help') {
    if (second === undefined || second === 'help') return print(io, LEAKTRAIL_HELP);
    const command = Object.hasOwn(COMMANDS, second) ? COMMANDS[second] : undefined;
    if (command === undefined) throw unknown(second);
    return print(io, (commandBelow(command, third) ?? command).help);
  }
  if (!first.startsWith('-')) throw unknown(first);
  const given = parseArguments(argv, COMMON_OPTIONS);
  if (given.has('version')) return print(io, `${packageVersion()}\n`);
  if (given.has('help')) return print(io, LEAKTRAIL_HELP);
  throw new UsageError(`expected a command: ${known.join(', ')}`);
}

function print(io: Io, text: string): number {
  io.stdout.write(text);
  return OK;
}

/** Names of files and what daemons wrote stand in messages, too; lines stay lines. */
function guarded(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line))
    .join('\n');
}

/** A plain Error was thrown to be read; anything else is a defect, whose place is worth knowing. */
function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('syscall' in error) {
    const { path, syscall } = error as NodeJS.ErrnoException;
    return `${path ?? syscall}: ${reasonOf(error)}`;
  }
  if (error.constructor === Error) return error.message;
  return `internal error, please report it: ${error.stack ?? error.message}`;
}
