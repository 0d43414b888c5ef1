/** The real one, on a journal file that a real journald wrote; left out where there is none, or one that is too old. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { type JournalOptions, journalPieces } from '../../lib/ingest/journal/index.js';
import { FIXTURES } from '../root.js';

function missing(): string | false {
  try {
    const version = Number(/\d+/.exec(execFileSync('journalctl', ['--version'], { encoding: 'utf8' }))?.[0]);
    return version < 246 && `journalctl ${version} cannot read the file`;
  } catch {
    return 'there is no journalctl';
  }
}

const skip = missing();

interface Read {
  readonly numbers: readonly number[];
  readonly messages: readonly unknown[];
  readonly save: (count: number) => NonNullable<JournalOptions['saved']>;
  readonly problems: readonly unknown[];
}

/** Reads until so many entries have come. */
async function read(count: number, options: JournalOptions): Promise<Read> {
  const abort = new AbortController();
  const given: { line: string; end: number }[] = [];
  const problems: unknown[] = [];
  let save: Read['save'] | undefined;
  for await (const piece of journalPieces({ ...options, signal: abort.signal })) {
    if (piece.kind === 'problem') problems.push(piece);
    if (piece.kind !== 'bytes') continue;
    let end = given.at(-1)?.end ?? piece.source.start.offset;
    for (const line of Buffer.from(piece.chunk).toString().trimEnd().split('\n')) {
      end += Buffer.byteLength(line) + 1;
      given.push({ line, end });
    }
    save = (number) => {
      const saved = piece.source.save({ offset: given[number - 1]?.end ?? 0, line: number, before: '' });
      if (saved.kind !== 'journal') throw new Error('a file');
      return saved;
    };
    if (given.length >= count) abort.abort();
  }
  if (save === undefined) throw new Error('nothing was read');
  const entries = given.map(({ line }) => JSON.parse(line));
  return {
    numbers: entries.map((entry) => Number.parseInt(/;i=(\w+)/.exec(entry.__CURSOR)?.[1] ?? '', 16)),
    messages: entries.map((entry) => entry.MESSAGE),
    save,
    problems,
  };
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

t.test('a real journal', { skip }, async (t) => {
  const directory = join(t.testdir(), 'journal');
  mkdirSync(directory);
  const file = join(directory, 'system.journal');
  writeFileSync(file, gunzipSync(readFileSync(new URL('journal/node-17.journal.gz', FIXTURES))));

  const all = await read(20, { directory, from: 'start' });
  t.same(all.numbers, range(1, 20), 'all entries of both boots');
  t.same(all.problems, []);
  t.same(all.messages[8], ['one', 'two']);
  t.same(all.messages.slice(9, 15), [
    '\u001b[31mred\u001b[0m',
    undefined,
    'L'.repeat(6000),
    'bad \ufffd utf',
    'naïve 容器',
    'first\nsecond',
  ]);

  const rest = await read(9, { directory, saved: all.save(11) });
  t.same(rest.numbers, range(12, 20), 'goes on with the next entry, over the reboot');
  t.same(rest.problems, []);

  const units = await read(14, { file, from: 'start', units: ['docker.service'] });
  t.same(units.numbers, [...range(3, 15), 19], 'of a unit, from a file');
  const unitsRest = await read(1, { file, units: ['docker.service'], saved: units.save(13) });
  t.same(unitsRest.numbers, [19]);

  const since = await read(4, { directory, from: { sinceMs: Number(timeOf(all.save(17).cursor)) / 1000 } });
  t.same(since.numbers, range(17, 20), 'since a time');
});

/** µs since the epoch. */
const timeOf = (cursor: string | null) => Number.parseInt(/;t=(\w+)/.exec(cursor ?? '')?.[1] ?? '', 16);

t.test('a real journalctl that cannot read is heard, and ended', { skip }, async (t) => {
  const abort = new AbortController();
  const pieces = journalPieces({ directory: join(t.testdir(), 'gone'), signal: abort.signal });
  const { value } = await pieces.next();
  t.match(value, { kind: 'problem', lostBytes: 0 });
  t.match(value.reason, /exit code 1.*No such file or directory/);
  abort.abort();
  t.match(await pieces.next(), { done: true });
});

t.test('a machine without journalctl', async (t) => {
  const pieces = journalPieces({ environment: { PATH: t.testdir() } });
  t.match(await pieces.next(), { value: { kind: 'problem', reason: /there is no journalctl/ } });
  t.match(await pieces.next(), { value: { kind: 'end' } });
  t.match(await pieces.next(), { done: true });
});
