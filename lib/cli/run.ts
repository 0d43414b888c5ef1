/**
 * From a command line to its exit code: finds the command, shows help and version, turns mistakes into one line
 * on standard error. Commands are loaded when they are called, so that `--help` does not wait for the pipeline.
 */
import type { AnalyzeReports } from './analyze-command.js';
import { ANALYZE_OPTIONS, analyzeSettings } from './analyze-options.js';
import { COMMON_OPTIONS, type OptionSpec, type ParsedArguments, parseArguments } from './arguments.js';
import { didYouMean } from './did-you-mean.js';
import { FAILED, OK, USAGE } from './exit-code.js';
import { ANALYZE_HELP, EXPLAIN_HELP, LEAKTRAIL_HELP, PATTERNS_HELP } from './help.js';
import type { Io } from './io.js';
import { UsageError } from './usage-error.js';
import { packageVersion } from './version.js';

export interface Tools {
  /** Loads the pipeline. Default: lib/analyze.ts. */
  readonly loadPipeline: () => Promise<AnalyzeReports>;
}

interface Command {
  /** As it is called, for messages. */
  readonly title: string;
  readonly help: string;
  readonly options: readonly OptionSpec[];
  run(given: ParsedArguments, io: Io, tools: Tools): Promise<number>;
}

const PATTERN_OPTIONS: readonly OptionSpec[] = [
  { name: 'patterns', value: 'DIR', help: 'your own patterns below DIR, too; may be repeated' },
  ...COMMON_OPTIONS,
];

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
};

const DEFAULT_TOOLS: Tools = {
  loadPipeline: async () => (await import('../analyze.js')).analyzeReports,
};

/** `argv` begins with the command. Never throws. */
export async function run(argv: readonly string[], io: Io, tools: Tools = DEFAULT_TOOLS): Promise<number> {
  const [name = '', ...rest] = argv;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  const title = command?.title ?? 'leaktrail';
  try {
    if (command === undefined) return withoutCommand(argv, io);
    const given = parseArguments(rest, command.options);
    if (given.has('help')) return print(io, command.help);
    if (given.has('version')) return print(io, `${packageVersion()}\n`);
    return await command.run(given, io, tools);
  } catch (error) {
    if (error instanceof UsageError) {
      io.stderr.write(`${title}: ${error.message}\nTry '${title} --help'.\n`);
      return USAGE;
    }
    io.stderr.write(`${title}: ${failureText(error)}\n`);
    return FAILED;
  }
}

function withoutCommand(argv: readonly string[], io: Io): number {
  if (argv.length === 0) {
    io.stderr.write(LEAKTRAIL_HELP);
    return USAGE;
  }
  const known = [...Object.keys(COMMANDS), 'help'];
  const unknown = (name: string) =>
    new UsageError(`unknown command ${JSON.stringify(name)}${didYouMean(name, known)}`);
  const [first = '', second] = argv;
  if (first === 'help') {
    if (second === undefined || second === 'help') return print(io, LEAKTRAIL_HELP);
    if (!Object.hasOwn(COMMANDS, second)) throw unknown(second);
    return print(io, COMMANDS[second]?.help ?? '');
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

/** A plain Error was thrown to be read; anything else is a defect, whose place is worth knowing. */
function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.constructor === Error) return error.message;
  return `internal error, please report it: ${error.stack ?? error.message}`;
}
