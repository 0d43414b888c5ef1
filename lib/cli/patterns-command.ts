/**
 * The command `patterns`: lists the messages that are known, shows one with its samples, and tries pattern files
 * on their own samples and near misses.
 */
import { type LoadedPatterns, loadPatterns } from '../match/load.js';
import { listPatterns, showPattern } from '../match/pattern-list.js';
import { describeProblem, type Problem } from '../match/problem.js';
import type { SelfTestFailure } from '../match/self-test.js';
import { testDirectory } from '../match/test-directory.js';
import type { Captures } from '../match/types.js';
import { printable } from '../report/printable.js';
import { counted } from '../report/quantity.js';
import { checkDirectory } from './analyze-options.js';
import type { ParsedArguments } from './arguments.js';
import { didYouMean } from './did-you-mean.js';
import { FOUND, OK } from './exit-code.js';
import type { Io } from './io.js';
import { UsageError } from './usage-error.js';

const ACTIONS = ['list', 'show', 'test'] as const;

export async function patternsCommand(given: ParsedArguments, io: Io): Promise<number> {
  const [action, operand, ...more] = given.operands;
  if (action === undefined) throw new UsageError(`expected one of ${ACTIONS.join(', ')}, found nothing`);
  const tooMany = action === 'list' ? operand : more[0];
  if (tooMany !== undefined) throw new UsageError(`${action}: unexpected ${JSON.stringify(tooMany)}`);
  const directories = given.values('patterns').map((each) => checkDirectory('--patterns', each));
  switch (action) {
    case 'list':
      return list(await patternsFor(directories, io), io);
    case 'show':
      if (operand === undefined) throw new UsageError('show: expected the id of a pattern, found nothing');
      return show(operand, directories, io);
    case 'test':
      return test(operand, io);
    default:
      throw new UsageError(`unknown action ${JSON.stringify(action)}${didYouMean(action, ACTIONS)}`);
  }
}

/** Built-in patterns and those of the directories; what is wrong with a file is said at once. */
export async function patternsFor(directories: readonly string[], io: Io): Promise<LoadedPatterns> {
  const loaded = await loadPatterns(directories);
  complain(loaded.problems, io);
  return loaded;
}

export function unknownPattern(id: string, known: readonly string[]): UsageError {
  return new UsageError(
    `unknown pattern ${JSON.stringify(id)}${didYouMean(id, known)} ('leaktrail patterns list' has all)`,
  );
}

function list(library: LoadedPatterns, io: Io): number {
  const patterns = listPatterns(library);
  const widthOf = (texts: readonly string[]) => Math.max(0, ...texts.map((text) => text.length)) + 2;
  const idWidth = widthOf(patterns.map(({ id }) => id));
  const meansWidth = widthOf(patterns.map(({ means }) => means));
  for (const { id, means, title, own } of patterns) {
    const line = `${id.padEnd(idWidth)}${means.padEnd(meansWidth)}${title}${own ? ' (yours)' : ''}`;
    io.stdout.write(`${printable(line)}\n`);
  }
  return OK;
}

async function show(id: string, directories: readonly string[], io: Io): Promise<number> {
  const library = await patternsFor(directories, io);
  const found = await showPattern(library, id, directories);
  if (found === null)
    throw unknownPattern(
      id,
      library.patterns.map((pattern) => pattern.id),
    );
  const lines = found.text.replace(/\n$/, '').split('\n');
  io.stdout.write(`# ${printable(found.file)}\n${lines.map((line) => `${printable(line)}\n`).join('')}`);
  return OK;
}

async function test(directory: string | undefined, io: Io): Promise<number> {
  const place = directory === undefined ? null : checkDirectory('test', directory);
  const result = await testDirectory(place);
  if (result.patterns === 0 && result.problems.length === 0) {
    throw new UsageError(`no pattern files (*.yaml) below ${place}`);
  }
  complain(result.problems, io);
  for (const failure of result.failures) {
    io.stdout.write(
      `${printable(`${failure.file}: ${failureText(failure)}`)}\n  ${printable(failure.line)}\n`,
    );
  }
  for (const { id, capture } of result.uncovered) {
    io.stdout.write(`${printable(`${id}: note: no sample shows its capture ${capture}`)}\n`);
  }
  const failed = result.failures.length + result.problems.length;
  io.stdout.write(
    `${counted(result.patterns, 'pattern')}, ${counted(result.samples, 'sample')}, ` +
      `${counted(result.nearMisses, 'near miss', 'near misses')}: ${failed === 0 ? 'all as stated' : `${failed} wrong`}\n`,
  );
  return failed === 0 ? OK : FOUND;
}

function failureText(failure: SelfTestFailure): string {
  switch (failure.kind) {
    case 'sample-not-matched':
      return `${failure.id} does not match its sample${failure.by === null ? '' : `, ${failure.by} does`}:`;
    case 'captures-differ':
      return `${failure.id} expected ${capturesText(failure.expected)}, found ${capturesText(failure.found)} in:`;
    case 'near-miss-matched':
      return `${failure.id} must not match (${failure.why}), but does with ${capturesText(failure.captures)}:`;
  }
}

function capturesText(captures: Captures): string {
  const entries = Object.entries(captures).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return entries.length === 0 ? 'no captures' : entries.join(' ');
}

function complain(problems: readonly Problem[], io: Io): void {
  for (const problem of problems) {
    io.stderr.write(`leaktrail patterns: ${printable(describeProblem(problem))}\n`);
  }
}
