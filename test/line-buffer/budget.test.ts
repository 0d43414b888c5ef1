/** What a limit costs at worst, and which limit a budget allows. */
import t from 'tap';
import { limitThatFits, worstCase } from '../../bench/line-buffer/budget.js';

const MIB = 2 ** 20;
const node = { containers: 50, streams: 2, version: '1.6.20' } as const;

t.test('without a limit there is no bound, unless the longest line is known', async (t) => {
  t.equal(worstCase({ ...node, limitBytes: -1 }), null);
  t.equal(worstCase({ ...node, limitBytes: 0 }), null);
  const known = worstCase({ ...node, limitBytes: -1, lineBytes: 100 * MIB });
  t.ok((known?.heldBytes ?? 0) >= 100 * 100 * MIB);
  t.ok((known?.peakRssBytes ?? 0) > 3 * (known?.heldBytes ?? 0));
});

t.test('the default limit costs some 10 MiB on a node of 50 containers', async (t) => {
  const worst = worstCase({ ...node, limitBytes: 16_384 });
  t.ok((worst?.heldBytes ?? 0) >= 100 * 2 * 16_384);
  t.ok((worst?.heldBytes ?? 0) < 6 * MIB);
  t.ok((worst?.peakRssBytes ?? 0) < 16 * MIB);
});

t.test('a shorter line than the limit costs less than the worst', async (t) => {
  const worst = worstCase({ ...node, limitBytes: MIB });
  const short = worstCase({ ...node, limitBytes: MIB, lineBytes: 1000 });
  t.ok(Number(short?.peakRssBytes) < Number(worst?.peakRssBytes) / 10);
});

t.test('the limit that fits is within the budget, and twice that limit is not', async (t) => {
  for (const budgetBytes of [16 * MIB, 64 * MIB, 300 * MIB, 512 * MIB, 4096 * MIB]) {
    const { limitBytes, defaultFits, worst } = limitThatFits({ ...node, budgetBytes });
    if (limitBytes === null) throw new Error(`nothing fits into ${budgetBytes}`);
    t.ok(Number.isInteger(Math.log2(limitBytes)));
    t.ok(worst.peakRssBytes <= budgetBytes);
    const twice = worstCase({ ...node, limitBytes: 2 * limitBytes });
    t.ok(Number(twice?.peakRssBytes) > (budgetBytes * 15) / 16);
    t.equal(defaultFits, limitBytes >= 16_384);
  }
});

t.test('a budget for less than the default limit says so', async (t) => {
  const { limitBytes, defaultFits } = limitThatFits({ ...node, containers: 1000, budgetBytes: 80 * MIB });
  t.equal(defaultFits, false);
  t.ok(limitBytes === null || limitBytes < 16_384);
  const none = limitThatFits({ ...node, budgetBytes: MIB });
  t.equal(none.limitBytes, null);
  t.ok(none.worst.peakRssBytes > MIB);
});

t.test('a budget that is none is refused', async (t) => {
  for (const budgetBytes of [0, -1, Number.NaN])
    t.throws(() => limitThatFits({ ...node, budgetBytes }), { message: /budgetBytes: expected/ });
});
