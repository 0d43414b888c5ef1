import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { createRandom, type Random } from '../../bench/random.js';
import { BLOCK_LITERALS } from '../../lib/evidence/trace/trace-literals.js';
import { createScanner } from '../../lib/scan/scanner.js';
import type { BlockLiteral, CandidateLine } from '../../lib/scan/types.js';
import { differs } from '../differs.js';
import { SEARCHES, scan } from './scan.js';

const FORCE = '- using the force';
const settings = {
  literals: [FORCE],
  blockLiterals: [
    { literal: 'goroutine ', lines: 3 },
    { literal: '\npanic: ', lines: 2 },
  ],
};
const shown = ({ line, text, block, tail }: CandidateLine): unknown[] => [
  line,
  text,
  block ?? false,
  ...tail,
];

t.test('the lines behind a block literal are candidates, and each one opens it anew', async (t) => {
  const input =
    'x\ngoroutine 1 [select]:\nf()\n\t/f.go:1\n\nlost\ngoroutine 2\na\ngoroutine 3\nb\nc\nd\nlost\n';
  const { candidates, counts } = scan(input, settings);
  t.strictSame(candidates.map(shown), [
    [2, 'goroutine 1 [select]:', true],
    [3, 'f()', true],
    [4, '\t/f.go:1', true],
    [5, '', true],
    [7, 'goroutine 2', true],
    [8, 'a', true],
    [9, 'goroutine 3', true],
    [10, 'b', true],
    [11, 'c', true],
    [12, 'd', true],
  ]);
  t.match(counts, { candidates: 0, lines: 13 }, 'they do not count as candidates');
});

t.test('a shorter block within a longer one does not end it', async (t) => {
  const blockLiterals = [
    { literal: 'goroutine ', lines: 4 },
    { literal: 'shorter', lines: 1 },
  ];
  const { candidates } = scan('goroutine 1\nshorter\n2\n3\n4\n5\n', { literals: [FORCE], blockLiterals });
  t.equal(candidates.at(-1)?.line, 5);
});

t.test('a literal that must start a line does, also in the first line', async (t) => {
  t.strictSame(scan('panic: a\nb\nc\nd\n', settings).candidates.map(shown), [
    [1, 'panic: a', true],
    [2, 'b', true],
    [3, 'c', true],
  ]);
  t.strictSame(scan('x\npanic: a\n', settings).candidates.map(shown), [[2, 'panic: a', true]]);
  t.strictSame(scan('x panic: a\nb\n', settings).candidates, []);
  t.strictSame(scan('panic:\na\n', settings).candidates, []);
});

t.test("a line with a pattern's literal is an ordinary candidate, with its tail", async (t) => {
  const input = `goroutine 1\n${FORCE}\n\ttail\nnext\nlost\n`;
  t.strictSame(scan(input, settings).candidates.map(shown), [
    [1, 'goroutine 1', true],
    [2, FORCE, false, '\ttail'],
    [4, 'next', true],
  ]);
  const both = scan(
    `${FORCE} goroutine 1\n\ttail goroutine 2\nnext\nmore\nlast\nlost\n`,
    settings,
  ).candidates;
  t.strictSame(both.map(shown), [
    [1, `${FORCE} goroutine 1`, false, '\ttail goroutine 2'],
    [3, 'next', true],
    [4, 'more', true],
    [5, 'last', true],
  ]);
});

t.test('journal entries count as one line each, and come with their block', async (t) => {
  const entry = (i: number, message: string): string =>
    `__CURSOR=s=1;i=${i}\n__REALTIME_TIMESTAMP=${i}\n_PID=7\nMESSAGE=${message}\n_COMM=dockerd\n\n`;
  const input = [
    entry(1, 'x'),
    entry(2, 'goroutine 1'),
    entry(3, 'f()'),
    entry(4, ''),
    entry(5, FORCE),
    entry(6, 'z'),
  ];
  const { candidates } = scan(input.join(''), settings);
  t.strictSame(
    candidates.map(({ text, block, tail }) => [text, block ?? false, tail.length]),
    [
      ['MESSAGE=goroutine 1', true, 5],
      ['MESSAGE=f()', true, 5],
      ['MESSAGE=', true, 5],
      [`MESSAGE=${FORCE}`, false, 5],
    ],
  );
});

t.test('fields of an entry that nothing proves are no lines of a stack', async (t) => {
  const input = 'MESSAGE=goroutine 1\n_PID=7\n_COMM=dockerd\n\nMESSAGE=f()\n_PID=7\n\nx\n';
  t.strictSame(
    scan(input, settings).candidates.map(({ text }) => text),
    ['MESSAGE=goroutine 1', '', 'MESSAGE=f()', ''],
  );
});

t.test('a literal beyond the limit of a line opens nothing; a long one keeps more of its line', async (t) => {
  const limits = { lineBytes: 100, longLineBytes: 400 };
  const dots = '.'.repeat(95);
  t.strictSame(scan(`${dots}goroutine 1\na\n`, { ...settings, limits }).candidates, []);
  const blockLiterals: BlockLiteral[] = [{ literal: 'goroutine ', lines: 1, long: true }];
  const { candidates, counts } = scan(`goroutine ${'x'.repeat(500)}\na\n`, {
    literals: [FORCE],
    blockLiterals,
    limits,
  });
  t.match(candidates, [{ cutBytes: 110, block: true }, { text: 'a' }]);
  t.equal(candidates[0]?.text.length, 400);
  t.match(counts, { truncatedLines: 1, truncatedBytes: 110 });
});

t.test('what a line holds is not taken for what stood at the same place of the piece before', async (t) => {
  const first = `${'x'.repeat(99)}\ngoroutine 1\n`;
  const second = `${'y'.repeat(99)}\n- using the force\n\n`;
  for (const _ of SEARCHES) {
    const sizes = [first.length, second.length];
    const { candidates } = scan(
      first + second,
      { literals: ['- using the force'], blockLiterals: [{ literal: 'goroutine ', lines: 9 }] },
      () => sizes.shift() ?? 1,
    );
    t.strictSame(
      candidates.map(({ line, block }) => [line, block === true]),
      [
        [2, true],
        [3, true],
        [4, false],
        [5, true],
      ],
    );
  }
});

t.test('a quiet source does not end a block', async (t) => {
  const seen: string[] = [];
  const scanner = createScanner({ ...settings, source: 's', onCandidate: ({ text }) => seen.push(text) });
  scanner.push(Buffer.from('goroutine 1\nf()\n'));
  t.strictSame(seen, ['goroutine 1', 'f()'], 'nothing is held back');
  scanner.flush();
  scanner.push(Buffer.from('/f.go:1\n'));
  t.strictSame(seen, ['goroutine 1', 'f()', '/f.go:1']);
});

/** Lines of all shapes: literals of both kinds, tails, klog values, fields, cut lines. */
function randomLog(random: Random, words: readonly string[], longest: number): Buffer {
  const text = (): string =>
    Array.from({ length: random.int(8) }, () =>
      random.pick(['ab', ' ', 'é', '\0', '=<', 'force', '\t', '-']),
    ).join('');
  const line = (): string =>
    random.pick(['', '', 'x', ' ', '\t', ' >', 'MESSAGE=', '_PID=']) +
    random.pick([
      text,
      () => random.hex(random.int(20)),
      () => text() + random.pick(words) + text(),
      () => random.pick(words),
      () => text() + 'y'.repeat(random.int(longest)) + random.pick(words) + text(),
      () => '',
    ])() +
    random.pick(['', '', '=<', '\r']);
  return Buffer.from(Array.from({ length: random.int(80) }, line).join('\n') + random.pick(['', '\n']));
}

t.test(
  'what a block gives does not depend on how the bytes come in, nor does it change the rest',
  async (t) => {
    let found = 0;
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = createRandom(seed);
      const literals = ['- using the force', 'forceforce', 'shim disconnected'].slice(random.int(3));
      const blockLiterals: BlockLiteral[] = [
        { literal: 'goroutine ', lines: 1 + random.int(6), long: random.int(2) === 0 },
        { literal: '\npanic: ', lines: 1 + random.int(4) },
        { literal: 'fatal error: ', lines: 1 + random.int(9) },
      ].slice(random.int(3));
      const limits = random.pick([
        {},
        { lineBytes: 30, longLineBytes: 90, tailLines: 3, tailBytes: 60 },
        { lineBytes: 200, longLineBytes: 300, tailLines: 2, tailBytes: 1000 },
      ]);
      const words = [...literals, 'goroutine ', 'panic: ', 'fatal error: '];
      const input = randomLog(random, words, random.pick([5, 100, 500]));
      const whole = scan(input, { literals, blockLiterals, limits });
      const most = random.pick([1, 2, 7, 50, 1000]);
      const pieces = scan(input, { literals, blockLiterals, limits }, () => 1 + random.int(most));
      if (differs(t, pieces, whole, `seed ${seed}: chunks`)) return;
      found += whole.candidates.length;
      const lines = whole.candidates.map(({ line }) => line);
      if (lines.some((line, i) => i > 0 && line <= (lines[i - 1] ?? 0))) t.fail(`seed ${seed}: order`);
      // Where a longer limit lets more of a line in, the line is another one.
      if (blockLiterals.some(({ long }) => long)) continue;
      const without = scan(input, { literals, limits });
      const ordinary = whole.candidates.filter(({ block }) => block !== true);
      if (differs(t, ordinary, without.candidates, `seed ${seed}: ordinary lines`)) return;
      if (differs(t, whole.counts, without.counts, `seed ${seed}: counts`)) return;
    }
    t.ok(found > 500, `${found} candidates`);
  },
);

t.test('on captured logs the ordinary candidates are those without blocks', async (t) => {
  const real = { literals: ['failed to exit within', 'shim disconnected', 'StopContainer'] };
  let found = 0;
  for (const folder of ['captures', 'corpus', 'cases']) {
    for (const name of readdirSync(`test/fixtures/${folder}`)) {
      const input = readFileSync(`test/fixtures/${folder}/${name}`);
      const random = createRandom(found + 1);
      const { candidates, counts } = scan(
        input,
        { ...real, blockLiterals: BLOCK_LITERALS },
        () => 1 + random.int(2000),
      );
      const without = scan(input, real);
      const ordinary = candidates.filter(({ block }) => block !== true);
      const { candidates: wanted, counts: counted } = without;
      if (differs(t, { ordinary, counts }, { ordinary: wanted, counts: counted }, name)) return;
      found += candidates.length - without.candidates.length;
    }
  }
  t.ok(found > 50, `${found} lines of blocks`);
});

t.test('a block without an end takes bounded memory', async (t) => {
  let lines = 0;
  const scanner = createScanner({
    ...settings,
    source: 's',
    onCandidate: () => {
      lines += 1;
    },
  });
  const chunk = Buffer.from(`goroutine 1 [select]:\n\t/${'f'.repeat(200)}.go:1\n`.repeat(300));
  scanner.push(chunk);
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 50; i += 1) scanner.push(chunk);
  t.ok(process.memoryUsage().arrayBuffers - before < 2 << 20);
  scanner.end();
  t.equal(lines, 51 * 600);
});
