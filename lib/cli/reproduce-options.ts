/**
 * The options of `reproduce line-buffer`, from words to checked values. Every one has a default, so that the command
 * alone already shows the defect; every message names the option, what was expected and what was found.
 */

import {
  MOST_BUFFER_BYTES,
  MOST_CONTAINERS,
  MOST_LINES_BEFORE,
} from '../../bench/line-buffer/check-workload.js';
import { LEAST_READER_BYTES } from '../../bench/line-buffer/read-line.js';
import { type Axes, type Fixed, MOST_COMBINATIONS } from '../../bench/line-buffer/sweep.js';
import { ENDS, type End, type LineLengths, RUNTIMES } from '../../bench/line-buffer/types.js';
import { eraOf } from '../../bench/line-buffer/versions.js';
import { DEFAULT_VERSIONS } from '../../bench/line-buffer/workload.js';
import {
  formatSize,
  LARGEST_SIZE,
  parseLimit,
  parseSize,
  parseSizes,
  SizeError,
  UNLIMITED,
} from '../../bench/sizes.js';
import { parseVersion } from '../diagnose/version-number.js';
import { COLORS, checkDirectory, integer, oneOf, WIDTH } from './analyze-options.js';
import type { ParsedArguments } from './arguments.js';
import { didYouMean } from './did-you-mean.js';
import { REPORT_FORMATS, type ReportFormat } from './reproduce-table.js';
import { badValue, UsageError } from './usage-error.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const DEFAULTS = {
  limits: [16 * KIB, UNLIMITED],
  lines: [64 * MIB],
  writeBytes: 64 * KIB,
  lengths: { kind: 'fixed', bytes: 100 },
} as const satisfies {
  limits: readonly number[];
  lines: readonly number[];
  writeBytes: number;
  lengths: LineLengths;
};
const CONTAINERS = { min: 1, max: MOST_CONTAINERS } as const;
/** Each is a pod's worth of processes of this machine. */
const MOST_REAL_CONTAINERS = 100;
const LINES = { min: 0, max: MOST_LINES_BEFORE } as const;
const SEED = { min: 0, max: 2 ** 32 - 1 } as const;
const LONGEST_ORDINARY_LINE = 64 * KIB;

/** How the answer is found. */
export type Way = 'simulate' | 'model' | 'real' | 'command';

export interface LineBufferSettings {
  readonly axes: Axes;
  readonly fixed: Fixed;
  /** False where the version is only the default. */
  readonly versionGiven: boolean;
  readonly way: Way;
  /** Taken in the place of a runtime; null: none. */
  readonly command: string | null;
  /** Resident memory of the real daemon, or of the command, at which the run is ended; null: none. */
  readonly stopAtBytes: number | null;
  /** containerd's configuration, which then sets the limit. */
  readonly config: string | null;
  readonly budgetBytes: number | null;
  /** Of the machine in the log; null: enough for everything. */
  readonly memoryBytes: number | null;
  /** `-` or a file. */
  readonly logs: string | null;
  readonly keep: string | null;
  readonly force: boolean;
  readonly format: ReportFormat;
  readonly color: (typeof COLORS)[number];
  readonly width: number | null;
}

/** Throws a UsageError. */
export function lineBufferSettings(given: ParsedArguments): LineBufferSettings {
  const [operand] = given.operands;
  if (operand !== undefined) throw new UsageError(`unexpected ${JSON.stringify(operand)}`);
  refuseTogether(given, ['model', 'real', 'command']);
  refuseTogether(given, ['config', 'limit']);
  for (const name of ['limit', 'version', 'runtime', 'reader', 'config', 'budget', 'logs']) {
    refuseTogether(given, ['command', name]);
  }
  refuseTogether(given, ['keep', 'model']);
  refuseTogether(given, ['keep', 'command']);
  const real = oneOf(given, 'real', ['containerd'] as const);
  const axes: Axes = {
    runtimes: listOf(given, 'runtime', RUNTIMES) ?? ['containerd'],
    versions: versions(given.value('version')),
    // A command has no limit that we know.
    limits: given.has('command') ? [UNLIMITED] : (sizes(given, 'limit', parseLimit) ?? DEFAULTS.limits),
    lines: sizes(given, 'line', parseSize) ?? DEFAULTS.lines,
  };
  const tooSmall = axes.limits.find((limit) => limit > 0 && limit < LEAST_READER_BYTES);
  if (tooSmall !== undefined && axes.runtimes.includes('containerd')) {
    throw badValue(
      '--limit',
      `${LEAST_READER_BYTES} B or more, or -1 (with less containerd panics)`,
      `${tooSmall}`,
    );
  }
  const combinations =
    axes.limits.length * axes.lines.length * (axes.versions.length + axes.runtimes.length - 1);
  if (combinations > MOST_COMBINATIONS) {
    throw new UsageError(`expected at most ${MOST_COMBINATIONS} combinations, found ${combinations}`);
  }
  if (!axes.runtimes.includes('containerd')) {
    for (const name of ['limit', 'version', 'config', 'budget']) {
      if (!given.has(name)) continue;
      const found = axes.runtimes.join(' and ');
      throw new UsageError(`--${name}: expected the runtime containerd, which alone has it, found ${found}`);
    }
  }
  if (real !== null && (integer(given, 'containers', CONTAINERS) ?? 1) > MOST_REAL_CONTAINERS) {
    const found = given.value('containers') ?? '';
    throw badValue('--containers', `at most ${MOST_REAL_CONTAINERS} with --real`, found);
  }
  needs(given, 'stop-at', ['real', 'command']);
  for (const name of given.has('command') ? ['containers', 'streams'] : []) {
    const count = given.value(name) ?? '1';
    if (count !== '1') throw badValue(`--${name}`, '1 with --command, which has one standard input', count);
  }
  needs(given, 'memory', ['logs']);
  needs(given, 'lengths', ['lines']);
  const config = given.value('config');
  const budgetBytes = size(given, 'budget', 1);
  const computed =
    given.has('model') || config !== null || budgetBytes !== null || given.value('logs') === '-';
  const settings: LineBufferSettings = {
    axes,
    fixed: fixed(given),
    versionGiven: given.has('version'),
    way: real !== null ? 'real' : given.has('command') ? 'command' : computed ? 'model' : 'simulate',
    command: command(given.value('command')),
    stopAtBytes: size(given, 'stop-at', 1),
    config,
    budgetBytes,
    memoryBytes: size(given, 'memory', 1),
    logs: given.value('logs'),
    keep: given.has('keep') ? checkDirectory('--keep', given.value('keep') ?? '') : null,
    force: given.has('force'),
    format: oneOf(given, 'format', REPORT_FORMATS) ?? 'text',
    color: oneOf(given, 'color', COLORS) ?? 'auto',
    width: integer(given, 'width', WIDTH),
  };
  if (settings.logs !== null || real !== null) {
    const option = settings.logs !== null ? '--logs' : '--real';
    const other = axes.runtimes.find((runtime) => runtime !== 'containerd');
    if (other !== undefined) throw badValue(option, 'the runtime containerd alone', other);
  }
  return settings;
}

function fixed(given: ParsedArguments): Fixed {
  const count = integer(given, 'lines', LINES) ?? 0;
  return {
    end: oneOf(given, 'end', ENDS) ?? ('newline' satisfies End),
    before: count === 0 ? null : { count, lengths: lengths(given.value('lengths')) },
    containers: integer(given, 'containers', CONTAINERS) ?? 1,
    streams: oneOf(given, 'streams', ['1', '2'] as const) === '2' ? 2 : 1,
    writeBytes: size(given, 'write', 1, MOST_BUFFER_BYTES) ?? DEFAULTS.writeBytes,
    readerBytes: size(given, 'reader', 1, MOST_BUFFER_BYTES),
    paceBytesPerSecond: size(given, 'pace', 1),
    seed: integer(given, 'seed', SEED) ?? 1,
  };
}

function refuseTogether(given: ParsedArguments, names: readonly string[]): void {
  const [first, second] = names.filter((name) => given.has(name));
  if (first !== undefined && second !== undefined) {
    throw new UsageError(`--${first} and --${second} exclude each other: expected one of them, found both`);
  }
}

/** An option that means nothing without another would be passed over in silence. */
function needs(given: ParsedArguments, name: string, others: readonly string[]): void {
  if (!given.has(name) || others.some((other) => given.has(other))) return;
  const wanted = others.map((other) => `--${other}`).join(' or ');
  throw new UsageError(`--${name}: expected ${wanted} with it, found --${name} alone`);
}

function sized<T>(name: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SizeError) throw badValue(`--${name}`, error.expected, error.found);
    throw error;
  }
}

function size(given: ParsedArguments, name: string, min: number, max = LARGEST_SIZE): number | null {
  const text = given.value(name);
  if (text === null) return null;
  const bytes = sized(name, () => parseSize(text));
  if (bytes < min || bytes > max)
    throw badValue(`--${name}`, `a size from ${min} B to ${formatSize(max)}`, text);
  return bytes;
}

function sizes(
  given: ParsedArguments,
  name: string,
  parseOne: (text: string) => number,
): readonly number[] | null {
  const texts = given.values(name);
  return texts.length === 0 ? null : sized(name, () => parseSizes(texts.join(','), parseOne));
}

function listOf<Word extends string>(
  given: ParsedArguments,
  name: string,
  words: readonly Word[],
): readonly Word[] | null {
  const values = given.values(name).flatMap((text) => text.split(','));
  if (values.length === 0) return null;
  const found = values.map((value) => {
    const word = words.find((each) => each === value);
    if (word === undefined) throw badValue(`--${name}`, words.join(' or '), value, didYouMean(value, words));
    return word;
  });
  return [...new Set(found)];
}

function versions(text: string | null): readonly string[] {
  return [...new Set((text ?? DEFAULT_VERSIONS.containerd).split(',').map(version))];
}

/** The number alone; a version that the model does not know is a mistake here, not a failure later. */
function version(text: string): string {
  const number = parseVersion(text)?.upstream;
  if (number === undefined) throw badValue('--version', 'a version of containerd such as 1.6.20', text);
  try {
    eraOf(number);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`--${error.message}`);
    throw error;
  }
  return number;
}

function command(text: string | null): string | null {
  if (text !== null && text.trim() === '') throw badValue('--command', 'a command for the shell', text);
  return text;
}

const LENGTHS = 'fixed:SIZE, uniform:SIZE..SIZE or lognormal:SIZE:SIGMA[:SIZE]';

/** `fixed:100`, `uniform:10..4KiB`, `lognormal:200:1.5` (at most 64 KiB), `lognormal:200:1.5:1MiB`. */
function lengths(text: string | null): LineLengths {
  if (text === null) return DEFAULTS.lengths;
  const bad = () => badValue('--lengths', LENGTHS, text);
  const [kind = '', first = '', sigma = '', most, ...rest] = text.split(':');
  const bytes = (part: string) => sized('lengths', () => parseSize(part));
  if (rest.length > 0) throw bad();
  if (kind === 'fixed' && first !== '' && sigma === '') return { kind, bytes: bytes(first) };
  if (kind === 'uniform' && sigma === '') {
    const [least, largest, more] = first.split('..');
    if (least === undefined || largest === undefined || more !== undefined) throw bad();
    const range = { kind, minBytes: bytes(least), maxBytes: bytes(largest) } as const;
    if (range.minBytes > range.maxBytes) throw bad();
    return range;
  }
  if (kind === 'lognormal' && /^\d(?:\.\d{1,4})?$/.test(sigma)) {
    const maxBytes = most === undefined ? LONGEST_ORDINARY_LINE : bytes(most);
    return { kind, medianBytes: bytes(first), sigma: Number(sigma), maxBytes };
  }
  throw bad();
}
