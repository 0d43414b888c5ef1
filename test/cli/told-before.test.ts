/** What was told after the last save is not told again, and what is new is never held back. */
import t from 'tap';
import { createToldBefore } from '../../lib/cli/told-before.js';
import { incident } from './fake-pipeline.js';

type Standing = readonly [id: string, state: 'open' | 'resolved', certainty: 'likely' | 'confirmed'];

function line([id, state, certainty]: Standing): string {
  return JSON.stringify(incident({ id, state, certainty }));
}

/** Which of these updates are told, after those that an earlier run told. */
function told(before: readonly string[], now: readonly Standing[]): readonly Standing[] {
  const known = createToldBefore();
  for (const each of before) known.learnLine(each);
  return now.filter(([id, state, certainty]) => !known.has({ id, state, certainty }));
}

const LIKELY: Standing = ['a', 'open', 'likely'];
const CONFIRMED: Standing = ['a', 'open', 'confirmed'];
const RESOLVED: Standing = ['a', 'resolved', 'confirmed'];

t.test('the same news again', async (t) => {
  t.same(told([LIKELY, CONFIRMED].map(line), [LIKELY, CONFIRMED, RESOLVED]), [RESOLVED]);
  t.same(told([], [LIKELY]), [LIKELY]);
});

t.test('once it stands as it was told last, everything is news', async (t) => {
  t.same(told([LIKELY].map(line), [LIKELY, RESOLVED, LIKELY]), [RESOLVED, LIKELY]);
});

t.test('where lines are read again at once, steps between are left out', async (t) => {
  t.same(told([LIKELY, CONFIRMED].map(line), [CONFIRMED, RESOLVED]), [RESOLVED]);
});

t.test('another course than before is news, and all that follows', async (t) => {
  t.same(told([LIKELY, CONFIRMED].map(line), [RESOLVED, LIKELY]), [RESOLVED, LIKELY]);
});

t.test('what ended in the meantime does not open again on another way there', async (t) => {
  t.same(told([LIKELY, RESOLVED].map(line), [CONFIRMED, RESOLVED]), []);
  t.same(told([CONFIRMED].map(line), [LIKELY, CONFIRMED, RESOLVED]), [RESOLVED]);
});

t.test('what stays open a minute after the start is open', async (t) => {
  let nowMs = 0;
  const known = createToldBefore(() => nowMs);
  for (const [id, state, certainty] of [LIKELY, RESOLVED]) known.learn({ id, state, certainty });
  const confirmed = { id: 'a', state: 'open', certainty: 'confirmed' };
  t.ok(known.has(confirmed));
  t.ok(known.isBehind(confirmed));
  nowMs = 60_000;
  t.notOk(known.has(confirmed));
  t.notOk(known.isBehind(confirmed), 'and its end will be news');
});

t.test('incidents do not speak for each other; other lines say nothing', async (t) => {
  const others = ['', '{"type":"inci', 'null', '7', '{"type":"summary"}', '{"type":"incident","id":7}'];
  const other: Standing = ['b', 'open', 'likely'];
  t.same(told([...others, line(LIKELY)], [other, LIKELY]), [other]);
});

t.test('a state that is saved meanwhile knows what has not come again', async (t) => {
  const known = createToldBefore();
  for (const [id, state, certainty] of [LIKELY, CONFIRMED]) known.learn({ id, state, certainty });
  known.learn({ id: 'b', state: 'open', certainty: 'likely' });
  t.ok(known.has({ id: 'b', state: 'open', certainty: 'likely' }));
  t.same(known.pending(), [
    { id: 'a', state: 'open', certainty: 'likely' },
    { id: 'a', state: 'open', certainty: 'confirmed' },
  ]);
});
