/** How far sources have been read, and which of them the others wait for. */
import t from 'tap';
import { createProgress } from '../../lib/analysis/progress.js';

const INFINITE = Number.POSITIVE_INFINITY;

t.test('only who holds more is waited for, up to its time', async (t) => {
  const progress = createProgress();
  t.equal(progress.isBehind, false);
  t.equal(progress.reachedMs, INFINITE);
  progress.reached('idle', 1_000);
  progress.read('idle', false);
  progress.read('one', true);
  progress.reached('one', 5_000);
  progress.read('two', true);
  progress.reached('two', 4_000);
  t.equal(progress.isBehind, true);
  t.equal(progress.reachedMs, 4_000);
  t.equal(progress.of('idle'), 1_000);
  t.equal(progress.of('unknown'), null);
  progress.read('two', false);
  t.equal(progress.reachedMs, 5_000);
  progress.ended('one');
  t.equal(progress.isBehind, false);
  t.equal(progress.of('one'), null);
});

t.test('a source whose time is not known yet is waited for; one without any times is not', async (t) => {
  const progress = createProgress();
  progress.read('plain', true);
  progress.read('dated', true);
  progress.reached('dated', 4_000);
  t.equal(progress.reachedMs, Number.NEGATIVE_INFINITY);
  for (let second = 0; second < 2; second++) {
    progress.tick();
    progress.read('plain', true);
    progress.read('dated', true);
  }
  t.equal(progress.reachedMs, 4_000);
  progress.read('dated', false);
  t.equal(progress.reachedMs, INFINITE);
  t.equal(progress.isBehind, true);
});

t.test('a source that has given nothing for a second does not hold up the others', async (t) => {
  const progress = createProgress();
  progress.read('hangs', true);
  progress.reached('hangs', 5_000);
  progress.read('runs', true);
  progress.reached('runs', 7_000);
  progress.tick();
  t.equal(progress.reachedMs, 5_000);
  progress.read('runs', true);
  progress.tick();
  t.equal(progress.reachedMs, 7_000);
  t.equal(progress.isBehind, true);
  progress.tick();
  t.equal(progress.isBehind, false);
  progress.read('hangs', true);
  t.equal(progress.reachedMs, 5_000);
});
