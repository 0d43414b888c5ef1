import t from 'tap';
import { createRandom } from '../../bench/random.js';
import { countNewlines } from '../../lib/scan/newline-count.js';

t.test('the count is that of a plain loop, for lines of any length at any alignment', async (t) => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const random = createRandom(seed);
    // From nothing but newlines to hardly any; the bytes around 10 would show a borrow between lanes.
    const every = random.pick([1, 2, 3, 10, 50, 400, 5000]);
    const bytes = Buffer.from(
      Array.from({ length: random.int(20_000) }, () =>
        random.int(every) === 0 ? 10 : random.pick([9, 11, 0, 0x8a, 0x7f, 0xff, 0x0b]),
      ),
    ).subarray(random.int(5));
    const from = random.int(bytes.length + 1);
    const to = from + random.int(bytes.length - from + 1);
    let expected = 0;
    for (let at = from; at < to; at += 1) if (bytes[at] === 10) expected += 1;
    if (countNewlines(bytes, from, to) !== expected) t.fail(`seed ${seed}: [${from}, ${to})`);
  }
  t.pass('60 seeds from 1');
});

t.test('full counters do not overflow', async (t) => {
  const bytes = Buffer.alloc(1_000_003, '\n');
  t.equal(countNewlines(bytes, 0, bytes.length), 1_000_003);
  t.equal(countNewlines(bytes, 1, 1), 0);
});

t.test('a dense range may end before its first whole word', async (t) => {
  const bytes = Buffer.alloc(80, '\n');
  for (let from = 0; from < 8; from += 1) {
    for (let to = from; to < 80; to += 1)
      if (countNewlines(bytes, from, to) !== to - from) t.fail(`[${from}, ${to})`);
  }
  t.equal(countNewlines(bytes, 7, 80), 73);
});
