import t from 'tap';
import {
  formatLimit,
  formatSize,
  LARGEST_SIZE,
  parseLimit,
  parseSize,
  parseSizes,
  SizeError,
} from '../../bench/sizes.js';

const KIB = 1024;
const MIB = 1024 * KIB;

t.test('a bare number is bytes, binary units are powers of 1,024, kB and the like of 1,000', async (t) => {
  const sizes: [string, number][] = [
    ['0', 0],
    ['4096', 4096],
    ['16KiB', 16 * KIB],
    ['16k', 16 * KIB],
    ['16K', 16 * KIB],
    ['16 KiB', 16 * KIB],
    [' 1GiB ', 1024 * MIB],
    ['1.5MiB', 1.5 * MIB],
    ['2m', 2 * MIB],
    ['1T', 1024 ** 4],
    ['16kB', 16_000],
    ['16KB', 16_000],
    ['8MB', 8_000_000],
    ['12b', 12],
    ['0.1KiB', 102],
  ];
  for (const [text, bytes] of sizes) t.equal(parseSize(text), bytes, text);
});

t.test('what is no size says what was expected and what was found', async (t) => {
  for (const text of ['', 'x', '-5', '1e6', '16 KiBs', '1.5', '1,5MiB', 'KiB', '1..2', '16KiB/s', '１６']) {
    t.throws(() => parseSize(text), { name: 'SizeError', found: text, message: /^expected a size/ }, text);
  }
  t.throws(() => parseSize('2000TiB'), { message: /^expected a size of at most 64 TiB, / });
  t.equal(parseSize('64TiB'), LARGEST_SIZE);
});

t.test('a limit may also be none', async (t) => {
  for (const text of ['-1', '-16384', 'unlimited', 'None']) t.equal(parseLimit(text), -1, text);
  t.equal(parseLimit('0'), 0);
  t.equal(parseLimit('16KiB'), 16_384);
  t.throws(() => parseLimit('many'), { message: /or -1 for no limit, found "many"$/ });
});

t.test('lists keep their order and name each size once', async (t) => {
  t.same(parseSizes('16KiB,1MiB,-1,16384', parseLimit), [16 * KIB, MIB, -1]);
  t.same(parseSizes('64MiB'), [64 * MIB]);
  t.throws(() => parseSizes('1,,2'), SizeError);
});

t.test('a range doubles up to its end, or takes the step that it states', async (t) => {
  t.same(
    parseSizes('1MiB..8MiB'),
    [1, 2, 4, 8].map((size) => size * MIB),
  );
  t.same(
    parseSizes('1MiB..5MiB'),
    [1, 2, 4, 5].map((size) => size * MIB),
  );
  t.same(
    parseSizes('1MiB..16MiB..x4'),
    [1, 4, 16].map((size) => size * MIB),
  );
  t.same(parseSizes('1..4..x1.1'), [1, 2, 3, 4], 'every step is a byte at least');
  t.same(parseSizes('1KiB..1KiB'), [KIB]);
  t.same(parseSizes('1KiB..2KiB,7'), [KIB, 2 * KIB, 7]);
});

t.test('ranges that lead nowhere or too far are refused', async (t) => {
  for (const text of ['8MiB..1MiB', '0..1MiB', '1MiB..8MiB..x1', '1MiB..8MiB..4', '1..1GiB..x1.0001']) {
    t.throws(() => parseSizes(text), SizeError, text);
  }
});

t.test('sizes are shown with the unit that fits', async (t) => {
  const shown: [number, string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1,000 B'],
    [1024, '1 KiB'],
    [16_384, '16 KiB'],
    [1.5 * MIB, '1.5 MiB'],
    [37_216, '36.3 KiB'],
    [MIB - 1, '1 MiB'],
    [67_576_192, '64.4 MiB'],
    [1000 * MIB, '1,000 MiB'],
    [245_112_832, '234 MiB'],
    [2 ** 50, '1 PiB'],
    [-2048, '-2 KiB'],
  ];
  for (const [bytes, text] of shown) t.equal(formatSize(bytes), text);
  t.equal(formatLimit(-1), 'unlimited');
  t.equal(formatLimit(0), 'unlimited');
  t.equal(formatLimit(16_384), '16 KiB');
});
