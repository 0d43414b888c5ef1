/**
 * Whether a workload can be at all: the one check that the model, the simulator, a sink and the real daemon make
 * before they begin. What passes it ends, and all its sums are exact.
 */
import { formatSize, LARGEST_SIZE } from '../sizes.js';
import { LEAST_READER_BYTES } from './read-line.js';
import { ENDS, RUNTIMES, type Workload } from './types.js';
import { eraOf } from './versions.js';

/** Of a write and of a read buffer: both are allocated, once for each stream. */
export const MOST_BUFFER_BYTES = 64 * 1024 * 1024;
export const MOST_CONTAINERS = 100_000;
/** Lines in front of the long one, of all streams together: each of them is gone through. */
export const MOST_LINES_BEFORE = 10_000_000;
/** What a stream may take at its pace: a log of many such runs still has dates. */
const MOST_SECONDS = 366 * 24 * 60 * 60;
/** What a record has beside its content is less than this in every format. */
const RECORD_HEAD_BYTES = 100;

/** A workload that cannot be. It is a mistake of whoever stated it, said in a sentence. */
export class WorkloadError extends RangeError {
  override readonly name = 'WorkloadError';
  constructor(
    readonly field: keyof Workload,
    readonly expected: string,
    readonly found: string,
  ) {
    super(`${field}: expected ${expected}, found ${found}`);
  }
}

function requireWhole(field: keyof Workload, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most)
    throw new WorkloadError(field, `a whole number from ${least} to ${most}`, `${value}`);
}

function requireOneOf(field: keyof Workload, value: unknown, known: readonly unknown[]): void {
  if (!known.includes(value)) throw new WorkloadError(field, known.join(' or '), String(value).slice(0, 60));
}

/** The longest of the lines in front; checks that they can be drawn. */
function longestBefore({ before, containers, streams }: Workload): number {
  if (before === null) return 0;
  const { count, lengths } = before;
  requireWhole('before', count, 0, MOST_LINES_BEFORE);
  if (count * containers * streams > MOST_LINES_BEFORE)
    throw new WorkloadError(
      'before',
      `at most ${MOST_LINES_BEFORE} lines in front of the long one in all streams together`,
      `${count} in each of ${containers * streams}`,
    );
  if (lengths.kind === 'fixed') {
    requireWhole('before', lengths.bytes, 0, LARGEST_SIZE);
    return lengths.bytes;
  }
  requireWhole('before', lengths.maxBytes, 0, LARGEST_SIZE);
  if (lengths.kind === 'uniform') requireWhole('before', lengths.minBytes, 0, lengths.maxBytes);
  else {
    requireWhole('before', lengths.medianBytes, 0, LARGEST_SIZE);
    if (!(lengths.sigma >= 0 && lengths.sigma < 100))
      throw new WorkloadError('before', 'a sigma from 0 to 100', `${lengths.sigma}`);
  }
  return lengths.maxBytes;
}

/** An upper bound of what one stream makes the runtime write, from what it prints. */
function mostOnDisk(workload: Workload, printedBytes: number): number {
  const { runtime, limitBytes, readerBytes, writeBytes, before } = workload;
  const lines = (before?.count ?? 0) + 1;
  let records = 2 * lines;
  if (runtime === 'containerd') records += limitBytes > 0 ? printedBytes / limitBytes : 0;
  else records += printedBytes / readerBytes + (runtime === 'cri-o' ? printedBytes / writeBytes : 0);
  return printedBytes + records * RECORD_HEAD_BYTES;
}

/**
 * Throws a WorkloadError for sizes that cannot be, for limits that containerd panics on, for versions of containerd
 * that are not known or hold no line, and for more than can be counted exactly.
 */
export function checkWorkload(workload: Workload): void {
  const { runtime, version, limitBytes, lineBytes, paceBytesPerSecond } = workload;
  requireOneOf('runtime', runtime, RUNTIMES);
  requireOneOf('end', workload.end, ENDS);
  requireOneOf('streams', workload.streams, [1, 2]);
  requireWhole('containers', workload.containers, 1, MOST_CONTAINERS);
  requireWhole('lineBytes', lineBytes, 0, LARGEST_SIZE);
  requireWhole('limitBytes', limitBytes, Number.MIN_SAFE_INTEGER, LARGEST_SIZE);
  requireWhole('writeBytes', workload.writeBytes, 1, MOST_BUFFER_BYTES);
  requireWhole('readerBytes', workload.readerBytes, 1, MOST_BUFFER_BYTES);
  requireWhole('seed', workload.seed, -(2 ** 52), 2 ** 52);
  if (runtime === 'containerd') {
    if (limitBytes > 0 && limitBytes < LEAST_READER_BYTES)
      throw new WorkloadError(
        'limitBytes',
        `${LEAST_READER_BYTES} or more, or -1 for no limit (containerd reads ${LEAST_READER_BYTES} bytes at least and panics on longer lines with less)`,
        `${limitBytes}`,
      );
    checkVersion(version);
  }
  const printedBytes = lineBytes + (workload.before?.count ?? 0) * (longestBefore(workload) + 1);
  if (
    paceBytesPerSecond !== null &&
    !(paceBytesPerSecond > 0 && printedBytes / paceBytesPerSecond <= MOST_SECONDS)
  )
    throw new WorkloadError(
      'paceBytesPerSecond',
      `a pace at which ${formatSize(printedBytes)} take no more than a year`,
      `${paceBytesPerSecond}`,
    );
  const streams = workload.containers * workload.streams;
  if (mostOnDisk(workload, printedBytes) * streams > Number.MAX_SAFE_INTEGER)
    throw new WorkloadError(
      'lineBytes',
      `at most ${formatSize(2 ** 53)} in the log files of all streams, so that it can be counted`,
      `${formatSize(printedBytes)} for each of ${streams}`,
    );
}

function checkVersion(version: string): void {
  try {
    eraOf(version);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const [, expected = '', found = ''] = /^version: expected (.*?), found (.*)$/s.exec(error.message) ?? [];
    throw new WorkloadError('version', expected, found);
  }
}
