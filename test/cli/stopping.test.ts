/** How a run is stopped: in time, and never without a word about what is missing. */
import t from 'tap';
import { createStopping, type Stage } from '../../lib/cli/stopping.js';
import { fakeIo } from './fake-io.js';

t.test('a signal stops the reading, a second one everything', async (t) => {
  const io = fakeIo();
  let now = 1_000;
  const stopping = createStopping(io, false, () => now);
  t.equal(stopping.signal.aborted, false);
  io.interrupt();
  await stopping.stopped;
  t.equal(stopping.signal.aborted, true);
  now += 50;
  io.interrupt();
  t.same(io.exits, [], 'the same one, passed on by npm');
  now += 1_000;
  io.interrupt('SIGHUP');
  t.same(io.exits, [], 'a terminal that is closed tells it more than once');
  io.interrupt();
  t.same(io.exits, [130]);
  stopping.done();
  t.equal(io.listening(), 0);
});

t.test('so does a reader that goes away', async (t) => {
  const io = fakeIo();
  const stopping = createStopping(io, true);
  io.breakStdout();
  t.equal(stopping.signal.aborted, true);
  io.tick();
  t.same(io.exits, [], 'and nobody is about to kill it');
});

t.test('a service that is not done in time says what is missing', async (t) => {
  const cases: [Stage, RegExp][] = [
    ['reading', /no time for a report/],
    ['closing', /the file of --output may not have the whole report/],
    ['flushing', /nobody reads standard output/],
  ];
  for (const [stage, words] of cases) {
    const io = fakeIo();
    let now = 0;
    const stopping = createStopping(io, true, () => now);
    stopping.enter(stage);
    io.interrupt();
    t.equal(io.err(), '');
    now = 2_000;
    io.tick();
    t.match(io.err(), words);
    t.match(io.err(), /^analyze: ended 2 s after the signal: .*\n$/);
    t.same(io.exits, [70]);
  }
});

t.test('on a busy machine saving that begins late has half a second nevertheless, and no more', async (t) => {
  const io = fakeIo();
  let now = 0;
  const stopping = createStopping(io, true, () => now);
  io.interrupt();
  now = 1_800;
  stopping.enter('saving');
  now = 2_000;
  io.tick();
  t.same(io.exits, []);
  t.equal(io.listening(), 2, 'the signal and one timer');
  now = 2_300;
  // What is saved last.
  stopping.enter('saving');
  io.tick();
  t.same(io.exits, []);
  t.equal(io.listening(), 2);
  now = 2_500;
  io.tick();
  t.match(
    io.err(),
    /^analyze: ended 2.5 s after the signal: the state is not saved, and the report may not be whole/,
  );
  t.same(io.exits, [70]);
  stopping.done();
  t.equal(io.listening(), 0);
});

t.test('what comes after the state is saved has no time of its own', async (t) => {
  const io = fakeIo();
  let now = 0;
  const stopping = createStopping(io, true, () => now);
  io.interrupt();
  now = 2_400;
  stopping.enter('flushing');
  io.tick();
  t.match(io.err(), /^analyze: ended 2.4 s after the signal: .*nobody reads standard output/);
  t.same(io.exits, [70]);
});
