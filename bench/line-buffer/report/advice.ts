/**
 * What a configuration allows at worst and which limit fits a budget, in words and with the lines to write: for
 * somebody who is about to set `max_container_log_line_size`.
 */

import { compareVersions } from '../../../lib/diagnose/version-number.js';
import { printable } from '../../../lib/report/printable.js';
import { counted } from '../../../lib/report/quantity.js';
import { formatSize } from '../../sizes.js';
import {
  DEFAULT_LIMIT_BYTES,
  type FittingLimit,
  limitThatFits,
  type WorstCase,
  worstCase,
} from '../budget.js';
import type { ConfigLimit } from '../config-limit.js';

export interface AdviceQuestion {
  readonly config: ConfigLimit | null;
  readonly budgetBytes: number | null;
  readonly containers: number;
  readonly streams: 1 | 2;
  readonly version: string;
  /** The longest line to expect, where there is no limit. */
  readonly lineBytes: number;
}

export interface Advice extends AdviceQuestion {
  /** With the limit of the configuration, or of each line without one; null without a configuration. */
  readonly worst: WorstCase | null;
  /** Null without a budget. */
  readonly fitting: FittingLimit | null;
}

export function adviceOn(question: AdviceQuestion): Advice {
  const { config, budgetBytes, containers, streams, version, lineBytes } = question;
  const streamsOf = { containers, streams, version };
  const limitBytes = config?.limitBytes ?? DEFAULT_LIMIT_BYTES;
  return {
    ...question,
    worst:
      config === null ? null : worstCase({ ...streamsOf, limitBytes, ...(limitBytes <= 0 && { lineBytes }) }),
    fitting: budgetBytes === null ? null : limitThatFits({ ...streamsOf, budgetBytes }),
  };
}

/** Sentences, and lines that begin with a space and are to be shown as they are. */
export function adviceWords(advice: Advice): string[] {
  return [...configWords(advice), ...budgetWords(advice)];
}

function configWords({ config, worst, containers, streams, lineBytes }: Advice): string[] {
  if (config === null || worst === null) return [];
  const { limitBytes, line } = config;
  const file = printable(config.file);
  const who = whoWords(containers, streams);
  const stated =
    line === null
      ? `${file} sets no max_container_log_line_size that counts: the default does, ${DEFAULT_LIMIT_BYTES}.`
      : `${file}, line ${line}: max_container_log_line_size = ${limitBytes}${limitBytes > 0 ? ` (${formatSize(limitBytes)})` : ': no limit'}.`;
  const amounts = `${formatSize(worst.heldBytes)} held while the lines are open, ${formatSize(worst.peakRssBytes)} resident when all lines end at once, ${formatSize(worst.retainedBytes)} afterwards`;
  const most =
    limitBytes > 0
      ? `At worst it comes to ${amounts}, with ${who}.`
      : `At worst there is no bound: containerd holds all that is printed without a newline. With ${who} and lines of ${formatSize(lineBytes)}: ${amounts}.`;
  return [stated, most];
}

function budgetWords({ config, budgetBytes, fitting, containers, streams, version }: Advice): string[] {
  const who = whoWords(containers, streams);
  if (fitting === null || budgetBytes === null) {
    return config !== null && config.limitBytes <= 0
      ? [
          'Set a limit; the default is enough for nearly everybody:',
          ...toml(DEFAULT_LIMIT_BYTES, config, version),
        ]
      : [];
  }
  const { limitBytes, worst, defaultFits, worstOfDefault } = fitting;
  const budget = formatSize(budgetBytes);
  if (limitBytes === null) {
    return [
      `No limit keeps ${who} below ${budget}: with ${formatSize(4096)} they take ${formatSize(worst.peakRssBytes)} already. Allow more memory, or run fewer containers.`,
    ];
  }
  const words = `The largest limit that keeps ${who} below ${budget} is ${formatSize(limitBytes)}: at worst ${formatSize(worst.peakRssBytes)} resident, ${formatSize(worst.heldBytes)} held.`;
  const standard = formatSize(DEFAULT_LIMIT_BYTES);
  if (!defaultFits) {
    return [
      words,
      `That is below the default of ${standard}: lines are cut into more records.`,
      ...change(limitBytes, config, version),
    ];
  }
  const usual =
    limitBytes === DEFAULT_LIMIT_BYTES
      ? 'That is the default, and right for nearly everybody.'
      : `That is a bound, no recommendation: the default of ${standard} takes ${formatSize(worstOfDefault.peakRssBytes)} at worst in the same case, and is right for nearly everybody.`;
  const set = config?.limitBytes ?? null;
  if (set !== null && set >= DEFAULT_LIMIT_BYTES && set <= limitBytes) {
    return [words, usual, `The limit that is set, ${formatSize(set)}, is within the two: it may stay.`];
  }
  return [words, usual, ...change(DEFAULT_LIMIT_BYTES, config, version)];
}

function change(limitBytes: number, config: ConfigLimit | null, version: string): string[] {
  return [
    'In config.toml, then `systemctl restart containerd` (containers go on):',
    ...toml(limitBytes, config, version),
  ];
}

function whoWords(containers: number, streams: number): string {
  return `${counted(containers, 'container')}${streams > 1 ? ` with ${streams} streams each` : ''}`;
}

/** The table of the file's own version, else of the version that this containerd writes. */
function toml(limitBytes: number, config: ConfigLimit | null, version: string): string[] {
  const usual = compareVersions(version, '2.0') >= 0 ? 3 : 2;
  const format = config === null ? usual : (config.configVersion ?? 1);
  const table =
    format >= 3
      ? "[plugins.'io.containerd.cri.v1.runtime']"
      : format === 2
        ? '[plugins."io.containerd.grpc.v1.cri"]'
        : '[plugins.cri]';
  return [
    ...(format > 1 ? [`  version = ${format}`] : []),
    `  ${table}`,
    `    max_container_log_line_size = ${limitBytes}`,
  ];
}
