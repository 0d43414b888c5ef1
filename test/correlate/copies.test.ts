/** A line that comes twice counts once. */
import t from 'tap';
import { createCopies } from '../../lib/correlate/copies.js';
import type { TimedEvent } from '../../lib/correlate/types.js';
import type { Captures } from '../../lib/match/types.js';

interface Line {
  readonly ms?: number;
  readonly nanos?: number;
  readonly digits?: number;
  readonly node?: string;
  readonly pattern?: string;
  readonly captures?: Captures;
  readonly text?: string;
}

function line({
  ms = 1e12,
  nanos = 5,
  digits = 9,
  node = 'n',
  pattern = 'p',
  captures = {},
  text = '',
}: Line) {
  const event = { captures, pattern: { id: pattern }, record: { text } };
  return { at: { ms, nanos, digits }, node, event } as unknown as TimedEvent;
}

t.test('of lines of one instant those that say the same on the same node are copies', async (t) => {
  const isCopy = createCopies();
  const id = 'a'.repeat(64);
  t.notOk(isCopy(line({ captures: { container: id } })));
  t.ok(isCopy(line({ captures: { container: id } })));
  t.ok(isCopy(line({ captures: { container: id }, node: '' })), 'a copy that names no host');
  t.notOk(isCopy(line({ captures: { container: id }, node: 'other' })));
  t.notOk(isCopy(line({ captures: { container: 'b' } })));
  t.notOk(isCopy(line({ captures: { container: id, grace: '10' } })));
  t.notOk(isCopy(line({ captures: { container: id }, pattern: 'q' })));
  t.notOk(isCopy(line({ captures: { container: id }, nanos: 6 })));
  t.notOk(isCopy(line({ captures: { container: id }, ms: 2e12 })), 'eleven days and more later');
  t.ok(isCopy(line({ captures: { container: id }, node: 'other' })));
});

t.test('copies of long lines are known, too', async (t) => {
  const isCopy = createCopies();
  const long = { captures: { container: 'c', error: 'x'.repeat(9_000) }, text: 'x'.repeat(10_000) };
  t.notOk(isCopy(line(long)));
  t.ok(isCopy(line(long)));
  t.notOk(isCopy(line({ ...long, captures: { ...long.captures, error: 'y' } })));
});

t.test('coarse times prove nothing, and old lines are forgotten', async (t) => {
  const isCopy = createCopies();
  t.notOk(isCopy(line({ digits: 3 })));
  t.notOk(isCopy(line({ digits: 3 })));
  t.notOk(isCopy(line({})));
  for (let nanos = 100; nanos < 400; nanos++) t.notOk(isCopy(line({ nanos })));
  t.notOk(isCopy(line({})));
});
