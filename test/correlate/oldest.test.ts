import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { createOldest } from '../../lib/correlate/oldest.js';
import { createSubjectIndex } from '../../lib/correlate/subject-index.js';

t.test('the first are given one after the other, whatever was moved to the end meanwhile', async (t) => {
  const entries = new Set<number>([1, 2, 3, 4]);
  const oldest = createOldest(() => entries.values());
  const drop = (): number | undefined => {
    const first = oldest.next();
    entries.delete(first as number);
    return first;
  };
  t.equal(drop(), 1);
  for (let i = 0; i < 5000; i++) {
    entries.delete(2);
    entries.add(2);
    oldest.moved();
  }
  t.equal(drop(), 3);
  t.equal(drop(), 4);
  t.equal(drop(), 2);
  t.equal(drop(), undefined);
});

t.test('containers that are spoken of again and again take no more room than before', async (t) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const index = createSubjectIndex<{ key: string; id: string }>({
    cap: 500,
    make: (id) => ({ key: id.slice(0, 12), id }),
    onLengthen() {},
    onEvict() {},
  });
  const ids = Array.from({ length: 500 }, (_, i) => i.toString(16).padStart(12, '0'));
  const speak = (times: number): void => {
    for (let i = 0; i < times; i++) for (const id of ids) index.findOrMake(id);
  };
  // One more than there is room for, so that one was dropped.
  index.findOrMake('f'.repeat(12));
  speak(10);
  collect();
  const before = process.memoryUsage().heapUsed;
  speak(400);
  collect();
  const grown = process.memoryUsage().heapUsed - before;
  t.ok(grown < 1_000_000, `${grown} bytes more`);
  t.equal(index.size, 500);
});
