import t from 'tap';
import { addMs, compare, diffMs, format, fromEpochMillis } from '../../lib/envelope/instant.js';
import type { Instant } from '../../lib/envelope/types.js';

const ms = Date.UTC(2023, 4, 1, 16, 10, 24, 148);

function at(nanos: number, digits = 9): Instant {
  return { ms, nanos, digits };
}

t.test('prints exactly the digits that were stated', async (t) => {
  t.equal(format(at(458112)), '2023-05-01T16:10:24.148458112Z');
  t.equal(format(at(458112, 6)), '2023-05-01T16:10:24.148458Z');
  t.equal(format(at(458112, 3)), '2023-05-01T16:10:24.148Z');
  t.equal(format(at(458112, 1)), '2023-05-01T16:10:24.1Z');
  t.equal(format(at(458112, 0)), '2023-05-01T16:10:24Z');
  t.equal(format({ ms: ms - 148, nanos: 12, digits: 9 }), '2023-05-01T16:10:24.000000012Z');
});

t.test('a time beyond the calendar is printed as its edge', async (t) => {
  t.equal(format({ ms: 1e300, nanos: 0, digits: 0 }), '9999-12-31T23:59:59Z');
  t.equal(format({ ms: -1e300, nanos: 0, digits: 0 }), '0001-01-01T00:00:00Z');
});

t.test('orders within one millisecond, whatever the digits', async (t) => {
  t.ok(compare(at(1), at(2)) < 0);
  t.ok(compare({ ms: ms + 1, nanos: 0, digits: 3 }, at(999_999)) > 0);
  t.equal(compare(at(0, 3), at(0, 9)), 0);
});

t.test('differences and shifts are exact to the nanosecond', async (t) => {
  t.equal(diffMs(at(500_000), at(0)), 0.5);
  t.equal(diffMs({ ms: ms - 1, nanos: 999_999, digits: 9 }, at(0)).toFixed(9), '-0.000001000');
  t.same(addMs(at(999_999), 0.000001), { ms: ms + 1, nanos: 0, digits: 9 });
  t.same(addMs(at(0), -0.5), { ms: ms - 1, nanos: 500_000, digits: 9 });
  t.same(addMs(at(7, 3), 22_000), { ms: ms + 22_000, nanos: 7, digits: 3 });
});

t.test('takes milliseconds since the epoch with their fraction', async (t) => {
  t.same(fromEpochMillis(ms), { ms, nanos: 0, digits: 3 });
  t.same(fromEpochMillis(ms + 0.25, 6), { ms, nanos: 250_000, digits: 6 });
  t.same(fromEpochMillis(-0.5), { ms: -1, nanos: 500_000, digits: 3 });
});
