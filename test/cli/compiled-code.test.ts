/** What V8 has compiled is run unseen: only what is whole, and what nobody else can have written, is taken. */
import {
  chmodSync,
  chownSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { fileOfCompiled, keepCompiled, readCompiled } from '../../lib/cli/compiled-code.js';

const COMPILED = Buffer.from(Array.from({ length: 10_001 }, (_, at) => (at * 31) % 251));

function begin(test: Test) {
  const directory = test.testdir({ 'core.cjs': '' });
  const code = join(directory, 'core.cjs');
  const file = join(directory, 'core.cjs-1.cache');
  keepCompiled(file, () => COMPILED);
  const read = () => readCompiled(file, code);
  const caches = () => readdirSync(directory).filter((name) => name.includes('.cache'));
  return { caches, directory, file, read };
}

t.test('what was kept is read, and no draft is left', async (t) => {
  const { caches, file, read } = begin(t);
  t.same(read(), COMPILED);
  t.strictSame(caches(), ['core.cjs-1.cache']);
  t.equal(statSync(file).mode & 0o022, 0);
});

t.test('a damaged one is not taken: a bit, a block of zeros, a part, nothing', async (t) => {
  const { file, read } = begin(t);
  const whole = readFileSync(file);
  const damage: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
    first: (bytes) => bytes.fill((bytes[0] ?? 0) ^ 0x80, 0, 1),
    middle: (bytes) => bytes.fill((bytes[5_000] ?? 0) ^ 1, 5_000, 5_001),
    last: (bytes) => bytes.fill((bytes[10_000] ?? 0) ^ 1, 10_000, 10_001),
    columns: (bytes) => {
      for (const at of [403, 807]) bytes.fill((bytes[at] ?? 0) ^ 0x80, at, at + 1);
      return bytes;
    },
    zeros: (bytes) => bytes.fill(0, 4_096, 8_192),
    half: (bytes) => bytes.subarray(0, 5_000),
    sum: (bytes) => bytes.subarray(-4),
    empty: () => Buffer.alloc(0),
  };
  for (const [name, change] of Object.entries(damage)) {
    writeFileSync(file, change(Buffer.from(whole)));
    t.equal(read(), null, name);
  }
  keepCompiled(file, () => COMPILED);
  t.same(read(), COMPILED, 'the next one replaces it');
});

t.test('what another build of Node has compiled has another name', async (t) => {
  const directory = t.testdir({ node: 'a program', other: 'another program' });
  const nameOf = (node: string) => fileOfCompiled('core.cjs', join(directory, node));
  const name = nameOf('node');
  t.match(name, new RegExp(`^core\\.cjs-${process.version}-${process.arch}-9-\\d+-[0-9a-f]+\\.cache$`));
  t.equal(nameOf('node'), name);
  t.not(nameOf('other'), name);
  utimesSync(join(directory, 'node'), 1, 1);
  t.not(nameOf('node'), name, 'one that was put in its place');
  t.equal(nameOf('gone'), null);
});

t.test('one that others may write is not taken', async (t) => {
  const { file, read } = begin(t);
  for (const mode of [0o664, 0o646]) {
    chmodSync(file, mode);
    t.equal(read(), null);
  }
  chmodSync(file, 0o644);
  t.same(read(), COMPILED);
});

t.test(
  'nor one of another user',
  { skip: process.getuid?.() !== 0 && 'only root can give a file away' },
  async (t) => {
    const { file, read } = begin(t);
    chownSync(file, 65_534, 65_534);
    t.equal(read(), null);
  },
);

t.test('where it cannot be kept nothing is compiled, and nobody is told', async (t) => {
  const { file } = begin(t);
  let asked = 0;
  const compile = () => {
    asked++;
    return COMPILED;
  };
  keepCompiled(join(file, 'x.cache'), compile);
  t.equal(asked, 0);
});

t.test('what runs that were killed have left of the same goes, too', async (t) => {
  const { caches, directory, file } = begin(t);
  for (const run of [1, 2, 3, 4, 5]) {
    const draft = `${file}.${run}-${run}`;
    writeFileSync(draft, '');
    utimesSync(draft, run, run);
  }
  keepCompiled(join(directory, 'core.cjs-1.cache'), () => COMPILED);
  t.strictSame(
    caches(),
    ['', '.3-3', '.4-4', '.5-5'].map((end) => `core.cjs-1.cache${end}`),
  );
});

t.test('a fifth makes the oldest go', async (t) => {
  const { caches, directory } = begin(t);
  for (const version of [1, 2, 3, 4, 5]) {
    const file = join(directory, `core.cjs-${version}.cache`);
    keepCompiled(file, () => COMPILED);
    utimesSync(file, version, version);
  }
  t.strictSame(
    caches(),
    ['2', '3', '4', '5'].map((version) => `core.cjs-${version}.cache`),
  );
});
