import { once } from 'node:events';
import t from 'tap';
import { followJournal } from '../../lib/ingest/journal/index.js';
import { entries, entry, FakeProcess, fakeJournal, lines } from './fake-journalctl.js';

t.test('an abort ends journalctl and the pieces; what was not given out is not', async (t) => {
  const journal = fakeJournal({ from: 'start' });
  const first = journal.text();
  const child = await journal.started();
  child.print(entry(1));
  t.equal(await first, lines(entry(1)));
  const read = once(child.stdout, 'data');
  child.print(...entries(2, 5));
  await read;
  journal.abort.abort();
  t.same(await journal.pieces.next(), { done: true, value: undefined });
  t.same(child.signals, ['SIGTERM']);
  t.ok(child.stdout.destroyed && child.stderr.destroyed);
});

t.test('one that does not obey is killed after half a second', async (t) => {
  const journal = fakeJournal({ from: 'start' });
  const next = journal.pieces.next();
  const child = await journal.started();
  child.obedient = false;
  journal.abort.abort();
  await journal.elapse(500);
  t.match(await next, { done: true });
  t.same(child.signals, ['SIGTERM', 'SIGKILL']);
});

t.test('one that not even SIGKILL ends is left alone after another half', async (t) => {
  const journal = fakeJournal({ from: 'start' });
  const next = journal.pieces.next();
  const child = await journal.started();
  child.kill = () => true;
  journal.abort.abort();
  await journal.elapse(500);
  await journal.elapse(500);
  t.match(await next, { done: true });
});

t.test('it can be stopped while it waits to start again, and before it has started', async (t) => {
  const journal = fakeJournal({ from: 'start' });
  const problem = journal.problem();
  (await journal.started()).end(1);
  await problem;
  const next = journal.pieces.next();
  journal.abort.abort();
  t.match(await next, { done: true });

  const early = fakeJournal({ signal: AbortSignal.abort() });
  t.match(await early.pieces.next(), { done: true });
});

t.test('it can be stopped while the reader is not ready, whatever becomes of that', async (t) => {
  const journal = fakeJournal({ from: 'start', ready: () => new Promise(() => {}) });
  const next = journal.pieces.next();
  const child = await journal.started();
  const read = once(child.stdout, 'data');
  child.print(entry(1));
  await read;
  journal.abort.abort();
  t.match(await next, { done: true });
});

t.test('to leave the loop ends journalctl', async (t) => {
  const journal = fakeJournal({ from: 'start' });
  const loop = (async () => {
    for await (const piece of journal.pieces) if (piece.kind === 'bytes') break;
  })();
  const child = await journal.started();
  child.print(entry(1));
  await loop;
  t.same(child.signals, ['SIGTERM']);
});

t.test('to unsubscribe ends journalctl, and an abort completes', async (t) => {
  for (const how of ['unsubscribe', 'abort'] as const) {
    const abort = new AbortController();
    let started = (_: FakeProcess) => {};
    const child = new Promise<FakeProcess>((resolve) => {
      started = resolve;
    });
    const spawn = (_: string, args: readonly string[]) => {
      const process = new FakeProcess(args);
      started(process);
      return process;
    };
    let piece = (_: string) => {};
    let completed = () => {};
    const text = new Promise<string>((resolve) => {
      piece = resolve;
    });
    const completion = new Promise<void>((resolve) => {
      completed = resolve;
    });
    const subscription = followJournal({ from: 'start', spawn, signal: abort.signal }).subscribe({
      next: (one) => one.kind === 'bytes' && piece(Buffer.from(one.chunk).toString()),
      complete: completed,
    });
    const process = await child;
    process.print(entry(1));
    t.equal(await text, lines(entry(1)));
    const closed = new Promise((resolve) => process.once('close', resolve));
    if (how === 'unsubscribe') subscription.unsubscribe();
    else {
      abort.abort();
      await completion;
    }
    await closed;
    t.same(process.signals, ['SIGTERM']);
  }
});
