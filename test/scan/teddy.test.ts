import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import t from 'tap';
import { createPlainLines as plainLines } from '../../lib/scan/plain-lines.js';
import { KIND, type StopLines, type StopLiteral } from '../../lib/scan/stop-lines.js';
import { type Teddy, teddyFor } from '../../lib/scan/teddy/teddy.js';
import { createTeddyLines as teddyLines } from '../../lib/scan/teddy/teddy-lines.js';

const stopsOf = (literals: readonly string[]): StopLiteral[] =>
  literals.map((literal) => ({ literal, kind: KIND.pattern }));
const createPlainLines = (literals: readonly string[]): StopLines => plainLines(stopsOf(literals));
const createTeddyLines = (literals: readonly string[], teddy: Teddy): StopLines =>
  teddyLines(stopsOf(literals), teddy);

/** Throws where this machine has no SIMD: there is nothing to test then. */
function teddyOf(literals: readonly string[]): Teddy {
  const teddy = teddyFor(stopsOf(literals));
  if (teddy === null) throw new Error('no WebAssembly SIMD on this machine');
  return teddy;
}

/** All lines that hold a literal: their first bytes. */
function linesOf(lines: StopLines, bytes: Buffer): number[] {
  const found: number[] = [];
  lines.over(bytes, bytes.length);
  for (let line = lines.next(0); line >= 0; ) {
    found.push(line);
    const newline = bytes.indexOf(10, line);
    line = newline < 0 ? -1 : lines.next(newline);
  }
  lines.leave();
  return found;
}

/** The same bytes in a block of the search, where they fit into one: they are searched where they stand. */
function inBlock<T>(teddy: Teddy, bytes: Buffer, use: (bytes: Buffer) => T): T {
  const block = teddy.blocks.take();
  try {
    // What stands behind the end may look like a hit.
    block.fill(bytes.length > 0 ? bytes : 10);
    const at = Math.min(17, block.length - bytes.length);
    bytes.copy(block, at);
    return use(block.subarray(at, at + bytes.length));
  } finally {
    teddy.blocks.give(block);
  }
}

/** Few letters, so that there is something to find. */
const letters = fc.constantFrom('a', 'b', 'é', '"', '\0', '\x8f', ' ', '0');
const word = (min: number, max: number) =>
  fc.array(letters, { minLength: min, maxLength: max }).map((all) => all.join(''));
const literal = fc.oneof(
  word(1, 3),
  word(3, 9),
  word(9, 40),
  word(1, 5).map((text) => `\n${text}`),
);
const line = (literals: readonly string[]) =>
  fc.oneof(
    word(0, 60),
    fc.tuple(word(0, 90), fc.constantFrom(...literals), word(0, 20)).map((all) => all.join('')),
    // Nearly a literal.
    fc.constantFrom(...literals).map((text) => text.slice(0, -1)),
  );
const search = fc
  .array(literal, { minLength: 1, maxLength: 12 })
  .chain((literals) => fc.tuple(fc.constant(literals), fc.array(line(literals), { maxLength: 40 })));

t.test('both searches find the same lines, in whatever memory they stand', async (t) => {
  let hits = 0;
  fc.assert(
    fc.property(search, fc.boolean(), ([literals, all], ends) => {
      const bytes = Buffer.from(all.join('\n') + (ends ? '\n' : ''));
      const teddy = teddyOf(literals);
      const expected = linesOf(createPlainLines(literals), bytes);
      hits += expected.length;
      t.strictSame(linesOf(createTeddyLines(literals, teddy), bytes), expected);
      t.strictSame(
        inBlock(teddy, bytes, (near) => linesOf(createTeddyLines(literals, teddy), near)),
        expected,
      );
    }),
    { numRuns: 150, seed: 6 },
  );
  t.ok(hits > 300, `${hits} lines`);
});

t.test('hundreds of literals are each found, in bytes of any value', async (t) => {
  const some = fc.sample(fc.uint8Array({ minLength: 4, maxLength: 24 }), { numRuns: 400, seed: 6 });
  const texts = some.map((bytes) => Buffer.from(bytes).toString('latin1').replaceAll('\n', 'x'));
  const literals = [...new Set([...texts, 'e', 'of'])].filter((text) => text !== '');
  const random = fc.sample(fc.uint8Array({ minLength: 2000, maxLength: 2000 }), { numRuns: 1, seed: 7 })[0];
  const bytes = Buffer.concat([
    ...texts.flatMap((text) => [Buffer.from(`${'.'.repeat(text.length)}${text}`), Buffer.from('\n.\n')]),
    Buffer.from(random ?? []),
  ]);
  const expected = linesOf(createPlainLines(literals), bytes);
  t.ok(expected.length > 380);
  t.strictSame(linesOf(createTeddyLines(literals, teddyOf(literals)), bytes), expected);
});

t.test('more lines than a call gives, and more bytes than are copied at once', async (t) => {
  const literals = ['needle', '\n>'];
  const lines = Array.from({ length: 9000 }, (_, i) =>
    i % 5 === 0 ? '' : i % 7 === 0 ? `>${i}` : i % 1000 === 501 ? 'y'.repeat(200_000) : `a needle ${i}`,
  );
  for (const last of ['', 'needle', `${'z'.repeat(300_000)}needle`]) {
    const bytes = Buffer.from(`${lines.join('\n')}\n${last}`);
    const expected = linesOf(createPlainLines(literals), bytes);
    t.strictSame(linesOf(createTeddyLines(literals, teddyOf(literals)), bytes), expected);
    t.ok(expected.length > 7000);
  }
});

t.test('a literal is found at any place of a piece, also at its very end', async (t) => {
  for (const literals of [['x'], ['xy'], ['xyz'], ['xyzw'], ['xyzw-xyzw-xyzw']]) {
    const teddy = teddyOf(literals);
    const text = literals[0] ?? '';
    for (let size = text.length; size < 110; size += 1) {
      const bytes = Buffer.alloc(size, '.');
      bytes.write(text, size - text.length);
      const found = inBlock(teddy, bytes, (near) => linesOf(createTeddyLines(literals, teddy), near));
      if (found[0] !== 0) t.fail(`${text} at the end of ${size} bytes`);
      const cut = inBlock(teddy, bytes, (near) =>
        linesOf(createTeddyLines(literals, teddy), near.subarray(0, size - 1)),
      );
      if (cut.length > 0) t.fail(`${text} reaches over the end of ${size - 1} bytes`);
    }
  }
  t.pass('every size up to 110');
});

t.test('two scans in turn do not see each other’s lines', async (t) => {
  const literals = ['needle'];
  const [one, other] = [0, 1].map(() => createTeddyLines(literals, teddyOf(literals))) as [
    StopLines,
    StopLines,
  ];
  const bytes = Buffer.from('needle\n'.repeat(3));
  const far = Buffer.from(`${'x\n'.repeat(9)}needle\n`);
  one.over(bytes, bytes.length);
  t.equal(one.next(0), 0);
  other.over(far, far.length);
  t.equal(other.next(0), 18);
  t.equal(one.next(6), 7);
  t.equal(other.next(24), -1);
  t.equal(one.next(13), 14);
  t.equal(one.next(20), -1);
});

t.test('newlines are counted alike in any memory', async (t) => {
  const literals = ['needle'];
  const teddy = teddyOf(literals);
  const bytes = Buffer.from(`${'\n'.repeat(70_000)}${'ab\n'.repeat(20_000)}`);
  const lines = createTeddyLines(literals, teddy);
  inBlock(teddy, bytes, (near) => {
    lines.over(near, near.length);
    for (const [from, to, count] of [
      [0, bytes.length, 90_000],
      [1, 70_000, 69_999],
      [69_990, 70_063, 31],
      [5, 8, 3],
    ] as const) {
      t.equal(lines.count(from, to), count);
    }
  });
  lines.over(bytes, bytes.length);
  t.equal(lines.count(3, bytes.length), 89_997);
});

t.test('a block that is given back is lent again, and never twice', async (t) => {
  const { blocks, bytes } = teddyOf(['needle']);
  const lent = Array.from({ length: 9 }, () => blocks.take());
  t.equal(lent.filter(({ buffer }) => buffer === bytes.buffer).length, 8);
  for (const block of [...lent, ...lent]) blocks.give(block);
  t.equal(new Set(Array.from({ length: 8 }, () => blocks.take())).size, 8);
  for (const block of lent) blocks.give(block);
});

t.test('of each line the kinds of all its literals are known', async (t) => {
  const stops: StopLiteral[] = [
    { literal: 'force', kind: KIND.pattern },
    { literal: 'forced', kind: KIND.block },
    { literal: '__CURSOR=', kind: KIND.marker },
    { literal: '\npanic: ', kind: KIND.block },
    { literal: 'z', kind: KIND.marker },
  ];
  const teddy = teddyFor(stops);
  if (teddy === null) throw new Error('no WebAssembly SIMD on this machine');
  const lines = teddyLines(stops, teddy);
  const long = 'x'.repeat(5000);
  const bytes = Buffer.from(`force\nforced\npanic: ${long} force\n\nz\n__CURSOR= ${long} z forced\n`);
  lines.over(bytes, bytes.length);
  const found: (number | null)[] = [];
  for (let line = lines.next(0); line >= 0; line = lines.next(bytes.indexOf(10, line)))
    found.push(lines.kinds());
  const { pattern, marker, block } = KIND;
  t.strictSame(found, [pattern, pattern | block, block | pattern, marker, marker | pattern | block]);
});

t.test('literals may be named like what every object has', async (t) => {
  const literals = ['constructor', '__proto__', 'toString'];
  const bytes = Buffer.from('a\nconstructor\nb __proto__\ntoStrin\n');
  t.strictSame(linesOf(createTeddyLines(literals, teddyOf(literals)), bytes), [2, 14]);
});

t.test('where there is no room for its memory, or for its tables, there is no such search', async (t) => {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: { Memory: unknown } };
  const { Memory } = WebAssembly;
  // What V8 does under `ulimit -v`.
  WebAssembly.Memory = function noRoom() {
    throw new RangeError('WebAssembly.Memory(): could not allocate memory');
  };
  t.teardown(() => {
    WebAssembly.Memory = Memory;
  });
  t.equal(teddyFor(stopsOf(['no room'])), null);
  WebAssembly.Memory = Memory;
  t.equal(teddyFor(stopsOf(Array.from({ length: 65_536 }, (_, i) => `literal ${i}`))), null);
});

t.test('where WebAssembly is switched off the search in JavaScript takes its place', async (t) => {
  const dir = t.testdir({
    log: `${'x\n'.repeat(1000)}- using the force\n`.repeat(20),
    literals: '- using the force\nshim disconnected\n',
  });
  const script = fileURLToPath(new URL('../../bench/throughput/scan-only.js', import.meta.url));
  const counted = execFileSync(process.execPath, ['--jitless', script, `${dir}/log`, `${dir}/literals`], {
    encoding: 'utf8',
  });
  t.match(JSON.parse(counted), { lines: 20_020, candidates: 20 });
});
