import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { createRandom, type Random } from '../../bench/random.js';
import { createScanner } from '../../lib/scan/scanner.js';
import { differs } from '../differs.js';
import { referenceScan } from './reference-scan.js';
import { scan, texts } from './scan.js';

const FORCE = '- using the force';
const settings = { literals: [FORCE, 'trying direct SIGKILL', 'shim disconnected'] };

t.test('a candidate has its text, line, offset and source', async (t) => {
  const input = `first\nContainer é ${FORCE}\r\nthird\n`;
  t.strictSame(scan(input, settings).candidates, [
    { source: 'test', offset: 6, line: 2, text: `Container é ${FORCE}`, cutBytes: 0, tail: [] },
  ]);
});

t.test('a line with two literals is one candidate', async (t) => {
  t.strictSame(texts(`shim disconnected ${FORCE}\nshim disconnected\n`, settings), [
    `shim disconnected ${FORCE}`,
    'shim disconnected',
  ]);
});

t.test('a literal does not reach across a newline', async (t) => {
  t.strictSame(texts('shim \ndisconnected\nshim\n disconnected', settings), []);
});

t.test('a last line without a newline counts', async (t) => {
  const { candidates, counts } = scan(`x\n${FORCE}`, settings);
  t.match(candidates, [{ line: 2, offset: 2, text: FORCE, cutBytes: 0 }]);
  t.match(counts, { bytes: 2 + FORCE.length, lines: 2, candidates: 1 });
  t.match(scan('', settings).counts, { bytes: 0, lines: 0 });
  t.match(scan('\n', settings).counts, { bytes: 1, lines: 1 });
});

t.test('only a literal of a block may begin with a newline', async (t) => {
  for (const literals of [['fine', '\nforce'], [], ['a\nb']])
    t.throws(() => scan('x\nforce\n', { literals, longLiterals: ['\nforce'] }), TypeError);
});

t.test('bytes that are no text break nothing', async (t) => {
  const input = Buffer.concat([
    Buffer.from([0xff, 0xfe, 0x41, 0x00, 0x0a, 0x00, 0x00, 0x0d, 0x0a, 0x0d, 0x0a]),
    Buffer.from([0x80, 0xc3, 0x28]),
    Buffer.from(`\0${FORCE}\n`),
    Buffer.from('\ufeffshim disconnected', 'utf16le'),
  ]);
  const { candidates, counts } = scan(input, settings);
  t.match(candidates, [{ line: 4, text: `\ufffd\ufffd(\0${FORCE}` }]);
  t.equal(counts.bytes, input.length);
});

t.test('limits of a line', async (t) => {
  const limits = { lineBytes: 100, longLineBytes: 400 };
  const dots = (count: number): string => '.'.repeat(count);
  const long = { literals: [FORCE], longLiterals: ['goroutine '], limits };

  t.test('a line of exactly the limit is whole, one byte more is cut', async (t) => {
    const line = FORCE + dots(100 - FORCE.length);
    t.match(scan(`${line}\n`, long), {
      candidates: [{ text: line, cutBytes: 0 }],
      counts: { truncatedLines: 0 },
    });
    t.match(scan(`${line}!\nx\n`, long), {
      candidates: [{ text: line, cutBytes: 1 }],
      counts: { truncatedLines: 1, truncatedBytes: 1, lines: 2 },
    });
  });

  t.test('a literal must end within the limit', async (t) => {
    const fits = dots(100 - FORCE.length) + FORCE;
    t.match(scan(`${fits}rest`, long).candidates, [{ text: fits, cutBytes: 4 }]);
    t.strictSame(texts(`.${fits}rest`, long), []);
    t.strictSame(texts(`${dots(5000)}${FORCE}\n${FORCE}`, long), [FORCE]);
  });

  t.test('a long literal keeps more of its line, and makes a candidate by itself', async (t) => {
    const line = `goroutine ${dots(390)}`;
    t.match(scan(`${line}\r\n${FORCE}`, long), {
      candidates: [
        { text: line, cutBytes: 1 },
        { offset: 402, line: 2 },
      ],
      counts: { truncatedLines: 1, truncatedBytes: 1 },
    });
    t.match(scan(`${dots(91)}goroutine ${dots(100)}\n`, long).candidates, []);
    t.match(scan(`${dots(90)}goroutine ${dots(100)}\n`, long).candidates, [{ cutBytes: 0 }]);
  });

  t.test('another literal beyond the first limit of a kept line makes no candidate', async (t) => {
    const { candidates } = scan(`goroutine ${dots(200)}${FORCE}\n`, { ...long, literals: [FORCE] });
    t.equal(candidates.length, 1);
    t.strictSame(texts(`${dots(200)}${FORCE}goroutine \n`, long), []);
  });

  t.test('every longer line counts as truncated, candidate or not', async (t) => {
    t.match(scan(`${dots(150)}\n${dots(101)}\n${dots(100)}\n${dots(300)}`, long).counts, {
      lines: 4,
      truncatedLines: 3,
      truncatedBytes: 50 + 1 + 200,
    });
  });

  t.test('offsets go on correctly behind what was cut', async (t) => {
    const input = `${dots(1000)}\n${dots(999)}\n${FORCE}\n${dots(70_000)}\n${FORCE}`;
    t.match(scan(input, long).candidates, [
      { offset: 2001, line: 3 },
      { offset: 2001 + FORCE.length + 1 + 70_001, line: 5 },
    ]);
  });
});

t.test('the default limits are 64 KiB, and 1 MiB for long literals', async (t) => {
  const line = `${FORCE} ${'x'.repeat(3_000_000)}`;
  const { candidates } = scan(`${line}\n${line} \ngoroutine ${line}\n`, {
    ...settings,
    longLiterals: ['goroutine '],
  });
  t.strictSame(
    candidates.map(({ text, cutBytes }) => [text.length, cutBytes]),
    [
      [65_536, line.length - 65_536],
      [65_536, line.length + 1 - 65_536],
      [1_048_576, line.length + 10 - 1_048_576],
    ],
  );
});

t.test('a line without an end takes constant memory', async (t) => {
  const scanner = createScanner({ ...settings, source: 'test', onCandidate: () => {} });
  const chunk = Buffer.alloc(1 << 20, 'x');
  scanner.push(chunk);
  const before = process.memoryUsage();
  for (let i = 0; i < 256; i += 1) scanner.push(chunk);
  const after = process.memoryUsage();
  t.ok(after.arrayBuffers - before.arrayBuffers < 4 << 20, 'no buffer grew');
  t.ok(after.heapUsed - before.heapUsed < 16 << 20, 'no list grew');
  scanner.end();
  t.match(scanner.counts, {
    bytes: 257 * 2 ** 20,
    lines: 1,
    truncatedLines: 1,
    truncatedBytes: 257 * 2 ** 20 - 65_536,
  });
});

t.test('fields without an end take bounded memory', async (t) => {
  const scanner = createScanner({ ...settings, source: 'test', onCandidate: () => {} });
  const chunk = Buffer.from(`MESSAGE=${FORCE}\nFOO=${'x'.repeat(100)}\n`.repeat(2000));
  scanner.push(chunk);
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 8; i += 1) scanner.push(chunk);
  t.ok(process.memoryUsage().arrayBuffers - before < 2 << 20);
  scanner.end();
  t.equal(scanner.counts.candidates, 18_000);
});

t.test('heads', async (t) => {
  const input = `one\r\n${FORCE}\n${'é'.repeat(1000)}\nfour`;
  t.strictSame(scan(input, settings).heads, [
    ['one', 1],
    [FORCE, 2],
    ['é'.repeat(512), 3],
    ['four', 4],
  ]);
  t.equal(scan('x\n'.repeat(100), settings).heads.length, 64);
  t.equal(scan('x\n'.repeat(100), { ...settings, headLines: 7 }).heads.at(-1)?.[1], 7);
});

t.test('a head is shown before its line is a candidate', async (t) => {
  const seen: string[] = [];
  const scanner = createScanner({
    ...settings,
    source: 'test',
    onCandidate: ({ line }) => seen.push(`candidate ${line}`),
    onHead: (_, line) => seen.push(`head ${line}`),
  });
  for (const byte of Buffer.from(`${FORCE}\nx\n${FORCE}\n`)) scanner.push(Uint8Array.of(byte));
  scanner.end();
  t.strictSame(seen, ['head 1', 'head 2', 'candidate 1', 'head 3', 'candidate 3']);
});

t.test('nothing is taken after the end, and the end comes once', async (t) => {
  const scanner = createScanner({ ...settings, source: 'app.log', onCandidate: () => {} });
  scanner.push(Buffer.from('x'));
  scanner.end();
  scanner.end();
  t.equal(scanner.counts.lines, 1);
  t.throws(() => scanner.push(Buffer.from('y')), {
    message: 'app.log: bytes pushed after the end of the source',
  });
});

/** Lines of all the shapes that the rules speak of, mixed at random. */
function randomLog(random: Random, literals: readonly string[], longest: number): Buffer {
  const noise = (): string =>
    random.pick(['ab', ' ', 'é', '\0', '=<', 'using', 'the', 'force', 'shim ', '\t', '-']);
  const text = (): string => Array.from({ length: random.int(12) }, noise).join('');
  const line = (): string => {
    const start = random.pick(['', '', 'x', ' ', '\t', ' >', ', ']);
    const body = random.pick([
      () => text(),
      () => random.hex(random.int(20)),
      () => text() + random.pick(literals) + text(),
      () => random.pick(literals),
      () => text() + 'y'.repeat(random.int(longest)) + random.pick(literals) + text(),
      () => '',
    ])();
    return start + body + random.pick(['', '', '=<', '\r', '=<\r']);
  };
  const lines = Array.from({ length: random.int(80) }, line).join('\n');
  return Buffer.concat([Buffer.from(lines), Buffer.from(random.pick(['', '\n', '\r\n', '\xff']), 'latin1')]);
}

t.test('the scanner finds what the reference finds, however the bytes come in', async (t) => {
  let found = 0;
  for (let seed = 1; seed <= 400; seed += 1) {
    const random = createRandom(seed);
    const all = ['- using the force', 'shim disconnected', 'ab', 'forceforce', '=<', 'goroutine '];
    const literals = all.filter(() => random.int(3) > 0);
    if (literals.length === 0) literals.push('ab');
    const options = {
      literals,
      longLiterals: random.int(2) === 0 ? [] : ['goroutine ', 'é é'],
      limits: random.pick([
        {},
        { lineBytes: 30, longLineBytes: 90, tailLines: 3, tailBytes: 60 },
        { lineBytes: 12, longLineBytes: 12, tailLines: 64, tailBytes: 20 },
        { lineBytes: 200, longLineBytes: 300, tailLines: 2, tailBytes: 1000 },
      ]),
    };
    const input = randomLog(random, [...literals, ...options.longLiterals], random.pick([5, 100, 500]));
    const expected = referenceScan(input, options);
    const most = random.pick([1, 2, 7, 50, 1000]);
    const actual = scan(input, options, () => 1 + random.int(most));
    if (differs(t, { candidates: actual.candidates, counts: actual.counts }, expected, `seed ${seed}`))
      return;
    found += expected.candidates.length;
  }
  t.ok(found > 1000, `${found} candidates`);
});

t.test('lines around the real limits are found however the bytes come in', async (t) => {
  for (let seed = 1; seed <= 6; seed += 1) {
    const random = createRandom(seed);
    const options = { literals: settings.literals, longLiterals: ['goroutine '] };
    const pieces: string[] = [];
    for (let i = 0; i < 12; i += 1) {
      const lead = random.pick([0, 10, 65_536 - 17, 65_536 - 16, 65_530, 70_000]);
      const rest = random.pick([0, 1, 100, 65_536, 1_048_576]);
      pieces.push(`${'.'.repeat(lead)}${random.pick([FORCE, 'goroutine ', ''])}${'z'.repeat(rest)}`);
    }
    const input = Buffer.from(pieces.join('\n'));
    const actual = scan(input, options, () => 1 + random.int(random.pick([5_000, 70_000, 400_000])));
    const expected = referenceScan(input, options);
    t.strictSame(actual.counts, expected.counts, `seed ${seed}: counts`);
    // Compared by their ends: a difference in a text of 1 MiB is not printed well.
    const brief = (all: typeof expected.candidates) =>
      all.map(({ text, tail, ...rest }) => ({
        ...rest,
        length: text.length,
        end: text.slice(-20),
        tail: tail.length,
      }));
    t.strictSame(brief(actual.candidates), brief(expected.candidates), `seed ${seed}: candidates`);
  }
});

t.test('a line is cut to its own limit behind one that may be longer, in one piece with it', async (t) => {
  const options = { literals: settings.literals, longLiterals: ['goroutine '] };
  const short = `${'.'.repeat(100)}\n`;
  const input = Buffer.from(
    `${short}goroutine ${'y'.repeat(200_000)}\n${FORCE}${'z'.repeat(70_000)}\n${short}`,
  );
  for (const size of [input.length, 150_000]) {
    const { candidates, counts } = scan(input, options, () => size);
    t.match(counts, { truncatedLines: 1, truncatedBytes: 70_000 + FORCE.length - 65_536 });
    t.strictSame(
      candidates.map(({ line, text }) => [line, text.length]),
      [
        [2, 200_010],
        [3, 65_536],
      ],
    );
  }
});

t.test('random bytes are scanned alike, however they come in', async (t) => {
  for (let seed = 1; seed <= 25; seed += 1) {
    const random = createRandom(seed);
    const input = Buffer.from(
      Array.from({ length: random.int(5000) }, () => random.pick([random.int(256), 10, 65, 61])),
    );
    const options = {
      literals: ['A=', 'AA', '\0'],
      limits: { lineBytes: 16, longLineBytes: 16, tailBytes: 64 },
    };
    const actual = scan(input, options, () => 1 + random.int(40));
    if (differs(t, actual, scan(input, options), `seed ${seed}`)) return;
    if (actual.counts.bytes !== input.length) t.fail(`seed ${seed}: ${actual.counts.bytes} bytes`);
  }
  t.pass('25 seeds from 1');
});

t.test('every capture gives the same candidates in chunks of any size', async (t) => {
  const folder = 'test/fixtures/captures';
  const real = {
    literals: [
      'failed to exit within',
      'did not receive an exit event',
      'shim disconnected',
      'StopContainer',
    ],
  };
  let found = 0;
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.log'))) {
    const input = readFileSync(`${folder}/${name}`);
    const whole = scan(input, real);
    const random = createRandom(found + 1);
    const pieces = scan(input, real, () => 1 + random.int(900));
    if (differs(t, pieces, whole, name)) return;
    found += whole.candidates.length;
  }
  t.ok(found > 100, `${found} candidates`);
});
