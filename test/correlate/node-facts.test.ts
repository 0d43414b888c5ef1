/** What is known of nodes does not grow with how often it is said. */
import t from 'tap';
import { createNodeFacts, newNodeFactsMemory } from '../../lib/correlate/node-facts.js';
import { type Change, createUndoLog } from '../../lib/correlate/undo.js';

t.test('facts that come by turns are kept as first and latest, as one alone is', async (t) => {
  const memory = newNodeFactsMemory();
  const facts = createNodeFacts(16, memory);
  for (let ms = 0; ms < 1000; ms += 10)
    for (const node of ['a', 'b']) {
      facts.runtimes.add({ node, ms, runtime: 'docker' });
      facts.runtimes.add({ node, ms: ms + 1, runtime: 'containerd' });
      facts.generations.add({ node, ms, generation: node === 'a' ? 'v1' : 'v2', basis: 'wording' });
    }
  t.equal(facts.dropped, 0);
  t.same(
    facts.runtimes.of('a').map(({ ms, runtime }) => [runtime, ms]),
    [
      ['docker', 0],
      ['containerd', 1],
      ['docker', 990],
      ['containerd', 991],
    ],
  );
  t.same(
    facts.generations.of('b').map(({ ms }) => ms),
    [0, 990],
  );
});

t.test('what changes and changes back is kept each time', async (t) => {
  const facts = createNodeFacts(16);
  for (const [ms, generation] of (['v1', 'v1', 'v1', 'v2', 'v1', 'v1', 'v1'] as const).entries())
    facts.generations.add({ node: 'a', ms, generation, basis: 'wording' });
  t.same(
    facts.generations.of('a').map(({ ms }) => ms),
    [0, 2, 3, 4, 6],
  );
});

t.test('a mark that took the place of another one gives it back', async (t) => {
  const memory = newNodeFactsMemory();
  const undo = createUndoLog();
  const facts = createNodeFacts(16, memory, undo);
  const add = (ms: number): void => {
    facts.runtimes.add({ node: 'a', ms, runtime: 'docker' });
    facts.runtimes.add({ node: 'a', ms, runtime: 'containerd' });
  };
  add(1);
  add(2);
  const before = structuredClone(memory);
  const changes: Change[] = [];
  undo.into(changes);
  add(3);
  t.same(
    facts.runtimes.of('a').map(({ ms }) => ms),
    [1, 1, 3, 3],
  );
  undo.takeBack(changes);
  t.same(memory, before);
  t.same(
    facts.runtimes.of('a').map(({ ms }) => ms),
    [1, 1, 2, 2],
  );
});
