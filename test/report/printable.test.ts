import t from 'tap';
import { displayWidth } from '../../lib/report/display-width.js';
import { printable } from '../../lib/report/printable.js';
import { hostileText } from './incidents.js';
import { codePoints, createRandom, firstUnprintable, randomText } from './random-text.js';

t.test('controls become visible escapes', async (t) => {
  t.equal(printable('a\x1b[31mb'), 'a\\x1b[31mb');
  t.equal(printable('\x00\x07\x7f\x85\x9b'), '\\x00\\x07\\x7f\\x85\\x9b');
  t.equal(printable('a\r\nb'), 'a\\r\\nb');
});

t.test('a tab becomes a space', async (t) => t.equal(printable('a\tb'), 'a b'));

t.test(
  'what hides or reorders text is shown: bidi, zero-width, separators, tags, private use, surrogates',
  async (t) => {
    t.equal(printable('\u202eabc\u2066\u200f\u061c'), '\\u202eabc\\u2066\\u200f\\u061c');
    t.equal(printable('a\u200b\ufeff\u00adb'), 'a\\u200b\\ufeff\\xadb');
    t.equal(printable('\u0600\ufff9'), '\\u0600\\ufff9');
    t.equal(printable('\u2028\u2029'), '\\u2028\\u2029');
    t.equal(printable('\u{e0041}\ue000\u{f0000}'), '\\u{e0041}\\ue000\\u{f0000}');
    t.equal(printable('x\ud800y\udc00'), 'x\\ud800y\\udc00');
  },
);

t.test('letters of any script stay as they are', async (t) => {
  for (const text of ['Größe', '日本語', 'контейнер', '😀', 'e\u0301']) t.equal(printable(text), text);
});

t.test('a pile of combining marks cannot paint over other lines', async (t) => {
  t.equal(printable(`e${'\u0301'.repeat(4)}`), 'e\u0301\u0301\\u0301\\u0301');
});

t.test('a longer text is cut to its columns and ends in an ellipsis', async (t) => {
  t.equal(printable('abcdef', 6), 'abcdef');
  t.equal(printable('abcdefg', 6), 'abcde…');
  t.equal(printable('日本語日本語', 6), '日本…', 'wide characters take two columns');
  t.equal(printable('ab\x1b\x1b', 5), 'ab…', 'an escape is never cut in two');
  t.equal(displayWidth(printable(hostileText, 20)) <= 20, true);
});

t.test('a name of 10 MB costs no more than what is shown of it', async (t) => {
  const started = process.hrtime.bigint();
  t.equal(printable('x'.repeat(10_000_000), 40).length, 40);
  t.equal(printable('\x1b'.repeat(10_000_000), 40).length < 45, true);
  t.ok(Number(process.hrtime.bigint() - started) / 1e6 < 500, 'well below half a second');
});

t.test('random text never gives an unprintable character, nor more columns than asked', async (t) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
  t.comment(`SEED=${seed}`);
  const random = createRandom(seed);
  for (let round = 0; round < 3_000; round += 1) {
    const text = randomText(random, 60);
    const max = 1 + Math.floor(random() * 40);
    const shown = printable(text, max);
    if (firstUnprintable(shown) !== null || displayWidth(shown) > max || printable(shown) !== shown) {
      t.fail(`SEED=${seed} round ${round}: ${codePoints(text)} at ${max} columns`);
      return;
    }
  }
  t.pass();
});

t.test('width: wide characters take two columns, marks none, our own colours none', async (t) => {
  t.equal(displayWidth('abc'), 3);
  t.equal(displayWidth('日本語'), 6);
  t.equal(displayWidth('한국 ｆ'), 7);
  t.equal(displayWidth('e\u0301'), 1);
  t.equal(displayWidth('\x1b[31mOPEN\x1b[39m'), 4);
});
