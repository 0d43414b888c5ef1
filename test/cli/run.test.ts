import { readFileSync } from 'node:fs';
import t from 'tap';
import { run } from '../../lib/cli/run.js';
import { ROOT } from '../root.js';
import { fakeIo } from './fake-io.js';

const { version } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'));

t.test('every help text fits a terminal of 24 by 80, and examples come before options', async (t) => {
  const ways = [['help'], ['--help'], ['-h'], ['help', 'help']];
  for (const command of ['analyze', 'patterns', 'explain', 'reproduce']) {
    ways.push([command, '--help'], [command, '-h'], ['help', command]);
  }
  for (const argv of ways) {
    const io = fakeIo({ stdinIsTerminal: true });
    t.equal(await run(argv, io), 0, argv.join(' '));
    const lines = io.out().trimEnd().split('\n');
    // Options in groups, of what is read and of a service, take more than a screen.
    const most = argv.includes('analyze') ? 40 : 23;
    t.ok(lines.length <= most, `${lines.length} lines and the prompt`);
    t.same(
      lines.filter((line) => line.length > 80),
      [],
    );
    t.ok(lines.findIndex((line) => /^ {2}\S.*(analyze|leaktrail|line-buffer)/.test(line)) < 4);
    t.equal(io.err(), '');
  }
});

t.test('the help of analyze names every option', async (t) => {
  const io = fakeIo();
  await run(['analyze', '--help'], io);
  for (const name of [
    'format',
    'all',
    'patterns',
    'tz',
    'threads',
    'fail-on',
    'color',
    'width',
    'help',
    'version',
  ]) {
    t.match(io.out(), `--${name}`);
  }
});

t.test('--version wherever it stands', async (t) => {
  for (const argv of [
    ['--version'],
    ['-V'],
    ['analyze', '--version'],
    ['analyze', '-V', 'x.log'],
    ['patterns', '-V'],
  ]) {
    const io = fakeIo();
    t.equal(await run(argv, io), 0);
    t.equal(io.out(), `${version}\n`);
  }
});

t.test('no command: the help on standard error, exit 2', async (t) => {
  const io = fakeIo();
  t.equal(await run([], io), 2);
  t.match(io.err(), 'Commands:');
  t.equal(io.out(), '');
});

t.test('mistakes: one line that says what is wrong, exit 2, nothing on standard output', async (t) => {
  const cases: [argv: string[], message: string][] = [
    [['anlyze'], 'leaktrail: unknown command "anlyze"; did you mean analyze?'],
    [['toString'], 'leaktrail: unknown command "toString"'],
    [['help', 'patern'], 'leaktrail: unknown command "patern"; did you mean patterns?'],
    [['--verison'], 'leaktrail: unknown option --verison; did you mean --version?'],
    [['--'], 'leaktrail: expected a command: analyze, explain, patterns, reproduce, help'],
    [['analyze', '--formt', 'text'], 'analyze: unknown option --formt; did you mean --format?'],
    [['analyze', '--format', 'jsn'], 'analyze: --format: expected text or ndjson, found "jsn"'],
    [
      ['analyze', '--format', 'ndjon'],
      'analyze: --format: expected text or ndjson, found "ndjon"; did you mean ndjson?',
    ],
    [['analyze', '--format'], 'analyze: --format: expected a value (text|ndjson), found none'],
    [['analyze', '--fail-on', 'all'], 'analyze: --fail-on: expected open or any or never, found "all"'],
    [['analyze', '--color=yes'], 'analyze: --color: expected auto or always or never, found "yes"'],
    [['analyze', '--threads', '0'], 'analyze: --threads: expected a whole number from 1 to 64, found "0"'],
    [['analyze', '--threads', '65'], 'analyze: --threads: expected a whole number from 1 to 64, found "65"'],
    [
      ['analyze', '--threads', '1e1'],
      'analyze: --threads: expected a whole number from 1 to 64, found "1e1"',
    ],
    [['analyze', '--width', '-5'], 'analyze: --width: expected a whole number from 40 to 1000, found "-5"'],
    [
      ['analyze', '--tz', 'Europe/Olso'],
      'analyze: --tz: expected a zone name such as Europe/Oslo or an offset such as +08:00, found "Europe/Olso"; did you mean Europe/Oslo?',
    ],
    [['analyze', '--tz', '+8'], 'found "+8"'],
    [['analyze', '--tz', '+15:00'], 'found "+15:00"'],
    [['analyze', '--tz', ''], 'found ""'],
    [
      ['analyze', '--patterns', '/no/such/dir'],
      '--patterns: expected a directory, found "/no/such/dir" (no such directory)',
    ],
    [['analyze', '--patterns', '/dev/null'], '--patterns: expected a directory, found "/dev/null" (a file)'],
    [['patterns'], 'leaktrail patterns: expected one of list, show, test, found nothing'],
    [['patterns', 'lst'], 'unknown action "lst"; did you mean list?'],
    [['patterns', 'show'], 'show: expected the id of a pattern, found nothing'],
    [['patterns', 'list', 'x'], 'list: unexpected "x"'],
    [['patterns', 'test', '/no/such/dir'], 'test: expected a directory, found "/no/such/dir"'],
  ];
  for (const [argv, message] of cases) {
    const io = fakeIo();
    t.equal(await run(argv, io), 2, argv.join(' '));
    t.match(io.err(), message);
    t.match(io.err(), /Try '[a-z ]+ --help'\.\n$/);
    t.equal(io.err().trimEnd().split('\n').length, 2, 'no stack trace');
    t.equal(io.out(), '');
  }
});
