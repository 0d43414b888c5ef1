/** What the words of a command line come to, and what is said where they do not go together. */
import { join } from 'node:path';
import t from 'tap';
import { ANALYZE_OPTIONS, type AnalyzeSettings, analyzeSettings } from '../../lib/cli/analyze-options.js';
import { parseArguments } from '../../lib/cli/arguments.js';

const NOW = Date.UTC(2026, 10, 21, 12);
const HOUR = 3_600_000;

function settings(...argv: readonly string[]): AnalyzeSettings {
  return analyzeSettings(parseArguments(argv, ANALYZE_OPTIONS), NOW);
}

const nothing = { files: [], journal: null, from: 'end', state: null, output: null };

t.test('without --follow and --journal files are read to their end', async (t) => {
  t.match(settings('a.log', '-'), { inputs: ['a.log', '-'], follow: null });
  t.match(settings(), { inputs: [], follow: null });
});

t.test('--follow is a flag, files and globs stand anywhere', async (t) => {
  for (const argv of [
    ['--follow', 'a.log', '/var/log/*.log'],
    ['a.log', '--follow', '/var/log/*.log'],
    ['a.log', '/var/log/*.log', '--follow'],
  ])
    t.strictSame(
      settings(...argv).follow,
      { ...nothing, files: ['a.log', '/var/log/*.log'] },
      argv.join(' '),
    );
  t.throws(() => settings('--follow=a.log'), { message: '--follow: takes no value, found "a.log"' });
});

t.test('- beside --follow is standard input, read beside what is followed', async (t) => {
  t.match(settings('--follow', 'a.log', '-'), { inputs: ['-'], follow: { files: ['a.log'] } });
});

t.test('--journal takes the units right behind it', async (t) => {
  const whole = { units: [], directory: null, files: [] };
  t.strictSame(settings('--journal').follow, { ...nothing, journal: whole });
  t.strictSame(settings('--journal', 'docker', 'kubelet').follow, {
    ...nothing,
    journal: { ...whole, units: ['docker', 'kubelet'] },
  });
  t.strictSame(settings('--journal', 'docker', 'kubelet', '--follow', 'a.log').follow, {
    ...nothing,
    files: ['a.log'],
    journal: { ...whole, units: ['docker', 'kubelet'] },
  });
  t.strictSame(settings('--journal', 'docker', '/var/log/messages', '--follow').follow, {
    ...nothing,
    files: ['/var/log/messages'],
    journal: { ...whole, units: ['docker'] },
  });
  t.strictSame(
    settings('--journal=docker', '--journal', 'user@1000.service', 'kube*').follow?.journal?.units,
    ['docker', 'user@1000.service', 'kube*'],
  );
  t.strictSame(settings('--journal', '--all').follow?.journal?.units, []);
  t.strictSame(settings('--journal', 'docker', '--directory', '/tmp').follow?.journal, {
    units: ['docker'],
    directory: '/tmp',
    files: [],
  });
  t.strictSame(settings('--journal', '--file', 'a.journal', '--file=b.journal').follow?.journal?.files, [
    'a.journal',
    'b.journal',
  ]);
});

t.test('where to begin, and what is kept', async (t) => {
  t.equal(settings('--follow', 'a.log', '--from-start').follow?.from, 'start');
  t.match(settings('--journal', '--state', 's', '--output=o').follow, { state: 's', output: 'o' });
  for (const [words, ms] of [
    ['2h', NOW - 2 * HOUR],
    ['1d12h', NOW - 36 * HOUR],
    ['90s', NOW - 90_000],
    ['30m', NOW - HOUR / 2],
    ['30min', NOW - HOUR / 2],
    ['1d2h3m4s', NOW - (26 * HOUR + 184_000)],
    ['0s', NOW],
    ['2026-11-21T08:00Z', Date.UTC(2026, 10, 21, 8)],
    ['2026-11-21T08:00:30+01:00', Date.UTC(2026, 10, 21, 7, 0, 30)],
    ['2026-11-21T08:00', new Date(2026, 10, 21, 8).getTime()],
    ['2026-11-21 08:00', new Date(2026, 10, 21, 8).getTime()],
    ['2026-11-21', new Date(2026, 10, 21).getTime()],
  ] as const)
    t.strictSame(settings('--follow', 'a.log', '--since', words).follow?.from, { sinceMs: ms }, words);
});

t.test('what does not go together, or means nothing', async (t) => {
  const since = (found: string) =>
    `--since: expected an age such as 2h or 1d12h, or 2026-11-21T08:00, found ${JSON.stringify(found)}`;
  const cases: readonly (readonly [argv: readonly string[], message: string])[] = [
    [['--follow'], '--follow: expected a FILE or GLOB, found none'],
    [['--follow', '--state', 's'], '--follow: expected a FILE or GLOB, found none'],
    [
      ['--follow', '--journal', 'docker', 'messages'],
      '--follow: expected a FILE or GLOB, found none; behind --journal stand units: name files before it',
    ],
    [[''], 'FILE: expected a file, a directory, a glob or -, found ""'],
    [['a.log', ''], 'FILE: expected a file, a directory, a glob or -, found ""'],
    [['--follow', ''], 'FILE: expected a file, a directory, a glob or -, found ""'],
    [
      ['--follow', 'a.log', '--state', 's', '--output', './s'],
      '--output: expected another file than that of --state, found "s"',
    ],
    [
      ['--follow', 'a.log', 'b.log', '--output', './b.log'],
      '--output: expected another file than one that is followed, found "./b.log"',
    ],
    [
      ['--journal', '--output', '-'],
      '--output: expected a file, found "-"; on standard output --format ndjson gives the same',
    ],
    [['--journal', '--state', '-'], '--state: expected a file, found "-"'],
    [
      ['--follow', 'a.log', '--since', '2126-11-21'],
      '--since: expected a time that has been, found "2126-11-21"',
    ],
    ...['99999999d', '99999999999999999d', '1969-12-30', '0001-01-01'].map(
      (found) =>
        [
          ['--follow', 'a.log', '--since', found],
          `--since: expected a time after 1970, found "${found}"; --from-start takes all that is there`,
        ] as const,
    ),
    [['a.log', '--state', 's'], '--state: expected --follow or --journal beside it'],
    [['a.log', '--output', 'o'], '--output: expected --follow or --journal beside it'],
    [['a.log', '--from-start'], '--from-start: expected --follow or --journal beside it'],
    [['a.log', '--since', '2h'], '--since: expected --follow or --journal beside it'],
    [['a.log', '--directory', '/tmp'], '--directory: expected --journal beside it'],
    [['a.log', '--file', 'f'], '--file: expected --journal beside it'],
    [['--follow', 'a.log', '--directory', '/tmp'], '--directory: expected --journal beside it'],
    [['--follow', 'a.log', '--file', 'f'], '--file: expected --journal beside it'],
    [['--follow', 'a.log', '--from-start', '--since', '2h'], '--since: expected no --from-start beside it'],
    [
      ['--journal', 'docker', '/var/log/messages'],
      '--journal: units stand right behind it, and files need --follow, found "/var/log/messages"',
    ],
    [
      ['messages', '--journal', 'docker'],
      '--journal: units stand right behind it, and files need --follow, found "messages"',
    ],
    [
      ['--journal', '--directory', '/no/such'],
      '--directory: expected a directory, found "/no/such" (no such directory)',
    ],
    [
      ['--journal', '--directory', '/dev/null'],
      '--directory: expected a directory, found "/dev/null" (a file)',
    ],
    [['--journal', '--directory', '/tmp', '--file', 'f'], '--file: expected no --directory beside it'],
    [['--journal', '--state='], '--state: expected a file, found ""'],
    [
      ['--journal', '--output='],
      '--output: expected a file, found ""; on standard output --format ndjson gives the same',
    ],
    [['--journal', '--state'], '--state: expected a value (FILE), found none'],
    ...[
      '',
      '2',
      'h',
      '2 h',
      '-2h',
      '2h1d',
      '1.5h',
      'yesterday',
      '12:00',
      '2026-13-01',
      '2026-11-21T25:00',
    ].map((found) => [['--journal', `--since=${found}`], since(found)] as const),
  ];
  for (const [argv, message] of cases)
    t.throws(() => settings(...argv), { name: 'UsageError', message }, argv.join(' '));
  t.throws(() => settings('--journal=/var/log'), { message: /^--journal: expected UNIT/ });
});

t.test('what never grows as a log does is not followed', async (t) => {
  const dir = t.testdir({ 'a.log': '', sub: {} });
  t.throws(() => settings('--follow', join(dir, 'a.log'), join(dir, 'sub')), {
    name: 'UsageError',
    message: `--follow: expected a FILE or GLOB, found "${dir}/sub" (a directory; for its logs: '${dir}/sub/*.log')`,
  });
  t.throws(() => settings('--follow', '/dev/null'), { message: /analyze < \/dev\/null\)$/ });
  t.match(settings('--follow', join(dir, 'a.log'), join(dir, 'later.log'), join(dir, '*')).follow?.files, {
    length: 3,
  });
});
