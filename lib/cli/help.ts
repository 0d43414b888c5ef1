/**
 * The help texts: examples first, since at night people copy rather than read. Each fits a terminal of 24 lines
 * by 80 columns, but for those with groups of options; option lines come from the tables that also
 * parse them.
 */
import { ANALYZE_GROUPS } from './analyze-options.js';
import type { OptionSpec } from './arguments.js';
import { LINE_BUFFER_GROUPS } from './reproduce-table.js';

/** What to feed to `analyze`: shown in its help, and where it would wait for a terminal. */
const FEEDING = `  tail -f /var/log/messages | analyze
  journalctl -u docker -u kubelet -f -o short-iso-precise | analyze
  analyze '/var/log/messages*' heap.pb.gz docker-version.txt`;

export const NOTHING_TO_READ = `analyze: nothing to read: no file is named, and standard input is a terminal
Feed it a node's logs:
${FEEDING}
Try 'analyze --help' for more.
`;

const ANALYZE_COLUMN = 33;

export const ANALYZE_HELP = `Tells from logs, profiles and dumps what is stuck, what leaks, and what to do.

${FEEDING}
  analyze --format ndjson messages | jq 'select(.state == "open").id'
  analyze --follow '/var/log/*.log' --journal docker kubelet --state FILE

Usage: analyze [options] [FILE | DIRECTORY | GLOB | -] ...   (stdin by default)
${groups(ANALYZE_GROUPS, ANALYZE_COLUMN)}

While it follows: SIGUSR2 tells what is open, SIGHUP reads the patterns again,
SIGTERM ends it with a report.

Exit code: 0 nothing open, 1 an open incident, 2 wrong usage,
           3 an input could not be opened, read or decompressed (wins over 1),
           70 it failed, or could not write its report
`;

export const LEAKTRAIL_HELP = `Why dockerd, containerd or a build client leaks or dies: told from logs.

  tail -f /var/log/messages | leaktrail analyze
  leaktrail analyze '/var/log/messages*' kubelet.log.gz
  leaktrail explain stuck-stop
  leaktrail reproduce line-buffer

Commands:
  analyze [options] [FILE ...]        find incidents (also the command analyze)
  reproduce [DEFECT] [options]        show a defect (also the command reproduce)
  explain [DEFECT | PATTERN]          what a defect or a pattern means
  patterns list                       every message that is known
  patterns show ID                    one of them, its file with samples
  patterns test [DIR]                 try patterns on their samples
  help [COMMAND]                      more about a command

  -h, --help, -V, --version

Without a command nothing is done: 'leaktrail help analyze' tells the options.
`;

export const PATTERNS_HELP = `Shows and tests the patterns: the messages that leaktrail knows.

  leaktrail patterns list | grep kubelet
  leaktrail patterns show dockerd.stop.force.v2
  leaktrail patterns test ./my-patterns

Usage: leaktrail patterns list [--patterns DIR]
       leaktrail patterns show ID [--patterns DIR]
       leaktrail patterns test [DIR]   (the built-in patterns by default)

Exit code: 0 all is well, 1 a pattern fails its test or cannot be read,
           2 wrong usage
`;

export const EXPLAIN_HELP = `Explains a defect, or a pattern, in words. Without a name: lists the defects.

  leaktrail explain
  leaktrail explain stuck-stop
  leaktrail explain dockerd.stop.force.v2

Usage: leaktrail explain [DEFECT | PATTERN] [--patterns DIR]
`;

export const REPRODUCE_HELP = `Reproduces a defect: shows it, computes it for your limits, proves it.

  reproduce line-buffer
  reproduce line-buffer --model --limit 16KiB,1MiB,-1 --line 1MiB..1GiB
  reproduce line-buffer --line 2GiB --logs - --memory 4GiB | analyze

Usage: reproduce DEFECT [options]

Defects:
  line-buffer    containerd holds an endless log line in memory

  -h, --help, -V, --version

'reproduce line-buffer --help' tells the options.
`;

/** The same for all groups of a help, so that the explanations stand in one column. */
const LINE_BUFFER_COLUMN = 34;

export const LINE_BUFFER_HELP = `Shows what containerd holds of a log line that does not end, by limit.

  reproduce line-buffer
  reproduce line-buffer --limit 16KiB,1MiB,-1 --line 256MiB --end kill
  reproduce line-buffer --config /etc/containerd/config.toml --containers 100
  sudo reproduce line-buffer --real containerd --limit -1 --line 200MiB
  reproduce line-buffer --command 'vector --config my.toml' --line 1GiB

Usage: reproduce line-buffer [options]

A SIZE is 4096, 16KiB or 1.5GiB; a LIST is 16KiB,1MiB or 1MiB..1GiB or
1MiB..1GiB..x4. In parentheses: the default.
${groups(LINE_BUFFER_GROUPS, LINE_BUFFER_COLUMN)}

Exit code: 0 done, 2 wrong usage, or it does not fit this machine,
           70 failed, 130 interrupted
`;

function groups(
  all: readonly { readonly title: string; readonly options: readonly OptionSpec[] }[],
  column: number,
): string {
  return all.map(({ title, options }) => `\n${title}:\n${optionLines(options, column)}`).join('\n');
}

/** `column`: where the explanations begin; default: behind the longest option. */
function optionLines(specs: readonly OptionSpec[], column?: number): string {
  const rows = specs.map(({ name, short, value, optional, many, help }) => {
    const isOptional = optional !== undefined || many !== undefined;
    const shown = value === undefined ? '' : ` ${isOptional ? `[${value}]` : value}`;
    return [`  ${short === undefined ? '    ' : `-${short}, `}--${name}${shown}`, help] as const;
  });
  const start = column ?? Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.map(([left, help]) => left.padEnd(start) + help).join('\n');
}
