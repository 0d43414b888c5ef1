/**
 * What containers can make containerd hold at worst with a limit, and which limit keeps that below a budget: the
 * question that somebody has who is about to write `max_container_log_line_size`.
 */
import { LARGEST_SIZE } from '../sizes.js';
import { model } from './model/model.js';
import { READER_BYTES } from './read-line.js';
import type { Workload } from './types.js';

/** containerd's default for `max_container_log_line_size`. */
export const DEFAULT_LIMIT_BYTES = 16_384;
/** Below a page nothing is saved: the reader holds as much anyway. */
const LEAST_SENSIBLE_BYTES = 4096;
const MOST_SENSIBLE_BYTES = 1024 ** 3;
/** Of the line that is computed with, at least: enough for collections to have come as they do in the long run. */
const PARTS = 64;
const LONG_LINE_BYTES = 64 * 1024 ** 2;
/** Of all these lines together, where the limit would allow more: 1 PiB is beyond every machine. */
const MOST_BYTES = 2 ** 50;
/** Of a budget this share is left over: how late a collection comes differs by some per cent from run to run. */
const SPARE_SHARE = 1 / 16;

export interface WorstCaseQuestion {
  /** 0 and below: no limit. */
  readonly limitBytes: number;
  readonly containers: number;
  /** 2 where containers write to stdout and stderr. */
  readonly streams: 1 | 2;
  readonly version: string;
  /** The longest line to expect; without it the worst one there can be. */
  readonly lineBytes?: number;
}

/** Bytes, growth over the idle daemon. */
export interface WorstCase {
  /** Live while every stream has a line open that is about to be written. */
  readonly heldBytes: number;
  /** Resident when they all are written at the same time. */
  readonly peakRssBytes: number;
  /** Live afterwards, until the containers are gone. */
  readonly retainedBytes: number;
  /** The line that it was computed for. */
  readonly lineBytes: number;
}

/**
 * Null: there is no bound, because no limit is set and no line length was given. A line that is ended by a newline is
 * the worst in the long run: the buffer stays. Throws RangeError as the model does.
 */
export function worstCase({
  limitBytes,
  containers,
  streams,
  version,
  lineBytes,
}: WorstCaseQuestion): WorstCase | null {
  if (lineBytes === undefined && limitBytes <= 0) return null;
  // A line of whole parts is open with the most that a limit allows: a part is written only when it is exceeded.
  const parts = Math.max(PARTS, Math.ceil(LONG_LINE_BYTES / limitBytes));
  const worstLine = Math.min(limitBytes * parts, MOST_BYTES / (containers * streams), LARGEST_SIZE);
  const line = lineBytes === undefined ? Math.floor(worstLine) : lineBytes;
  const workload: Workload = {
    runtime: 'containerd',
    version,
    limitBytes,
    lineBytes: line,
    end: 'newline',
    before: null,
    containers,
    streams,
    writeBytes: 65_536,
    readerBytes: READER_BYTES,
    paceBytesPerSecond: null,
    seed: 1,
  };
  const { heldBytes, peakRssBytes, retainedBytes } = model(workload);
  return { heldBytes, peakRssBytes, retainedBytes, lineBytes: line };
}

export interface BudgetQuestion {
  /** Memory that containerd may grow by. */
  readonly budgetBytes: number;
  readonly containers: number;
  readonly streams: 1 | 2;
  readonly version: string;
}

export interface FittingLimit {
  /** A power of two from 4 KiB to 1 GiB, the largest that fits; null: not even 4 KiB does. */
  readonly limitBytes: number | null;
  /** Whether containerd's own default, 16 KiB, fits. Then a smaller one has no point, and a larger one seldom. */
  readonly defaultFits: boolean;
  /** With the default. */
  readonly worstOfDefault: WorstCase;
  /** With that limit, or with 4 KiB where none fits. */
  readonly worst: WorstCase;
}

/** A limit fits when the resident memory of all streams writing at the same time leaves a sixteenth of the budget. */
export function limitThatFits({ budgetBytes, containers, streams, version }: BudgetQuestion): FittingLimit {
  if (!(budgetBytes > 0))
    throw new RangeError(`budgetBytes: expected a number of bytes above 0, found ${budgetBytes}`);
  const at = (limitBytes: number): WorstCase => {
    const worst = worstCase({ limitBytes, containers, streams, version });
    if (worst === null) throw new RangeError(`limitBytes: expected a limit above 0, found ${limitBytes}`);
    return worst;
  };
  let limitBytes: number | null = null;
  let worst = at(LEAST_SENSIBLE_BYTES);
  for (let limit = LEAST_SENSIBLE_BYTES; limit <= MOST_SENSIBLE_BYTES; limit *= 2) {
    const next = at(limit);
    if (next.peakRssBytes > budgetBytes * (1 - SPARE_SHARE)) break;
    limitBytes = limit;
    worst = next;
  }
  return {
    limitBytes,
    defaultFits: limitBytes !== null && limitBytes >= DEFAULT_LIMIT_BYTES,
    worstOfDefault: at(DEFAULT_LIMIT_BYTES),
    worst,
  };
}
