import { Subject } from 'rxjs';
import t from 'tap';
import { createRandom } from '../../bench/random.js';
import {
  createScanning,
  newScanningMemory,
  type ScanningMemory,
  type ScanOptions,
  type ScanPiece,
  type ScanSource,
  scanCandidates,
} from '../../lib/scan/scan-candidates.js';
import type { CandidateLine, ScanCounts } from '../../lib/scan/types.js';
import { assertPlainData } from '../plain-data.js';

const FORCE = '- using the force';

const newCounts = (): ScanCounts => ({
  bytes: 0,
  lines: 0,
  candidates: 0,
  truncatedLines: 0,
  truncatedBytes: 0,
});

/** A run of the stage: pieces are pushed by hand. */
function begin(options: Partial<ScanOptions> = {}, memory: ScanningMemory = newScanningMemory()) {
  const counts = newCounts();
  const pieces = new Subject<ScanPiece>();
  const ticks = new Subject<void>();
  const found: CandidateLine[] = [];
  const scanning = createScanning({ literals: [FORCE], ...options, counts, ticks }, memory);
  scanning.operator(pieces).subscribe((batch) => found.push(...batch));
  const push = (source: ScanSource, text: string | Buffer | null, more = false): void =>
    pieces.next({ source, chunk: text === null ? null : Buffer.from(text), more });
  return { counts, pieces, ticks, found, scanning, push, memory };
}

const followed = (key: string, name = 'messages'): ScanSource => ({ name, key, kind: 'stream' });
const places = (found: readonly CandidateLine[]) => found.map(({ source, line }) => `${source}:${line}`);

t.test('two sources of one name are two', async (t) => {
  const { found, push } = begin();
  push(followed('a'), `x\n${FORCE} a`);
  push(followed('b'), `${FORCE} b\n`);
  push(followed('a'), null);
  push(followed('b'), null);
  t.strictSame(places(found), ['messages:2', 'messages:1']);
});

t.test(
  'an unfinished line of a followed source is left to the next run, that of any other counts',
  async (t) => {
    const first = begin();
    const a = followed('a');
    first.push(a, `x\n${FORCE} 1\ny\n${FORCE} 2`);
    first.push({ name: 'stdin', kind: 'stream' }, FORCE);
    first.push({ name: 'file', kind: 'file' }, FORCE);
    first.pieces.complete();
    t.strictSame(places(first.found), ['messages:2', 'stdin:1', 'file:1']);
    first.scanning.remember();
    assertPlainData(t, first.memory);
    t.match(first.memory.counts, { lines: 5, candidates: 3 });
    const position = first.memory.positions.get('a');
    t.match(position, { line: 3, offset: `x\n${FORCE} 1\ny\n`.length });
    t.equal(first.memory.positions.size, 1);

    const second = begin({}, structuredClone(first.memory));
    t.strictSame(second.scanning.positions().get('a'), position, 'before a piece came');
    second.push(
      { ...a, start: { offset: position?.offset ?? 0, line: 3, before: '' } },
      `${FORCE} 2 and more\n`,
    );
    second.push(a, null);
    t.strictSame(places(second.found), ['messages:4']);
    t.match(second.found, [{ offset: position?.offset, text: `${FORCE} 2 and more` }]);
    t.match(second.counts, { lines: 6, candidates: 4 });
    t.equal(second.scanning.positions().size, 0, 'an ended source is forgotten');
  },
);

t.test('what was saved of a source that begins elsewhere now is of no use', async (t) => {
  const first = begin();
  first.push(followed('a'), 'x\ny\n');
  first.scanning.remember();
  const second = begin({}, first.memory);
  second.push({ ...followed('a'), start: { offset: 100, line: 9, before: '' } }, `${FORCE}\n\n`);
  t.match(second.found, [{ line: 10, offset: 100 }]);
});

t.test('runs that stop anywhere find and count what one run does', async (t) => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const random = createRandom(seed);
    const line = (): string =>
      random.pick(['x', `${FORCE} a`, ' tail', '', 'y'.repeat(random.int(200)), `${FORCE} err=<`, ' > end']);
    const sources = ['a', 'b', 'c'].map((key) => ({
      source: followed(key, key),
      bytes: Buffer.from(`${Array.from({ length: random.int(60) }, line).join('\n')}\n`),
    }));
    const limits = { lineBytes: 40, longLineBytes: 40 };
    const whole = begin({ limits });
    for (const { source, bytes } of sources) {
      whole.push(source, bytes);
      whole.push(source, null);
    }
    let run = begin({ limits });
    const found: CandidateLine[] = [];
    const read = new Map<string, number>();
    for (let step = 0; step < 200; step += 1) {
      const { source, bytes } = random.pick(sources);
      const at = read.get(source.key ?? '') ?? 0;
      const to = Math.min(bytes.length, at + 1 + random.int(100));
      if (to > at) run.push(source, bytes.subarray(at, to), to < bytes.length);
      read.set(source.key ?? '', to);
      if (random.int(10) > 0) continue;
      run.scanning.remember();
      found.push(...run.found);
      run = begin({ limits }, structuredClone(run.memory));
      for (const [key, { offset }] of run.scanning.positions()) read.set(key, offset);
    }
    for (const { source, bytes } of sources) {
      run.push(source, bytes.subarray(read.get(source.key ?? '') ?? 0));
      run.push(source, null);
    }
    found.push(...run.found);
    const inOrder = (all: CandidateLine[]) =>
      all.toSorted((a, b) => (a.source < b.source ? -1 : a.source > b.source ? 1 : a.offset - b.offset));
    const same = t.strictSame(inOrder(found), inOrder(whole.found), `seed ${seed}`);
    if (!same || !t.strictSame(run.counts, whole.counts)) return;
  }
});

t.test('a tick gives out what waits in a quiet source, and its position is behind it', async (t) => {
  const { found, push, scanning, ticks } = begin();
  push(followed('a'), `${FORCE}\n`);
  ticks.next();
  t.strictSame(found, []);
  t.match(scanning.positions().get('a'), { line: 0 });
  ticks.next();
  t.equal(found.length, 1);
  t.match(scanning.positions().get('a'), { line: 1 });
  t.match(scanning.countsNow(), { lines: 1, candidates: 1 });
  ticks.next();
  push(followed('a'), `${FORCE}\n`);
  ticks.next();
  ticks.next();
  t.strictSame(places(found), ['messages:1', 'messages:2'], 'also when it speaks again');
});

t.test(
  'the last line of a followed source is shown at first, and where nothing more was to be read any more',
  async (t) => {
    const shown: [string | undefined, string, number][] = [];
    const ends: [string, number, boolean][] = [];
    const { push } = begin({
      onLastLine: (source, text, line) => shown.push([source.key, text, line]),
      onSample: (_source, text, line, last) => last && ends.push([text, line, last]),
    });
    const a = followed('a');
    push(a, 'one\n', true);
    push(a, 'two\n\nthr');
    push(a, 'ee');
    push(a, '\n');
    push(followed('b'), 'b\n');
    t.strictSame(shown, [
      ['a', 'two', 2],
      ['b', 'b', 1],
    ]);
    push(a, Buffer.alloc(2 * 1024 * 1024, 'long line\n'), true);
    t.match(shown.at(-1), ['a', 'long line'], 'and at least once a mebibyte');
    push(a, 'the end');
    push(a, null);
    t.match(ends, [['the end', 209_720, true]]);
  },
);

t.test('the last line of a file is known, also where its memory has been read into again', async (t) => {
  const ends: unknown[] = [];
  const { pieces } = begin({ onSample: (_source, text, line, last) => last && ends.push([text, line]) });
  const source: ScanSource = { name: 'messages', kind: 'file' };
  const chunk = Buffer.from(`${'a line\n'.repeat(1000)}the last one\n`);
  pieces.next({ source, chunk });
  chunk.fill('x');
  pieces.next({ source, chunk: null });
  t.strictSame(ends, [['the last one', 1001]]);
});

t.test('other literals are looked for from where each source stands', async (t) => {
  const { found, push, scanning } = begin();
  const a = followed('a');
  push(a, `${FORCE} 1\nother 1\nx\noth`);
  scanning.use({ literals: ['other'] });
  push(a, `er 2\n${FORCE} 2\n`);
  push(followed('b'), 'other 3\n');
  push(a, null);
  push(followed('b'), null);
  t.strictSame(places(found), ['messages:1', 'messages:4', 'messages:1']);
});

t.test('the operator alone starts afresh for every subscriber', async (t) => {
  const counts = newCounts();
  const pieces = new Subject<ScanPiece>();
  const lines = scanCandidates({ literals: [FORCE], counts })(pieces);
  const found: number[] = [];
  lines.subscribe((batch) => found.push(batch.length));
  lines.subscribe((batch) => found.push(batch.length));
  pieces.next({ source: { name: 'x' }, chunk: Buffer.from(`${FORCE}\nx\n`) });
  t.strictSame(found, [1, 1]);
});
