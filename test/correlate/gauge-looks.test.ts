import t from 'tap';
import {
  growthOf,
  largestOf,
  looksAt,
  neverFalls,
  risesThroughout,
} from '../../lib/correlate/gauge-looks.js';
import { runsOf } from '../../lib/correlate/gauge-runs.js';
import { createNodeFacts, type GaugeMark } from '../../lib/correlate/node-facts.js';

const NAME = { product: 'containerd', name: 'heap-bytes' };
const proof = {
  at: null,
  source: 'm',
  line: 1,
  text: '',
  pattern: 'evidence.gauges',
  component: 'containerd',
};

type Look = Pick<GaugeMark, 'value'> & Partial<Pick<GaugeMark, 'ms' | 'life' | 'proof' | 'node' | 'name'>>;

function looksOf(given: readonly Look[]): readonly GaugeMark[] {
  return given.map((look) => ({ ...NAME, node: '', ms: Number.POSITIVE_INFINITY, of: null, proof, ...look }));
}

function looks(...given: readonly Look[]): readonly GaugeMark[] {
  const facts = createNodeFacts(1024);
  for (const look of given)
    facts.gauges.add({ ...NAME, node: '', ms: Number.POSITIVE_INFINITY, of: null, proof, ...look });
  facts.gauges.add({ ...NAME, name: 'fds', node: '', ms: 0, of: null, value: 99, proof });
  return looksAt(facts, '', NAME);
}
const values = (...given: readonly Look[]): readonly number[] => looks(...given).map(({ value }) => value);
const life = (startedMs: number | null, progress: number) => ({ startedMs, progress });

t.test('looks with a time are in its order', async (t) => {
  t.same(values({ ms: 3, value: 30 }, { ms: 1, value: 10 }, { ms: 2, value: 20 }), [10, 20, 30]);
});

t.test('looks without a time keep their order', async (t) => {
  t.same(values({ value: 30 }, { value: 10 }), [30, 10]);
});

t.test('the run of the process orders what states no time', async (t) => {
  t.same(
    values(
      { value: 30, life: life(1e12, 9) },
      { value: 10, life: life(1e12, 2) },
      { value: 20, life: life(1e12 + 900, 5) },
    ),
    [10, 20, 30],
  );
});

t.test('only the latest run of the process counts', async (t) => {
  t.same(
    values(
      { value: 900, life: life(1e12, 50) },
      { value: 10, life: life(1e12 + 60_000, 1) },
      { value: 800, life: life(1e12, 40) },
    ),
    [10],
  );
});

const held = (source: string, value: number, of: GaugeMark['life'], node = ''): Look => ({
  value,
  node,
  name: 'log-bytes-held',
  ...(of !== undefined && { life: of }),
  proof: { ...proof, source },
});

t.test(
  'two starts in two texts without a host are two processes: the one that shows most is told',
  async (t) => {
    const marks = [held('a', 3e9, life(1e12, 900)), held('b', 5, life(2e12, 9)), held('c', 0, life(3e12, 9))];
    for (const given of [marks, marks.toReversed()])
      t.same(
        runsOf(looksOf(given)).map(({ holds }) => holds),
        [3e9, 5, 0],
      );
    const ofHost = marks.map((mark) => ({ ...mark, node: 'n1' }));
    t.same(
      runsOf(looksOf(ofHost)).map(({ holds }) => holds),
      [0],
      'one host: the daemon was started again',
    );
  },
);

t.test('nodes that were started at one time are told apart by counters that fall', async (t) => {
  const read = (source: string, value: number, progress: number): Look => ({
    ...held(source, value, life(1e12, progress)),
    name: 'log-bytes-in',
  });
  const marks = [
    read('a', 3e9, 1),
    held('a', 3e9, life(1e12, 1)),
    read('b', 5, 2),
    held('b', 0, life(1e12, 2)),
  ];
  t.same(
    runsOf(looksOf(marks)).map(({ holds }) => holds),
    [3e9, 0],
  );
});

t.test('without a start texts are not compared, and a counter that falls began again', async (t) => {
  const read = (source: string, value: number, line: number): Look => ({
    name: 'log-bytes-in',
    value,
    life: life(null, value),
    proof: { ...proof, source, line },
  });
  const runs = (...given: readonly Look[]) =>
    runsOf(looksOf(given)).map((run) => run.looks.map(({ value }) => value));
  t.same(runs(read('g2', 20, 1), read('g1', 10, 1), read('g10', 30, 1)).length, 3);
  t.same(runs(read('a', 20, 2), read('a', 10, 1), read('a', 30, 3)), [[10, 20, 30]]);
  t.same(runs(read('a', 20, 1), read('a', 10, 2), read('a', 30, 3)), [[20], [10, 30]]);
});

t.test('one look in two documents is one', async (t) => {
  t.same(values({ value: 5, life: life(1e12, 1) }, { value: 5, life: life(1e12, 1) }), [5]);
  t.same(values({ value: 5 }, { value: 5 }), [5, 5], 'two that state nothing may be two');
});

t.test('growth needs two looks, and rising each of them', async (t) => {
  t.equal(growthOf(looks()), null);
  t.equal(growthOf(looks({ value: 5 })), null);
  t.equal(growthOf(looks({ ms: 1, value: 5 }, { ms: 2, value: 3 })), -2);
  t.equal(risesThroughout(looks({ value: 5 })), false);
  t.equal(risesThroughout(looks({ ms: 1, value: 1 }, { ms: 2, value: 1 }, { ms: 3, value: 5 })), false);
  t.equal(risesThroughout(looks({ ms: 1, value: 1 }, { ms: 2, value: 2 }, { ms: 3, value: 5 })), true);
  t.equal(largestOf(looks({ value: 5 }, { value: 9 }, { value: 7 }))?.value, 9);
});

t.test('it never falls where it stands still, or goes back by a trifle of its growth', async (t) => {
  const falls = (...given: readonly number[]) =>
    !neverFalls(looks(...given.map((value, ms) => ({ ms, value }))));
  t.notOk(falls(0, 0, 50, 100, 100));
  t.notOk(falls(-7, 100, 98, 200));
  t.ok(falls(0, 100, 50, 200));
  t.ok(falls(100, 50), 'it shrank');
  t.ok(falls(5), 'one look');
  t.ok(falls(5, 5), 'no growth');
});
