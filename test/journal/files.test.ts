/** Journal files that are named: one that is none is told by its name, and does not take the others down with it. */
import { join } from 'node:path';
import t from 'tap';
import { saidOfFiles } from '../../lib/ingest/journal/journal-files.js';
import { entries, fakeJournal, lines } from './fake-journalctl.js';

const JOURNAL = `LPKSHHRH${'\0'.repeat(200)}`;
const NO_FILES = 'Failed to open files: No data available';

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

t.test('journalctl’s words about files, and others', async (t) => {
  t.equal(saidOfFiles(NO_FILES), 'No data available');
  t.equal(saidOfFiles('Failed to open file /x: Bad message'), null);
  t.equal(saidOfFiles('Failed to seek to cursor: Invalid argument'), null);
});
