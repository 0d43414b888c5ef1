import t from 'tap';
import { displayWidth } from '../../lib/report/display-width.js';
import { lineRanges } from '../../lib/report/proof.js';
import { count, counted, inputSize, memoryRange } from '../../lib/report/quantity.js';
import { tableLines } from '../../lib/report/table.js';
import { duration, epoch, offsetText, timeNear, timeSpan } from '../../lib/report/time.js';
import { wrapPieces, wrapWords } from '../../lib/report/wrap.js';

t.test('counts', async (t) => {
  t.equal(count(0), '0');
  t.equal(count(12_345), '12,345');
  t.equal(count(48_100_000), '48 M');
  t.equal(count(1_250_000), '1.3 M');
  t.equal(count(999_999), '1 M');
  t.equal(counted(1, 'line'), '1 line');
  t.equal(counted(0, 'line'), '0 lines');
  t.equal(counted(2, 'sandbox', 'sandboxes'), '2 sandboxes');
});

t.test('input sizes are decimal, memory is binary', async (t) => {
  t.equal(inputSize(0), '0 B');
  t.equal(inputSize(999), '999 B');
  t.equal(inputSize(8_925), '8.9 kB');
  t.equal(inputSize(1_234_567_890), '1.2 GB');
  t.equal(memoryRange({ min: 0, max: 409_600 }), '0-400 KiB');
  t.equal(memoryRange({ min: 1024, max: 1024 }), '1 KiB');
});

t.test('durations show their two largest units', async (t) => {
  t.equal(duration(0), '0 s');
  t.equal(duration(2.04), '2 s');
  t.equal(duration(22.003), '22 s');
  t.equal(duration(59.7), '1 min');
  t.equal(duration(122), '2 min 2 s');
  t.equal(duration(619.3), '10 min 19 s');
  t.equal(duration(7_200), '2 h');
  t.equal(duration(90_061), '1 d 1 h');
  t.equal(duration(Number.NaN), 'unknown');
});

t.test('times do not depend on the zone of the machine, and survive what is no time', async (t) => {
  t.equal(timeSpan('2024-01-01T00:00:00Z', '2024-01-01T00:00:00.5Z', 0), '2024-01-01 00:00:00 UTC');
  t.equal(
    timeSpan('2024-01-01T23:00:00Z', '2024-01-02T01:00:00Z', null),
    '2024-01-01 23:00:00 - 2024-01-02 01:00:00 UTC',
  );
  t.equal(
    timeSpan('2024-01-01T23:00:00Z', '2024-01-02T01:00:00Z', 60),
    '2024-01-02 00:00:00-02:00:00 +01:00 (2024-01-01 23:00:00 - 2024-01-02 01:00:00 UTC)',
  );
  t.equal(timeSpan(null, null, 60), 'time unknown');
  t.equal(timeSpan('soon\n', null, 60), 'soon\\n');
  t.equal(timeNear('2024-01-02T01:00:00Z', '2024-01-01T01:00:00Z', 0), '2024-01-02 01:00:00');
  t.equal(offsetText(-210), '-03:30');
  t.equal(epoch('2023-05-01T16:10:24.148458112Z'), Date.UTC(2023, 4, 1, 16, 10, 24, 148));
});

t.test('line numbers are joined into runs', async (t) => {
  t.same(lineRanges([37, 23, 24, 25]), ['23-25,37', 0]);
  t.same(lineRanges([5, 5]), ['5', 0]);
  t.same(lineRanges(Array.from({ length: 20 }, (_, n) => n * 2)), ['0,2,4,6,8,10,12,14', 12]);
});

t.test('words wrap with a hanging indent, and a giant word is broken', async (t) => {
  t.same(wrapWords('aa bb cc dd', 8, '> ', '  '), ['> aa bb', '  cc dd']);
  t.same(wrapWords('x'.repeat(14), 8, '> ', '  '), ['> xxxxxx', '  xxxxxx', '  xx']);
  t.same(wrapWords('', 8, '> ', '  '), ['> ']);
});

t.test('phrases stay whole where they can', async (t) => {
  t.same(wrapPieces(['8 stops', 'every day'], '   ', 16, '', ' '), ['8 stops', ' every day']);
  t.same(wrapPieces(['one two three', 'four'], '   ', 9, '', ' '), ['one two', ' three', ' four']);
});

t.test('wide characters keep a table straight, and columns give way before cells are cut', async (t) => {
  const columns = [
    { title: 'A', drop: 0, cells: ['日本', 'x'] },
    { title: 'B', drop: 1, cells: ['1', '2'] },
  ];
  t.same(tableLines(columns, 40), ['A     B', '日本  1', 'x     2']);
  t.same(tableLines(columns, 6), ['A', '日本', 'x']);
  for (const line of tableLines([{ title: 'A', drop: 0, cells: ['y'.repeat(100)] }], 40)) {
    t.ok(displayWidth(line) <= 40);
  }
});
