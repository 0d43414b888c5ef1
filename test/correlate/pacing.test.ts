/** Looks that take long again and again are put further apart; one alone is not. */
import t from 'tap';
import { createPacing } from '../../lib/correlate/pacing.js';

t.test('the time between two looks', async (t) => {
  let now = 0;
  const pacing = createPacing(() => now);
  const after = (took: number, share = 4): number | null => {
    pacing.begin();
    now += took;
    const pause = pacing.end(share);
    now += pause ?? 0;
    return pause;
  };
  t.equal(pacing.end(4), null, 'nothing was looked at');
  t.equal(after(2), 20, 'never less than 20 ms');
  t.equal(after(80), 20, 'a long one among short ones is not waited for');
  t.equal(after(2), 20);
  t.equal(after(80), 20);
  t.equal(after(100), 240, 'of two long ones the shorter one counts');
  t.equal(after(100, 8), 700, 'while more waits to be read they take a smaller share');
  t.equal(after(2), 20, 'the storm is over');
  t.equal(pacing.end(4), null, 'each look is dealt with once');
});
