import t from 'tap';
import { createRandom } from '../../bench/random.js';
import { createLiteralSearch } from '../../lib/scan/literal-search.js';

/** Every occurrence of every literal within `bytes[from, to)`. */
function occurrences(bytes: Buffer, literals: readonly string[], from: number, to: number) {
  const found: { start: number; end: number; literal: number }[] = [];
  literals.forEach((text, literal) => {
    const needle = Buffer.from(text);
    for (
      let at = bytes.indexOf(needle, from);
      at >= 0 && at + needle.length <= to;
      at = bytes.indexOf(needle, at + 1)
    ) {
      found.push({ start: at, end: at + needle.length, literal });
    }
  });
  return found;
}

t.test('a hit is a literal in the range, and no other ends before it starts', async (t) => {
  for (let seed = 1; seed <= 400; seed += 1) {
    const random = createRandom(seed);
    // A small alphabet makes literals overlap, hide in each other and nearly match.
    const letters = random.pick(['ab', 'abc', 'abcdefgh', 'aé€\0\xff ']);
    const word = (length: number): string => Array.from({ length }, () => random.pick([...letters])).join('');
    const literals = Array.from({ length: 1 + random.int(12) }, () =>
      word(1 + random.int(random.pick([4, 12, 40]))),
    );
    const pieces = Array.from({ length: 1 + random.int(60) }, () =>
      random.int(4) === 0 ? random.pick(literals) : word(random.int(30)) + random.pick(['', '\n']),
    );
    const bytes = Buffer.from(pieces.join(''));
    const search = createLiteralSearch(literals);
    for (let turn = 0; turn < 20; turn += 1) {
      const from = random.int(bytes.length + 1);
      const to = from + random.int(bytes.length - from + 1);
      const all = occurrences(bytes, literals, from, to);
      const hit = search.find(bytes, from, to);
      const where = `seed ${seed}, ${JSON.stringify(literals)}, [${from}, ${to})`;
      if (hit === null) {
        if (all.length > 0) t.fail(`missed ${JSON.stringify(all[0])}: ${where}`);
        continue;
      }
      if (!all.some(({ start, literal }) => start === hit.start && literal === hit.literal)) {
        t.fail(`${JSON.stringify(hit)} is no literal: ${where}`);
      }
      if (all.some(({ end }) => end <= hit.start)) t.fail(`passed over a literal: ${where}`);
    }
  }
  t.pass('400 seeds from 1');
});

t.test('hits far apart are found in their order, each once', async (t) => {
  const literals = ['failed to exit within', 'using the force', 'shim reaped', 'kill'];
  for (const some of [literals.slice(0, 3), literals]) {
    for (let seed = 1; seed <= 40; seed += 1) {
      const random = createRandom(seed);
      const gap = random.pick([100, 3000, 20_000]);
      const bytes = Buffer.from(
        Array.from({ length: 40 }, () => 'f e'.repeat(random.int(gap)) + random.pick(some)).join('\n'),
      );
      const search = createLiteralSearch(some);
      const starts: number[] = [];
      for (let hit = search.find(bytes, 0, bytes.length); hit !== null; ) {
        starts.push(hit.start);
        hit = search.find(bytes, hit.start + 1, bytes.length);
      }
      const expected = occurrences(bytes, some, 0, bytes.length).map(({ start }) => start);
      t.strictSame(
        starts,
        expected.sort((a, b) => a - b),
        `seed ${seed}`,
      );
    }
  }
});

t.test('a short literal crosses the edges of the blocks it is searched in', async (t) => {
  for (let at = 4090; at < 4100; at += 1) {
    const bytes = Buffer.alloc(10_000, '.');
    bytes.write('xyz', at);
    t.match(createLiteralSearch(['xyz']).find(bytes, 0, bytes.length), { start: at, literal: 0 });
  }
});

t.test('so does one that begins with a newline, beside a short one', async (t) => {
  for (let at = 4090; at < 4100; at += 1) {
    const bytes = Buffer.alloc(10_000, '.');
    bytes.write('\npanic: ', at);
    t.match(createLiteralSearch(['xyz', '\npanic: ']).find(bytes, 0, bytes.length), {
      start: at,
      literal: 1,
    });
  }
});

t.test('literals with a zero byte are not taken for two', async (t) => {
  const bytes = Buffer.from('shim reaped');
  t.equal(createLiteralSearch(['using the force\0shim reaped']).find(bytes, 0, bytes.length), null);
  t.match(createLiteralSearch(['using the force', 'shim reaped']).find(bytes, 0, bytes.length), { start: 0 });
});

t.test('a literal longer than the widest step is found', async (t) => {
  const literal = 'abcdefgh'.repeat(60);
  const bytes = Buffer.from(`${'.'.repeat(1000)}${literal}${'.'.repeat(1000)}`);
  t.match(createLiteralSearch([literal]).find(bytes, 0, bytes.length), { start: 1000, literal: 0 });
  t.equal(createLiteralSearch([literal]).find(bytes, 1001, bytes.length), null);
});

t.test('no literals, no hits', async (t) => {
  t.equal(createLiteralSearch([]).find(Buffer.from('anything'), 0, 8), null);
});

t.test('a literal that every line or no line would hold is refused', async (t) => {
  t.throws(() => createLiteralSearch(['fine', '']), {
    message: 'literal 1 is empty: every line would hold it',
  });
  t.throws(() => createLiteralSearch(['a\nb']), /literal 0, "a\\nb", holds a newline/);
});
