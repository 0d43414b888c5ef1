/** The table of options of `reproduce line-buffer`: it parses them and writes their help. */
import type { Workload } from '../../bench/line-buffer/types.js';
import { COLORS } from './analyze-options.js';
import { COMMON_OPTIONS, type OptionSpec } from './arguments.js';

export const REPORT_FORMATS = ['text', 'csv', 'json', 'svg'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** Tables of options with a heading each, as the help shows them. */
export const LINE_BUFFER_GROUPS: readonly {
  readonly title: string;
  readonly options: readonly OptionSpec[];
}[] = [
  {
    title: 'What is printed',
    options: [
      { name: 'line', value: 'LIST', help: 'length of the long line (64MiB)' },
      { name: 'end', value: 'newline|eof|kill', help: 'how it ends (newline)' },
      { name: 'lines', value: 'N', help: 'lines in front of it (0)' },
      { name: 'lengths', value: 'SPEC', help: 'fixed:100, uniform:10..4KiB, lognormal:99:1.5' },
      { name: 'containers', value: 'N', help: 'containers that print at once (1)' },
      { name: 'streams', value: '1|2', help: 'stdout alone, or stderr too (1)' },
      { name: 'write', value: 'SIZE', help: 'bytes of one write (64KiB)' },
      { name: 'pace', value: 'SIZE', help: 'bytes a second and stream (as fast as it goes)' },
      { name: 'seed', value: 'N', help: 'of the content (1)' },
    ],
  },
  {
    title: 'Who reads it',
    options: [
      { name: 'limit', value: 'LIST', help: 'max_container_log_line_size (16KiB,-1)' },
      {
        name: 'version',
        short: 'V',
        value: 'LIST',
        optional: /^v?\d/,
        help: 'of containerd (1.6.20); alone: of leaktrail',
      },
      { name: 'runtime', value: 'LIST', help: 'containerd (default), docker, cri-o' },
      { name: 'reader', value: 'SIZE', help: "its read buffer (the runtime's own)" },
      { name: 'config', value: 'FILE', help: 'its configuration, for the limit (computed)' },
      { name: 'budget', value: 'SIZE', help: 'which limit keeps all below this (computed)' },
    ],
  },
  {
    title: 'How it is found out',
    options: [
      { name: 'model', help: 'computed, nothing is fed' },
      { name: 'real', value: 'containerd', help: 'fed to a private containerd (root, Linux)' },
      { name: 'command', value: 'CMD', help: 'fed to the standard input of your pipeline' },
      { name: 'stop-at', value: 'SIZE', help: 'with these: end the line at this memory' },
      { name: 'force', help: 'even if it does not fit this machine' },
    ],
  },
  {
    title: 'What comes out',
    options: [
      { name: 'format', value: REPORT_FORMATS.join('|'), help: 'table and chart (text), or figures' },
      { name: 'logs', value: '-|FILE', help: "the node's log ('-': that alone, computed)" },
      { name: 'memory', value: 'SIZE', help: 'of that node: the kernel kills beyond it' },
      { name: 'keep', value: 'DIR', help: 'leave the log files of the containers there' },
      { name: 'color', value: COLORS.join('|'), help: 'auto: on a terminal, unless NO_COLOR is set' },
      { name: 'width', value: 'N', help: 'columns of the text (those of the terminal)' },
      ...COMMON_OPTIONS.filter(({ name }) => name !== 'version'),
    ],
  },
];

export const LINE_BUFFER_OPTIONS: readonly OptionSpec[] = LINE_BUFFER_GROUPS.flatMap(
  ({ options }) => options,
);

/** Option by which a field of a workload is set, without its dashes. */
export function optionOf(field: keyof Workload): string {
  return OPTION_OF[field];
}

const OPTION_OF: Readonly<Record<keyof Workload, string>> = {
  runtime: 'runtime',
  version: 'version',
  limitBytes: 'limit',
  lineBytes: 'line',
  end: 'end',
  before: 'lines',
  containers: 'containers',
  streams: 'streams',
  writeBytes: 'write',
  readerBytes: 'reader',
  paceBytesPerSecond: 'pace',
  seed: 'seed',
};
