import { join } from 'node:path';
import t from 'tap';
import { type CompileOptions, createCompiler } from '../../lib/match/compile.js';
import { loadLinearEngine } from '../../lib/match/expression.js';
import { describeProblem } from '../../lib/match/problem.js';
import { root } from './fixtures/library.js';

const compiler = await createCompiler(join(root, 'docs', 'schema'));
const linear = await loadLinearEngine();

const GOOD = `id: app.stop
title: The application was asked to stop
component: app
role: attempt
means: stop-requested
literals:
  - 'asked to stop'
message: '^asked to stop (?<container>\\w+)$'
origin: any
source: our own application
samples:
  - line: 'Sep 30 14:50:52 node-17 app[1]: asked to stop web'
    captures:
      container: web
nearMisses:
  - line: 'Sep 30 14:50:52 node-17 app[1]: asked to stop'
    why: names nothing
`;

function problemsOf(text: string, options: Partial<CompileOptions> = {}) {
  const compiled = compiler.pattern('app/stop.yaml', text, { id: 'app.stop', linear: null, ...options });
  return compiled.ok ? [] : compiled.problems;
}

t.test('a good file becomes plain data', async (t) => {
  const compiled = compiler.pattern('app/stop.yaml', GOOD, { id: 'app.stop', linear: null });
  if (!compiled.ok) return t.fail(compiled.problems.map(describeProblem).join('\n'));
  const { pattern } = compiled.value;
  t.same(JSON.parse(JSON.stringify(pattern)), pattern);
  t.match(pattern, { id: 'app.stop', generation: null, longLine: false, linear: false, fields: {} });
});

const BAD: readonly (readonly [what: string, from: string | RegExp, to: string, expected: object])[] = [
  [
    'a meaning that does not exist',
    'stop-requested',
    'stop-asked',
    { line: 5, key: 'means', found: '"stop-asked"' },
  ],
  [
    'a role that does not fit the meaning',
    'role: attempt',
    'role: cause',
    { line: 4, key: 'role', expected: 'attempt' },
  ],
  [
    'an id that does not fit the path',
    'id: app.stop',
    'id: app.end',
    { line: 1, key: 'id', expected: 'app.stop' },
  ],
  ['a component that does not fit the id', 'component: app', 'component: web', { line: 3, key: 'component' }],
  ['a key that does not exist', 'title:', 'tittle:', { line: 1, key: '', expected: 'the key title' }],
  [
    'keys out of order',
    /(origin: any\n)(source: .*\n)/,
    '$2$1',
    { line: 9, key: 'source', expected: 'the key origin' },
  ],
  [
    'a literal that an envelope escapes',
    "'asked to stop'",
    `'asked "to" stop'`,
    { line: 7, key: 'literals.0' },
  ],
  ['a literal that is too short', "'asked to stop'", "'ask'", { line: 7, key: 'literals.0', found: '"ask"' }],
  [
    'a sample without a literal',
    'asked to stop web',
    'told to stop web',
    { line: 12, key: 'samples.0.line' },
  ],
  ['a malformed expression', '(?<container>', '(?<container', { line: 8, key: 'message' }],
  ['a group that is no capture', '(?<container>', '(?<victim>', { line: 8, key: 'message', found: 'victim' }],
  [
    'a capture that does not exist',
    '      container: web',
    '      victim: web',
    { line: 14, key: 'samples.0.captures.victim' },
  ],
  ['no near miss', /nearMisses:[\s\S]*/, 'nearMisses: []\n', { line: 15, key: 'nearMisses', found: '[]' }],
  ['neither message nor fields', /message: .*\n/, '', { key: '' }],
  [
    'a sample that is no text',
    /- line: '.*web'/,
    '- line: 5',
    { line: 12, key: 'samples.0.line', expected: 'string' },
  ],
  ['something that is no YAML', 'title: The', 'title: "The', { expected: 'YAML', hint: /quotes/ }],
  ['an alias', 'title: The application was asked to stop', 'title: *everything', { hint: /./ }],
  ['a key twice', 'origin: any', 'origin: any\norigin: any', { line: 10 }],
];

for (const [what, from, to, expected] of BAD) {
  t.test(`${what} is told with its place`, async (t) => {
    const text = GOOD.replace(from, to);
    t.not(text, GOOD);
    const problems = problemsOf(text);
    t.match(problems, [{ file: 'app/stop.yaml', ...expected }], JSON.stringify(problems));
    for (const problem of problems)
      t.match(describeProblem(problem), /^app\/stop\.yaml.*expected .*, found /s);
  });
}

t.test('several mistakes are told at once', async (t) => {
  const text = GOOD.replace('role: attempt', 'role: boss').replace('origin: any', 'origin: 7');
  t.same(
    problemsOf(text)
      .map(({ key }) => key)
      .sort(),
    ['origin', 'role'],
  );
});

t.test('a file of absurd size is not read', async (t) => {
  t.match(problemsOf(`${GOOD}note: '${'x'.repeat(300_000)}'\n`), [{ line: null, expected: /bytes/ }]);
});

t.test('text that is nothing like a pattern gives problems, not exceptions', async (t) => {
  for (const text of [
    '',
    '- 1',
    '5',
    'null',
    '{}',
    '\u0000\u0001',
    'a: &a [*a]',
    '---\na: 1\n---\nb: 2',
    '%YAML 9',
  ]) {
    t.ok(problemsOf(text).length > 0, JSON.stringify(text));
  }
});

t.test('hostile expressions of users are refused, or run in linear time', async (t) => {
  const refused = [
    '(?=a)b',
    '(?<!a)b',
    '(?<container>a)\\k<container>',
    '(a)\\1',
    '(a{1000}){1000}',
    '((a{0,100}){100}){10}',
    'a{1000}{100}',
    `(${'x?'.repeat(400)})`,
    'a'.repeat(5_000),
  ];
  for (const source of refused) {
    const text = GOOD.replace(/message: .*\n/, () => `message: '${source}'\n`);
    t.match(problemsOf(text, { linear }), [{ key: 'message' }], source.slice(0, 30));
  }
  const endured = [
    '(a+)+$',
    '(.*a){20}',
    '^(a|a)*b',
    '((a*)*)*b',
    '(\\w+\\s?)*$',
    '(a|b|ab)*c',
    '(.*)(.*)(.*)x',
  ];
  for (const source of endured) {
    const text = GOOD.replace(/message: .*\n/, () => `message: '${source}'\n`);
    t.same(problemsOf(text, { linear }), [], source);
    const expression = linear(source);
    const start = performance.now();
    for (const hostile of ['a'.repeat(65_536), `${'a'.repeat(65_536)}!`, 'ab '.repeat(20_000)])
      expression(hostile, {});
    const milliseconds = performance.now() - start;
    t.ok(milliseconds < 3_000, `${source}: ${milliseconds.toFixed(0)} ms`);
  }
});
