/** How long a line of any length is, told without keeping it. */
import t from 'tap';
import { createScanner } from '../../lib/scan/scanner.js';
import type { LongLine, ScannerOptions } from '../../lib/scan/types.js';
import { randomOf } from '../analyze/random.js';
import { differs } from '../differs.js';

const LIMITS = { lineBytes: 64, longLineBytes: 256 };
type Settings = Partial<Pick<ScannerOptions, 'literals' | 'longLiterals' | 'limits'>>;

function longLines(input: Buffer, sizes: () => number, settings: Settings = {}): LongLine[] {
  const found: LongLine[] = [];
  const scanner = createScanner({
    source: 'test',
    literals: ['needle'],
    longLiterals: ['long-needle'],
    limits: LIMITS,
    ...settings,
    onCandidate: () => {},
    onLongLine: (line) => found.push(line),
  });
  for (let at = 0; at < input.length; ) {
    const size = sizes();
    const chunk = Uint8Array.from(input.subarray(at, at + size));
    scanner.push(chunk);
    chunk.fill(0);
    at += size;
  }
  scanner.end();
  t.equal(found.length, scanner.counts.truncatedLines, 'as many as are counted as cut');
  return found;
}

/** The same by splitting. */
function expected(input: Buffer): LongLine[] {
  const lines = input.toString('latin1').split('\n');
  return lines.flatMap((text, i) => {
    const ended = i < lines.length - 1;
    const limit = text.slice(0, 64).includes('long-needle') ? 256 : 64;
    return text.length > limit
      ? [
          {
            source: 'test',
            line: i + 1,
            head: text.slice(0, Math.min(limit, 512)),
            bytes: text.length,
            ended,
          },
        ]
      : [];
  });
}

t.test('a line at its limit is not long, one byte more is', async (t) => {
  const input = Buffer.from(`${'a'.repeat(64)}\n${'b'.repeat(65)}\nc\n`);
  t.same(
    longLines(input, () => 7),
    [{ source: 'test', line: 2, head: 'b'.repeat(64), bytes: 65, ended: true }],
  );
});

t.test('a last line without a newline counts to the end of the source', async (t) => {
  t.match(
    longLines(Buffer.from(`x\n${'d'.repeat(1000)}`), () => 100),
    [{ line: 2, bytes: 1000, ended: false }],
  );
});

t.test('whatever the chunks, the same as by splitting', async (t) => {
  const random = randomOf(7);
  let count = 0;
  for (let round = 0; round < 200; round++) {
    const lines = Array.from({ length: 1 + Math.floor(random() * 30) }, () => {
      const size = Math.floor(random() ** 3 * 700);
      const word = ['needle', 'long-needle', 'MESSAGE=', '__CURSOR=', ' '][Math.floor(random() * 12)] ?? '';
      return word + 'x'.repeat(size);
    });
    const input = Buffer.from(lines.join('\n') + (random() < 0.5 ? '\n' : ''));
    const most = 1 + Math.floor(random() * 300);
    const found = longLines(input, () => 1 + Math.floor(random() * most));
    if (differs(t, found, expected(input), `round ${round}`)) return;
    count += found.length;
  }
  t.ok(count > 100, `${count} long lines`);
});

t.test('a quarter of a gigabyte without a newline costs its head', async (t) => {
  const chunk = Buffer.alloc(1024 * 1024, 0x78);
  const found: LongLine[] = [];
  const scanner = createScanner({
    source: 'test',
    literals: ['needle'],
    onCandidate: () => {},
    onLongLine: (line) => found.push(line),
  });
  scanner.push(Buffer.from('first\n'));
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 256; i++) scanner.push(chunk);
  t.ok(process.memoryUsage().rss - before < 64 * 1024 * 1024);
  t.same(found, [], 'its end is not known yet');
  scanner.push(Buffer.from('\nlast\n'));
  t.same(found, [{ source: 'test', line: 2, head: 'x'.repeat(512), bytes: 256 * 1024 ** 2, ended: true }]);
});

t.test('the lines behind a long one are told, whatever the chunks', async (t) => {
  const input = Buffer.from(`a\n${'b'.repeat(100)}\nc\n${'d'.repeat(200)}\n${'e'.repeat(90)}\nf\ng`);
  for (const size of [1, 7, 64, 65, 300, 1000]) {
    const found: (readonly [number, string])[] = [];
    const scanner = createScanner({
      source: 'test',
      literals: ['needle'],
      limits: LIMITS,
      onCandidate: () => {},
      onLineBehind: ({ line, head }) => found.push([line, head]),
      onLongLine: () => {},
    });
    for (let at = 0; at < input.length; at += size) scanner.push(input.subarray(at, at + size));
    scanner.end();
    t.same(
      found,
      [
        [3, 'c'],
        [6, 'f'],
        [7, 'g'],
      ],
      `chunks of ${size}`,
    );
  }
});
