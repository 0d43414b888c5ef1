import { EventEmitter, once } from 'node:events';
import t from 'tap';
import { cursorOf, entries, entry, fakeJournal, lines } from './fake-journalctl.js';

const option = (args: readonly string[], name: string) =>
  args
    .filter((argument) => argument.startsWith(`${name}=`))
    .map((argument) => argument.slice(name.length + 1));

t.test('it begins behind the last entry that is there', async (t) => {
  const journal = fakeJournal();
  const text = journal.text();
  const lookup = await journal.started();
  t.notOk(lookup.args.includes('--follow'));
  t.same(option(lookup.args, '--lines'), ['1']);
  lookup.print(entry(7));
  lookup.end(0);

  const child = await journal.started();
  t.ok(child.args.includes('--follow') && child.args.includes('--no-tail'));
  t.same(option(child.args, '--cursor'), [cursorOf(7)]);
  child.print(entry(7), entry(8), entry(9));
  t.equal(await text, lines(entry(8), entry(9)), 'the entry of the cursor comes again, and is left out');
  t.equal(journal.save(0).cursor, cursorOf(7), 'nothing taken in: the one that was there');
  await journal.stop();
});

t.test('in a journal without entries all that come are new', async (t) => {
  const journal = fakeJournal();
  const text = journal.text();
  (await journal.started()).end(0);
  const child = await journal.started();
  t.same([...option(child.args, '--cursor'), ...option(child.args, '--since')], []);
  child.print(entry(1));
  t.equal(await text, lines(entry(1)));
  const saved = journal.save(0);
  t.equal(saved.cursor, null);
  await journal.stop();

  const next = fakeJournal({ saved });
  const first = next.text();
  const again = await next.started();
  t.ok(again.args.includes('--follow'), 'a later run begins with what came meanwhile');
  again.print(entry(1));
  t.equal(await first, lines(entry(1)));
  await next.stop();
});

t.test('it begins at the start, or at a time, without looking for the end', async (t) => {
  const start = fakeJournal({ from: 'start' });
  const text = start.text();
  const child = await start.started();
  t.ok(child.args.includes('--follow'));
  t.same([...option(child.args, '--cursor'), ...option(child.args, '--since')], []);
  child.print(...entries(1, 2));
  t.equal(await text, lines(...entries(1, 2)));
  await start.stop();

  const since = fakeJournal({ from: { sinceMs: 1_700_000_000_123 } });
  const piece = since.pieces.next();
  t.same(option((await since.started()).args, '--since'), ['@1700000000.123000']);
  await since.stop();
  t.match(await piece, { done: true });
});

t.test('a position has the cursor of the last entry that ends before it', async (t) => {
  const journal = fakeJournal({ from: 'start' });
  const text = journal.text();
  const child = await journal.started();
  child.print(...entries(1, 3));
  await text;
  const first = Buffer.byteLength(lines(entry(1)));
  const both = first + Buffer.byteLength(lines(entry(2)));
  t.same(journal.save(0), {
    kind: 'journal',
    key: 'journal',
    name: 'journal',
    cursor: null,
    position: { offset: 0, line: 0, before: '' },
  });
  t.equal(journal.save(first - 1).cursor, null);
  t.equal(journal.save(first).cursor, cursorOf(1));
  t.equal(journal.save(both - 1).cursor, cursorOf(1));
  t.equal(journal.save(both).cursor, cursorOf(2));
  await journal.stop();
});

t.test(
  'a later run goes on with the next entry, under the same key and with offsets that go on',
  async (t) => {
    const position = { offset: 4096, line: 12, before: 'fQo=' };
    const saved = {
      kind: 'journal',
      key: 'journal',
      name: 'journal',
      cursor: cursorOf(12),
      position,
    } as const;
    const journal = fakeJournal({ saved });
    const next = journal.pieces.next();
    const child = await journal.started();
    t.same(option(child.args, '--cursor'), [cursorOf(12)]);
    child.print(entry(12), entry(13));
    const { value } = await next;
    t.match(value, { kind: 'bytes', source: { key: 'journal', start: position } });
    t.equal(Buffer.from(value.chunk).toString(), lines(entry(13)));
    const end = 4096 + Buffer.byteLength(lines(entry(13)));
    t.equal(value.source.save({ ...position, offset: end }).cursor, cursorOf(13));
    t.equal(value.source.save({ ...position, offset: end }).position.offset, end);
    await journal.stop();
  },
);

t.test('what was saved of another journal does not count', async (t) => {
  const position = { offset: 10, line: 1, before: '' };
  const saved = { kind: 'journal', key: 'journal', name: 'journal', cursor: cursorOf(12), position } as const;
  const journal = fakeJournal({ saved, directory: '/var/log/other', from: 'start' });
  const next = journal.pieces.next();
  const child = await journal.started();
  t.same(option(child.args, '--cursor'), []);
  child.print(entry(1));
  t.match((await next).value, {
    source: { name: '/var/log/other', key: 'journal:/var/log/other', start: { offset: 0 } },
  });
  await journal.stop();
});

t.test('an entry comes whole, in whatever parts it was printed', async (t) => {
  const journal = fakeJournal({ from: 'start' });
  const text = journal.text();
  const child = await journal.started();
  const bytes = Buffer.from(lines(entry(1, { message: 'naïve 容器 \u{1f4a5}' })));
  for (const byte of bytes) child.stdout.write(Buffer.from([byte]));
  t.equal(await text, bytes.toString());
  await journal.stop();
});

t.test('pieces are bounded, and tell that there is more', async (t) => {
  const journal = fakeJournal({ from: 'start' });
  const first = journal.pieces.next();
  const child = await journal.started();
  const long = (number: number) => entry(number, { message: 'x'.repeat(1000) });
  const all = Array.from({ length: 2000 }, (_, index) => long(index + 1));
  child.print(...all);
  let text = '';
  let pieces = 0;
  for (let { value } = await first; ; { value } = await journal.pieces.next()) {
    if (value.kind !== 'bytes') throw new Error(JSON.stringify(value));
    t.ok(value.chunk.length < 256 * 1024 + long(2000).length + 1);
    text += Buffer.from(value.chunk).toString();
    pieces++;
    if (text.length >= lines(...all).length) break;
    if (value.chunk.length > 256 * 1024) t.ok(value.more);
  }
  t.equal(text, lines(...all));
  t.ok(pieces >= 8);
  await journal.stop();
});

t.test('what a busy journal prints in a moment comes as one piece', async (t) => {
  const journal = fakeJournal({ from: 'start' });
  const first = journal.text();
  const child = await journal.started();
  child.print(entry(1));
  t.equal(await first, lines(entry(1)), 'the first one at once');
  const second = journal.text();
  child.print(entry(2));
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  child.print(entry(3));
  t.equal(await second, lines(...entries(2, 3)));
  await journal.stop();
});

t.test('journalctl has to wait while nobody asks for pieces', async (t) => {
  const asked = new EventEmitter();
  const ready = () => new Promise<void>((resolve) => asked.emit('ready', resolve));
  const journal = fakeJournal({ from: 'start', ready });
  const first = journal.text();
  const child = await journal.started();
  const waiting = once(asked, 'ready');
  child.print(entry(1, { message: 'x'.repeat(300_000) }));
  const [go] = await waiting;
  t.ok(child.stdout.isPaused());
  child.print(entry(2));
  go();
  t.match(await first, /xxx/);
  const waitingAgain = once(asked, 'ready');
  const second = journal.text();
  const [goOn] = await waitingAgain;
  t.notOk(child.stdout.isPaused(), 'and goes on when they have been given out');
  goOn();
  t.equal(await second, lines(entry(2)));
  await journal.stop();
});

t.test('a message that came as bytes is a text', async (t) => {
  const journal = fakeJournal({ from: 'start' });
  const text = journal.text();
  const child = await journal.started();
  const message = '\u001b[31mContainer é failed to exit\u001b[0m';
  child.print(
    entry(1, { message: [...Buffer.from(message)] }),
    entry(2, { message: [255, 97] }),
    '{ "__CURSOR" : "s=1;i=3", "MESSAGE" : [ 27, 97 ], "PRIORITY" : "6" }',
    entry(3, { message: ['twice', 'logged'] }),
    entry(4, { message: 'says "MESSAGE":[1,2] itself' }),
  );
  const given = (await text)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.same(
    given.map(({ MESSAGE }) => MESSAGE),
    [message, '\ufffda', '\u001ba', ['twice', 'logged'], 'says "MESSAGE":[1,2] itself'],
  );
  t.equal(given[2].PRIORITY, '6');
  await journal.stop();
});

t.test('an entry longer than 8 MiB is left out, and its bytes are told', async (t) => {
  const journal = fakeJournal({ from: 'start' });
  const first = journal.pieces.next();
  const child = await journal.started();
  const long = entry(2, { message: 'x'.repeat(9 * 2 ** 20) });
  const printed = Buffer.from(lines(entry(1), long, entry(3)));
  for (let at = 0; at < printed.length; at += 65_536) child.stdout.write(printed.subarray(at, at + 65_536));
  let text = '';
  const problems = [];
  for (let { value } = await first; ; { value } = await journal.pieces.next()) {
    if (value.kind === 'bytes') text += Buffer.from(value.chunk).toString();
    else problems.push(value);
    if (text.includes('message 3')) break;
  }
  t.equal(text, lines(entry(1), entry(3)));
  t.equal(problems.length, 1, 'and it is not said to be missing');
  t.match(problems, [{ kind: 'problem', source: 'journal', reason: /8 MiB/, lostBytes: long.length + 1 }]);
  await journal.stop();
});

t.test('what is no entry is told, and not given out', async (t) => {
  const journal = fakeJournal({ from: 'start' });
  const problem = journal.problem();
  (await journal.started()).print('-- No \u001b[2Jentries --', entry(1));
  t.equal(await problem, 'journalctl printed what is no entry: -- No  [2Jentries --');
  t.equal(await journal.text(), lines(entry(1)));
  await journal.stop();
});
