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
  t.equal(after(80), 240, 'of three the middle one counts');
  t.equal(after(2), 20, 'the storm is over');
  t.equal(pacing.end(4), null, 'each look is dealt with once');
});

t.test('the share of the time that looks take', async (t) => {
  const sequences: Readonly<Record<string, (at: number) => number>> = {
    'all of them long': () => 400,
    'a long one and a short one by turns': (at) => (at % 2 === 0 ? 400 : 1),
    'longer and longer': (at) => 10 + at / 10,
  };
  for (const [name, tookAt] of Object.entries(sequences))
    for (const share of [4, 8]) {
      let now = 0;
      let looking = 0;
      const pacing = createPacing(() => now);
      for (let at = 0; at < 1000; at++) {
        pacing.begin();
        now += tookAt(at);
        looking += tookAt(at);
        now += pacing.end(share) ?? 0;
      }
      t.ok(looking / now < 1.1 / share, `${name}: ${Math.round((100 * looking) / now)} % of 1/${share}`);
    }
});
