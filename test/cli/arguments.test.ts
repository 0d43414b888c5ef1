import t from 'tap';
import { parseArguments } from '../../lib/cli/arguments.js';
import { didYouMean, distance, nearest } from '../../lib/cli/did-you-mean.js';

const specs = [
  { name: 'format', value: 'WORD', help: '' },
  { name: 'tz', value: 'ZONE', help: '' },
  { name: 'all', help: '' },
  { name: 'help', short: 'h', help: '' },
];

t.test('values come behind a space or an equals sign', async (t) => {
  const given = parseArguments(['--format', 'text', 'a.log', '--tz=Europe/Oslo', '-h', 'b.log'], specs);
  t.equal(given.value('format'), 'text');
  t.equal(given.value('tz'), 'Europe/Oslo');
  t.ok(given.has('help'));
  t.notOk(given.has('all'));
  t.equal(given.value('none'), null);
  t.same(given.operands, ['a.log', 'b.log']);
});

t.test('a value may begin with one dash, be empty, or hold an equals sign', async (t) => {
  const given = parseArguments(['--tz', '-08:00', '--format=', '--format=a=b'], specs);
  t.equal(given.value('tz'), '-08:00');
  t.same(given.values('format'), ['', 'a=b']);
  t.equal(given.value('format'), 'a=b', 'the last one counts');
});

t.test('-- ends the options, - is an operand', async (t) => {
  t.same(parseArguments(['-', '--', '--all', '-h', '--'], specs).operands, ['-', '--all', '-h', '--']);
});

t.test('mistakes name the option and what was expected', async (t) => {
  const cases: [argv: string[], message: string][] = [
    [['--format'], '--format: expected a value (WORD), found none'],
    [['--format', '--all'], '--format: expected a value (WORD), found none'],
    [['--all=yes'], '--all: takes no value, found "yes"'],
    [['--foramt', 'text'], 'unknown option --foramt; did you mean --format?'],
    [['--form=text'], 'unknown option --form; did you mean --format?'],
    [['-x'], 'unknown option -x'],
    [['-all'], 'unknown option -all; did you mean --all?'],
    [['--quite-another-thing'], 'unknown option --quite-another-thing'],
  ];
  for (const [argv, message] of cases) {
    t.throws(() => parseArguments(argv, specs), { name: 'UsageError', message }, argv.join(' '));
  }
});

t.test('distance counts letters inserted, left out, replaced, swapped', async (t) => {
  t.equal(distance('', 'abc'), 3);
  t.equal(distance('abc', ''), 3);
  t.equal(distance('same', 'same'), 0);
  t.equal(distance('foramt', 'format'), 1);
  t.equal(distance('kitten', 'sitting'), 3);
});

t.test('the nearest word is offered only where it is near', async (t) => {
  t.equal(nearest('Europe/Olso', ['Europe/Oslo', 'Europe/Rome']), 'Europe/Oslo');
  t.equal(nearest('ndjsn', ['text', 'ndjson']), 'ndjson');
  t.equal(nearest('qqqqq', ['text', 'ndjson']), null);
  t.equal(nearest('x', ['a', 'b']), null);
  t.equal(nearest('s', ['show', 'set']), null);
  t.equal(didYouMean('lits', ['list', 'show']), '; did you mean list?');
});
