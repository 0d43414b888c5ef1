import t from 'tap';
import { cursorOf, entries, entry, type FakeProcess, fakeJournal, lines } from './fake-journalctl.js';

const cursorGiven = ({ args }: FakeProcess) => args.find((argument) => argument.startsWith('--cursor='));

t.test('journalctl is started again behind what was read, and says why it ended', async (t) => {
  const journal = fakeJournal({ from: 'start' });
  const first = journal.text();
  const child = await journal.started();
  child.print(...entries(1, 3));
  t.equal(await first, lines(...entries(1, 3)));
  const problem = journal.problem();
  child.stdout.write(entry(4).slice(0, 30));
  child.complain('Failed to get journal fd: \u001b]0;title\u0007 Input/output error');
  child.end(1);
  t.equal(
    await problem,
    'journalctl ended (exit code 1): Failed to get journal fd:  ]0;title  Input/output error; it is started again',
  );
  const second = journal.text();
  await journal.elapse(1000);
  const next = await journal.started();
  t.equal(cursorGiven(next), `--cursor=${cursorOf(3)}`);
  next.print(...entries(2, 5));
  t.equal(await second, lines(...entries(4, 5)), 'repeated entries are dropped, none is lost');
  await journal.stop();
});

t.test('what was printed before an end is still given out', async (t) => {
  const journal = fakeJournal({ from: 'start' });
  const text = journal.text();
  const child = await journal.started();
  child.print(...entries(1, 3));
  child.end(null, 'SIGKILL');
  t.equal(await text, lines(...entries(1, 3)));
  t.equal(await journal.problem(), 'journalctl ended (signal SIGKILL); it is started again');
  await journal.stop();
});

t.test('it waits longer each time, up to a minute, and 1 s again after a minute of health', async (t) => {
  const journal = fakeJournal({ from: 'start' });
  void journal.pieces.next();
  for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
    (await journal.started()).end(1);
    await journal.elapse(seconds * 1000);
  }
  const healthy = await journal.started();
  journal.pass(60_000);
  healthy.end(1);
  await journal.elapse(1000);
  await journal.started();
  t.pass('waits as expected');
  await journal.stop();
});

t.test('the same end is told once in ten minutes', async (t) => {
  const journal = fakeJournal({ from: 'start' });
  const first = journal.problem();
  (await journal.started()).end(1);
  t.match(await first, /exit code 1/);
  const second = journal.problem();
  await journal.elapse(1000);
  (await journal.started()).end(1);
  await journal.elapse(2000);
  (await journal.started()).end(2);
  t.match(await second, /exit code 2/);
  const third = journal.problem();
  await journal.elapse(4000);
  journal.pass(600_000);
  (await journal.started()).end(1);
  t.equal(await third, '1 more problems like those before were not shown');
  t.match(await journal.problem(), /exit code 1/);
  await journal.stop();
});

t.test('without a journalctl it says what to do, and ends', async (t) => {
  const missing = Object.assign(new Error('spawn journalctl ENOENT'), {
    code: 'ENOENT',
    syscall: 'spawn journalctl',
  });
  for (const failure of [{ thrown: missing }, { emitted: missing }]) {
    const journal = fakeJournal({}, [failure]);
    t.match(await journal.problem(), /^there is no journalctl .*install systemd/);
    t.match(await journal.pieces.next(), { value: { kind: 'end', because: 'stopped' } });
    t.match(await journal.pieces.next(), { done: true });
  }
});

t.test('where it cannot be started for now it is tried again', async (t) => {
  const busy = Object.assign(new Error('spawn EAGAIN'), { code: 'EAGAIN', syscall: 'spawn' });
  const journal = fakeJournal({ from: 'start' }, [{ thrown: busy }, { emitted: busy }]);
  t.equal(await journal.problem(), 'journalctl cannot be started (EAGAIN); it is tried again');
  const text = journal.text();
  await journal.elapse(1000);
  await journal.elapse(2000);
  (await journal.started()).print(entry(1));
  t.equal(await text, lines(entry(1)));
  await journal.stop();
});

t.test('an end that cannot be looked up is looked up again', async (t) => {
  const journal = fakeJournal();
  const problem = journal.problem();
  const lookup = await journal.started();
  lookup.complain('No journal files were opened due to insufficient permissions.');
  lookup.end(1);
  t.match(await problem, /insufficient permissions/);
  const text = journal.text();
  await journal.elapse(1000);
  const again = await journal.started();
  t.ok(again.args.includes('--lines=1'));
  again.print(entry(4));
  again.end(0);
  (await journal.started()).print(...entries(4, 5));
  t.equal(await text, lines(entry(5)));
  await journal.stop();
});

t.test('an old journalctl is asked without the option it does not know', async (t) => {
  const journal = fakeJournal();
  const text = journal.text();
  const newer = await journal.started();
  t.ok(newer.args.some((argument) => argument.startsWith('--output-fields=')));
  newer.complain("journalctl: unrecognized option '--output-fields=_BOOT_ID'");
  newer.end(1);
  const older = await journal.started();
  t.notOk(older.args.some((argument) => argument.startsWith('--output-fields')));
  older.end(0);
  const child = await journal.started();
  t.notOk(child.args.some((argument) => argument.startsWith('--output-fields')));
  child.print('{ "__CURSOR" : "s=1;i=1", "MESSAGE" : "m" }');
  t.match(await text, /"m"/);
  t.equal(journal.save(1000).cursor, 's=1;i=1');
  await journal.stop();
});

t.test('where the cursor cannot be sought it goes on at the time of the last entry', async (t) => {
  const position = { offset: 0, line: 0, before: '' };
  const saved = {
    kind: 'journal',
    key: 'journal',
    name: 'journal',
    cursor: cursorOf(500),
    position,
  } as const;
  const journal = fakeJournal({ saved });
  const problem = journal.pieces.next();
  const child = await journal.started();
  child.complain('Failed to seek to cursor: Invalid argument');
  child.end(1);
  const { value } = await problem;
  t.match(value, { kind: 'problem', reason: /time of the last entry/, lostBytes: null });
  const text = journal.text();
  const next = await journal.started();
  t.ok(next.args.includes('--since=@1700000000.000500'));
  next.print(
    entry(499),
    entry(500),
    entry(3, { journal: 'c', micros: 499 }),
    entry(1, { journal: 'd', micros: 500 }),
    entry(501),
  );
  t.equal(await text, lines(entry(1, { journal: 'd', micros: 500 }), entry(501)), 'older ones are dropped');
  next.end(1);
  await journal.problem();
  void journal.pieces.next();
  await journal.elapse(1000);
  t.equal(cursorGiven(await journal.started()), `--cursor=${cursorOf(501)}`, 'a new cursor is tried');
  await journal.stop();
});

t.test('a damaged cursor is told, and is no argument', async (t) => {
  for (const cursor of ['s=1;i=2\u0000', '--rotate me', '']) {
    const position = { offset: 0, line: 0, before: '' };
    const saved = { kind: 'journal', key: 'journal', name: 'journal', cursor, position } as const;
    const journal = fakeJournal({ saved, from: 'start' });
    const { value } = await journal.pieces.next();
    t.match(value, { kind: 'problem', reason: /cursor is damaged/, lostBytes: null });
    t.equal(cursorGiven(await journal.started()), undefined);
    await journal.stop();
  }
});

t.test('entries that are missing in the numbering are counted', async (t) => {
  const journal = fakeJournal({ from: 'start' });
  const problem = journal.pieces.next();
  const child = await journal.started();
  child.print(
    entry(1),
    entry(1, { journal: 'c' }),
    entry(2),
    entry(2, { journal: 'c' }),
    entry(10),
    entry(12),
  );
  const { value } = await problem;
  t.match(value, { kind: 'problem', lostBytes: null });
  t.equal(value.reason, '7 entries are missing: deleted before being read, or not readable');
  t.match(await journal.problem(), /^1 entry is missing/);
  await journal.text();
  await journal.stop();
});

t.test('of some units entries are missing by nature, but not the last one read', async (t) => {
  const journal = fakeJournal({ from: 'start', units: ['docker.service'] });
  const text = journal.text();
  const child = await journal.started();
  child.print(entry(1), entry(10));
  t.equal(await text, lines(entry(1), entry(10)));
  child.end(1);
  await journal.problem();
  const kept = journal.text();
  await journal.elapse(1000);
  const second = await journal.started();
  second.print(entry(10), entry(20));
  t.equal(await kept, lines(entry(20)));
  second.end(1);
  const problem = journal.problem();
  await journal.elapse(2000);
  (await journal.started()).print(entry(30));
  t.match(await problem, /^the last entry read is gone/);
  t.equal(await journal.text(), lines(entry(30)));
  await journal.stop();
});

t.test('where not all may be read nothing is said to be missing', async (t) => {
  const journal = fakeJournal({ from: 'start' });
  const hint = journal.problem();
  const child = await journal.started();
  child.complain('Hint: You are currently not seeing messages from other users and the system.');
  await journal.elapse(1000);
  t.match(await hint, /^journalctl: Hint/);
  child.print(entry(1), entry(9));
  t.equal(await journal.text(), lines(entry(1), entry(9)));
  await journal.stop();
});

t.test('entries that journald moved to other files are not read twice', async (t) => {
  const journal = fakeJournal({ from: 'start' });
  const first = journal.text();
  const child = await journal.started();
  child.print(...entries(8, 9));
  await first;
  child.end(1);
  await journal.problem();
  const text = journal.text();
  await journal.elapse(1000);
  const moved = (number: number) => entry(number).replace(`s=${'a'.repeat(32)};`, `s=${'e'.repeat(32)};`);
  (await journal.started()).print(moved(8), moved(9), moved(10));
  t.equal(await text, lines(moved(10)));
  await journal.stop();
});

t.test('what journalctl says while it runs is told, a few lines a minute', async (t) => {
  const journal = fakeJournal({ from: 'start' });
  const first = journal.problem();
  const child = await journal.started();
  child.complain(
    `Journal file /var/log/journal/1/system.journal is truncated, ignoring file.${'!'.repeat(5000)}`,
  );
  await journal.elapse(1000);
  const reason = await first;
  t.match(reason, /^journalctl: Journal file .* is truncated, ignoring file\.!+…$/);
  t.ok(reason.length < 400);
  const next = journal.problem();
  for (let round = 0; round < 10; round++) {
    for (let line = 0; line < 5; line++) child.complain(`round ${round} line ${line}`);
    await journal.elapse(1000);
  }
  const said = [await next];
  for (let count = 1; count < 7; count++) said.push(await journal.problem());
  t.match(said.at(-1), 'round 1 line 1');
  const later = journal.problem();
  journal.pass(60_000);
  child.complain('after a while');
  await journal.elapse(1000);
  t.equal(await later, '43 more problems like those before were not shown');
  t.equal(await journal.problem(), 'journalctl: after a while');
  await journal.stop();
});

t.test('one that has been silent for ten minutes is replaced', async (t) => {
  const journal = fakeJournal({ from: 'start' });
  const first = journal.text();
  const child = await journal.started();
  child.print(entry(1));
  await first;
  const second = journal.text();
  await journal.elapse(600_000);
  t.same(child.signals, [], 'it was not silent in these ten minutes');
  await journal.elapse(600_000);
  const next = await journal.started();
  t.same(child.signals, ['SIGTERM']);
  t.equal(cursorGiven(next), `--cursor=${cursorOf(1)}`);
  next.print(...entries(1, 2));
  t.equal(await second, lines(entry(2)), 'without a problem');
  await journal.stop();
});
