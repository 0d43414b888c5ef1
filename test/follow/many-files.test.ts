/** What thousands of followed files cost: a few calls each when they are met, nothing as long as they are idle. */
import t from 'tap';
import type { Group } from '../../lib/ingest/follow/group.js';
import { newTail, type Tail } from '../../lib/ingest/follow/tail.js';
import { createTurns } from '../../lib/ingest/follow/turns.js';
import { faulty } from './faulty-fs.js';
import { followedDirectory, line } from './followed-directory.js';

t.test('meeting a file takes a dozen calls, and fewer in a later run', async (t) => {
  const FILES = 40;
  const { run, write } = followedDirectory(t);
  const { calls, fs } = faulty();
  for (let number = 0; number < FILES; number++) write(`app-${number}.log`, line(`${number}`));
  const perFile = (): number => [...calls.values()].reduce((sum, count) => sum + count, 0) / FILES;
  const first = run(['*.log'], { fs });
  await first.look();
  t.ok(perFile() <= 12, `${perFile()} calls for each`);
  const kept = first.consumer.save();
  await first.follower.close();
  calls.clear();
  await run(['*.log'], { fs }, kept).look();
  t.ok(perFile() <= 10, `${perFile()} calls for each, later`);
});

t.test('a text without news is asked once, not at every turn', (t) => {
  let asked = 0;
  const told = new Set<Tail>();
  const group = { tails: [] } as unknown as Group;
  const tail = newTail({
    key: 'a',
    name: 'a',
    target: null,
    group,
    identity: { dev: '1', ino: '1', born: null },
    head: { at: 0, bytes: new Uint8Array(0) },
    offset: 0,
    before: new Uint8Array(0),
    source: { name: 'a' } as Tail['source'],
    hungry: false,
    told: false,
  });
  Object.defineProperty(tail, 'due', {
    get() {
      asked += 1;
      return false;
    },
  });
  told.add(tail);
  const turns = createTurns({ ready: { told, untold: new Set() } }, undefined);
  for (let turn = 0; turn < 10; turn++) t.equal(turns.next(), null);
  t.ok(asked <= 2, `asked ${asked} times`);
  t.end();
});
