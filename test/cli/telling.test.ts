/** In which order things are said and remembered: nothing before it is safe, and nothing held back by a sick disk. */
import { mock } from 'node:test';
import t from 'tap';
import { createTelling, type TellingOptions } from '../../lib/cli/telling.js';
import { fakeIo } from './fake-io.js';

const never = new Promise<void>(() => undefined);

function update(word: string) {
  return { text: `${word}\n`, lines: `{"${word}":1}\n` };
}

/** All that is due now has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

interface Save {
  /** Lines that the state counts as told. */
  readonly take: () => string;
  readonly safe: () => void;
  readonly end: (saved: boolean) => void;
}

/** Telling with a disk that does what the test says. */
function telling(options: Partial<TellingOptions> = {}) {
  const io = fakeIo();
  const saves: Save[] = [];
  const written: string[] = [];
  const telling = createTelling({
    stdout: io.stdout,
    file: { write: (text) => written.push(text), drained: () => undefined },
    commit: (take, safe) => new Promise((end) => saves.push({ take, safe, end })),
    stopped: never,
    ...options,
  });
  return { telling, saves, written, out: io.out, io };
}

function last(saves: readonly Save[]): Save {
  const save = saves.at(-1);
  if (save === undefined) throw new Error('nothing is being saved');
  return save;
}

t.test('without a state everything is said at once', async (t) => {
  const { telling: to, out, written } = telling({ commit: null });
  to.tell(update('one'));
  t.equal(out(), 'one\n');
  t.same(written, ['{"one":1}\n']);
  await to.commit();
  t.equal(out(), 'one\n');
});

t.test('with a state nothing is said before it is safe', async (t) => {
  const { telling: to, out, written, saves } = telling();
  to.tell(update('one'));
  to.tell(update('two'));
  await settled();
  t.equal(saves.length, 1);
  t.equal(out(), '');
  t.equal(last(saves).take(), '{"one":1}\n{"two":1}\n', 'the state counts both');
  await settled();
  t.equal(out(), '');
  last(saves).safe();
  t.equal(out(), 'one\ntwo\n', 'in the moment in which it is safe');
  t.same(written, ['{"one":1}\n', '{"two":1}\n']);
  last(saves).end(true);
  await settled();
  t.equal(out(), 'one\ntwo\n', 'and once');
  t.equal(saves.length, 1);
});

t.test(
  'what is written down beside the state is told at once; where it cannot be, it waits for the state',
  async (t) => {
    const { telling: to, out, written, saves } = telling();
    const noted: string[] = [];
    let isFull = false;
    const noting = (word: string) => ({
      ...update(word),
      note: () => {
        t.notOk(out().includes(word), 'before it is told');
        if (!isFull) noted.push(word);
        return !isFull;
      },
    });
    to.tell(noting('one'));
    t.equal(out(), 'one\n');
    t.same(written, ['{"one":1}\n']);
    t.equal(saves.length, 0);
    isFull = true;
    to.tell(noting('two'));
    isFull = false;
    to.tell(noting('three'));
    t.equal(out(), 'one\n', 'nothing overtakes what waits');
    await settled();
    t.equal(last(saves).take(), '{"two":1}\n{"three":1}\n');
    last(saves).safe();
    t.equal(out(), 'one\ntwo\nthree\n');
    t.same(noted, ['one']);
    last(saves).end(true);
    await settled();
  },
);

t.test('what comes while a state is written waits for the next one', async (t) => {
  const { telling: to, out, saves } = telling();
  to.tell(update('one'));
  await settled();
  last(saves).take();
  to.tell(update('two'));
  last(saves).end(true);
  await settled();
  t.equal(out(), 'one\n');
  t.equal(saves.length, 2);
  t.equal(last(saves).take(), '{"two":1}\n');
  last(saves).end(true);
  await settled();
  t.equal(out(), 'one\ntwo\n');
});

t.test('a state that cannot be saved does not hold the news back', async (t) => {
  const { telling: to, out, saves } = telling();
  to.tell(update('one'));
  await settled();
  last(saves).end(false);
  await settled();
  t.equal(out(), 'one\n', 'though the state was not even asked for');
  to.tell(update('two'));
  await settled();
  last(saves).take();
  to.tell(update('three'));
  last(saves).end(false);
  await settled();
  t.equal(out(), 'one\ntwo\nthree\n', 'in order');
});

t.test('nor does a disk that hangs: a second, and no longer, for as long as it hangs', async (t) => {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const { telling: to, out, saves } = telling();
  to.tell(update('one'));
  await settled();
  mock.timers.tick(999);
  t.equal(out(), '');
  mock.timers.tick(1);
  t.equal(out(), 'one\n');
  to.tell(update('two'));
  mock.timers.tick(1_000);
  t.equal(out(), 'one\ntwo\n', 'what came while it hung');
  to.tell(update('three'));
  t.equal(last(saves).take(), '{"three":1}\n', 'a state of then counts only what was not said yet');
  last(saves).end(true);
  await settled();
  t.equal(out(), 'one\ntwo\nthree\n');
  t.equal(saves.length, 1, 'one at a time');
});

t.test('between two saves a large state is given time', async (t) => {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  t.teardown(() => mock.timers.reset());
  let stop = (): void => undefined;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const { telling: to, saves } = telling({ pauseMs: () => 400, stopped });
  to.tell(update('one'));
  await settled();
  last(saves).end(true);
  await settled();
  to.tell(update('two'));
  await settled();
  t.equal(saves.length, 1);
  mock.timers.tick(400);
  await settled();
  t.equal(saves.length, 2);
  last(saves).end(true);
  await settled();
  to.tell(update('three'));
  stop();
  await settled();
  t.equal(saves.length, 3, 'but not at the end');
});

t.test('a commit saves though there is nothing to tell, and not what was taken before', async (t) => {
  const { telling: to, saves, out } = telling();
  let committed = false;
  to.tell(update('one'));
  await settled();
  last(saves).take();
  const commit = to.commit().then(() => {
    committed = true;
  });
  last(saves).end(true);
  await settled();
  t.equal(saves.length, 2, 'another one, of now');
  t.equal(committed, false);
  t.equal(last(saves).take(), '');
  last(saves).end(true);
  await commit;
  t.equal(out(), 'one\n');
});

t.test('reading waits for a slow reader, a slow file, and too many news for a slow disk', async (t) => {
  const full = fakeIo();
  let drain = (): void => undefined;
  const drained = new Promise<void>((resolve) => {
    drain = resolve;
  });
  let isFull = true;
  const busy = { write: () => undefined, drained: () => (isFull ? drained : undefined) };
  for (const options of [{ stdout: { ...full.stdout, drained: busy.drained } }, { file: busy }]) {
    isFull = true;
    const { telling: to } = telling({ commit: null, ...options });
    const ready = to.ready();
    t.type(ready, Promise);
    const first = await Promise.race([ready?.then(() => 'ready'), settled().then(() => 'waiting')]);
    t.equal(first, 'waiting');
    isFull = false;
    t.equal(to.ready(), undefined);
  }
  isFull = true;
  const waiting = telling({ commit: null, file: busy }).telling.ready();
  drain();
  await waiting;

  const { telling: to, saves } = telling();
  for (let i = 0; i < 1_000; i++) to.tell(update(`news-${i}`));
  t.equal(to.ready(), undefined);
  to.tell(update('one more'));
  let isReady = false;
  to.ready()?.then(() => {
    isReady = true;
  });
  await settled();
  t.equal(isReady, false);
  last(saves).take();
  last(saves).end(true);
  await settled();
  t.equal(isReady, true);
});

t.test('when reading is to stop nobody is waited for', async (t) => {
  let stop = (): void => undefined;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const file = { write: () => undefined, drained: () => never };
  const { telling: to } = telling({ commit: null, file, stopped });
  const ready = to.ready();
  t.type(ready, Promise);
  stop();
  await ready;
});

t.test('at the end what waits is saved and told, and nothing that comes later', async (t) => {
  const { telling: to, saves, out, written } = telling();
  to.tell(update('one'));
  await settled();
  last(saves).take();
  to.tell(update('two'));
  let isOver = false;
  const over = to.end().then(() => {
    isOver = true;
  });
  to.tell(update('three'));
  last(saves).safe();
  last(saves).end(true);
  await settled();
  t.equal(saves.length, 2, 'one of the end');
  t.equal(last(saves).take(), '{"two":1}\n');
  t.equal(out(), 'one\n');
  t.equal(isOver, false);
  last(saves).safe();
  last(saves).end(true);
  await over;
  await to.commit();
  t.equal(out(), 'one\ntwo\n');
  t.same(written, ['{"one":1}\n', '{"two":1}\n']);
  t.equal(saves.length, 2, 'what is saved last is not its business');
});

t.test('at the end a disk that hangs is waited for half a second', async (t) => {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const { telling: to, saves, out } = telling();
  to.tell(update('one'));
  await settled();
  const over = to.end();
  mock.timers.tick(499);
  await settled();
  t.equal(out(), '');
  mock.timers.tick(1);
  await over;
  t.equal(out(), 'one\n', 'it is told before the report nevertheless');
  t.equal(last(saves).take(), '', 'and once');
  last(saves).end(true);
  await settled();
  t.equal(out(), 'one\n');
});

t.test('a save that throws leaves no timer behind', async (t) => {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const ended = mock.method(globalThis, 'clearInterval');
  t.teardown(() => ended.mock.restore());
  const { telling: to } = telling({ commit: () => Promise.reject(new Error('of the state')) });
  await t.rejects(to.commit(), /of the state/);
  t.equal(ended.mock.callCount(), 1);
});
