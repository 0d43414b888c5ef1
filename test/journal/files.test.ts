/** Journal files that are named: one that is none is told by its name, and does not take the others down with it. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { saidOfFiles, sortFiles } from '../../lib/ingest/journal/journal-files.js';
import { entries, type FakeProcess, fakeJournal, lines } from './fake-journalctl.js';

const JOURNAL = `LPKSHHRH${'\0'.repeat(200)}`;
const NO_FILES = 'Failed to open files: No data available';

const filesGiven = ({ args }: FakeProcess) =>
  args.filter((word) => word.startsWith('--file=')).map((word) => word.slice('--file='.length));

t.test('what is no journal is told, and the others are read', async (t) => {
  const dir = t.testdir({ 'a.journal': JOURNAL, 'b.journal': JOURNAL, log: 'a line\n', sub: {}, empty: '' });
  const [good, damaged] = [join(dir, 'a.journal'), join(dir, 'b.journal')];
  const bad = ['log', 'sub', 'empty', 'none'].map((name) => join(dir, name));
  const journal = fakeJournal({ file: [...bad, good, damaged], from: 'start' });
  const piece = journal.pieces.next();
  const all = await journal.started();
  all.complain(NO_FILES);
  all.end(1);
  for (const code of [0, 1]) {
    const alone = await journal.started();
    t.same(
      alone.args.filter((word) => word.startsWith('--file=')),
      [`--file=${code === 0 ? good : damaged}`],
      'which one is damaged journalctl alone knows',
    );
    if (code === 1) alone.complain('Failed to open files: Bad message');
    alone.end(code);
  }
  const told = [
    (await piece).value,
    ...(await Promise.all(bad.map(async () => (await journal.pieces.next()).value))),
  ];
  t.match(told, [
    { kind: 'problem', source: bad[0], reason: /found another one; a log file is followed with --follow/ },
    { kind: 'problem', source: bad[1], reason: /found a directory; name it with --directory/ },
    { kind: 'problem', source: bad[2], reason: /found an empty one/ },
    { kind: 'problem', source: bad[3], reason: 'no such file' },
    { kind: 'problem', source: damaged, reason: /journalctl cannot open it \(Bad message\)/ },
  ]);
  const text = journal.text();
  const again = await journal.started();
  t.same(
    again.args.filter((word) => word.startsWith('--file=')),
    [`--file=${good}`],
  );
  again.print(...entries(1, 2));
  t.equal(await text, lines(...entries(1, 2)));
  t.equal(
    journal.save(0).name,
    [...bad, good, damaged].join(' '),
    'under the name that the next run looks for',
  );
  await journal.stop();
});

t.test('where none is left it ends', async (t) => {
  const log = join(t.testdir({ log: 'a line\n' }), 'log');
  const journal = fakeJournal({ file: log });
  const piece = journal.pieces.next();
  const only = await journal.started();
  only.complain(NO_FILES);
  only.end(1);
  t.match((await piece).value, { kind: 'problem', source: log, lostBytes: 0 });
  t.match((await journal.pieces.next()).value, { kind: 'end' });
  t.ok((await journal.pieces.next()).done);
});

t.test('a glob goes on to be one while all of its files are good', async (t) => {
  const dir = t.testdir({ 'a.journal': JOURNAL, log: 'a line\n' });
  const [glob, log] = [join(dir, '*.journal'), join(dir, 'log')];
  const journal = fakeJournal({ file: [glob, log], from: 'start' });
  const piece = journal.pieces.next();
  const both = await journal.started();
  both.complain(NO_FILES);
  both.end(1);
  (await journal.started()).end(0);
  t.match((await piece).value, { source: log });
  const next = journal.pieces.next();
  t.same(
    (await journal.started()).args.filter((word) => word.startsWith('--file=')),
    [`--file=${glob}`],
  );
  journal.abort.abort();
  await next;
});

t.test(
  'a file in trouble is left out for one start; the next one begins with all that were named',
  async (t) => {
    const dir = t.testdir({ 'a.journal': JOURNAL, log: 'a line\n' });
    const [good, rotating, log] = ['a.journal', 'b.journal', 'log'].map((name) => join(dir, name)) as [
      string,
      string,
      string,
    ];
    const journal = fakeJournal({ file: [good, rotating, log], from: 'start' });

    async function refuse(child: FakeProcess): Promise<void> {
      child.complain(NO_FILES);
      child.end(1);
      const alone = await journal.started();
      t.same(filesGiven(alone), [good], 'what can be seen is not asked of journalctl');
      alone.end(0);
    }

    const first = journal.pieces.next();
    await refuse(await journal.started());
    const told = [(await first).value, (await journal.pieces.next()).value];
    t.match(told, [{ source: log }, { source: rotating, reason: 'no such file', lostBytes: 0 }]);
    const text = journal.text();
    const partial = await journal.started();
    t.same(filesGiven(partial), [good]);
    partial.print(...entries(1, 2));
    t.equal(await text, lines(...entries(1, 2)));

    const next = journal.pieces.next();
    await journal.elapse(600_000);
    const still = await journal.started();
    t.same(partial.signals, ['SIGTERM'], 'though it was not silent');
    t.same(filesGiven(still), [good, rotating]);
    await refuse(still);
    const again = await journal.started();
    t.same(filesGiven(again), [good]);

    writeFileSync(rotating, JOURNAL);
    again.end(1);
    t.match((await next).value, { reason: /journalctl ended/ }, 'the same is not told again');
    const over = journal.pieces.next();
    await journal.elapse(1000);
    const whole = await journal.started();
    t.same(filesGiven(whole), [good, rotating]);
    whole.print(...entries(3, 3));
    const after = [(await over).value, (await journal.pieces.next()).value];
    t.match(
      after.find((piece) => piece?.kind === 'problem'),
      { source: rotating, lostBytes: 0, over: true },
    );
    t.ok(after.some((piece) => piece?.kind === 'bytes'));
    await journal.stop();
  },
);

t.test('where only files in trouble are left, it is tried again', async (t) => {
  const dir = t.testdir({ empty: '' });
  const names = ['empty', 'unmounted'].map((name) => join(dir, name));
  const journal = fakeJournal({ file: names });
  const problem = journal.problem();
  for (const seconds of [1, 2, 4]) {
    const child = await journal.started();
    t.same(filesGiven(child), names);
    child.complain(NO_FILES);
    child.end(1);
    // A timer of one second is also that of its words on standard error.
    if (seconds === 1) await problem;
    await journal.elapse(seconds * 1000);
  }
  t.match(await problem, /^journalctl ended \(exit code 1\): Failed to open files: .*it is started again$/);
  const end = journal.pieces.next();
  journal.abort.abort();
  t.match(await end, { done: true }, 'told once');
});

t.test('a pipe, a socket or a device is none, and is not waited for', async (t) => {
  // The name of a socket has 108 bytes at most.
  const dir = mkdtempSync(join(tmpdir(), 'journal-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  const [pipe, socket] = [join(dir, 'pipe'), join(dir, 'socket')];
  execFileSync('mkfifo', [pipe]);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  t.teardown(() => server.close());
  // Lets go of whoever waits for a writer: the test is to fail, not to hang.
  let isWaitedFor = false;
  const writer = setTimeout(() => {
    isWaitedFor = true;
    closeSync(openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK));
  }, 5_000);
  const names = [pipe, socket, '/dev/null'];
  const { bad, good } = await sortFiles(names, new Set(), async () => null);
  clearTimeout(writer);
  t.equal(isWaitedFor, false);
  const reason = 'expected a journal file, found a pipe, a socket or a device';
  t.same(good, []);
  t.same(
    bad,
    names.map((file) => ({ file, reason, mayPass: false })),
  );
});

t.test('journalctl’s words about files, and others', async (t) => {
  t.equal(saidOfFiles(NO_FILES), 'No data available');
  t.equal(saidOfFiles('Failed to open file /x: Bad message'), null);
  t.equal(saidOfFiles('Failed to seek to cursor: Invalid argument'), null);
});
