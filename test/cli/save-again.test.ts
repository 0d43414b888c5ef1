/** When a service saves its state: again soon after a save that failed, and rarely where nothing asks for it. */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { newRunMemory } from '../../lib/analysis/memory.js';
import { nodeStateFs } from '../../lib/checkpoint/state-fs.js';
import { openService } from '../../lib/cli/service.js';

/** Looks of `analyze` for what is to be saved, ms. */
const LOOKS_MS = 1_000;

async function service(t: Test) {
  const said: string[] = [];
  let nowMs = 1_000_000;
  let isFull = false;
  let saves = 0;
  const full = (): never => {
    throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
  };
  const state = join(t.testdir(), 'state');
  const opened = await openService(
    { files: [], journal: null, from: 'end', state, output: null },
    (text) => said.push(text),
    {
      now: () => nowMs,
      fs: {
        ...nodeStateFs,
        renameSync(from, to) {
          if (isFull) full();
          saves += 1;
          nodeStateFs.renameSync(from, to);
        },
      },
    },
  );
  t.teardown(() => opened.close());
  const run = () => ({ sources: [], memory: newRunMemory() });
  return {
    said,
    saves: () => saves,
    freeze: () => opened.freeze(run()),
    saveLast: () => opened.saveLast(),
    isDue: (bytes: number) => opened.isSaveDue(bytes),
    save: () =>
      opened.save?.(
        run,
        () => '',
        () => {},
      ),
    fill(isNow: boolean) {
      isFull = isNow;
    },
    pass(ms: number) {
      nowMs += ms;
    },
  };
}

t.test('one that failed is tried again within 5 s, though nothing was read since', async (t) => {
  const { fill, isDue, pass, said, save } = await service(t);
  t.ok(isDue(10));
  t.equal(await save(), true);
  fill(true);
  t.equal(await save(), false);
  t.match(said, [/the state could not be saved.*the disk is full/]);
  t.notOk(isDue(10), 'not at once');
  let waitedMs = 0;
  while (!isDue(10)) {
    pass(LOOKS_MS);
    waitedMs += LOOKS_MS;
  }
  t.equal(waitedMs, 4_000, 'so that a look every five seconds finds it due');
  t.equal(await save(), false);
  t.equal(said.length, 1, 'told once');
  t.notOk(isDue(10), 'and counted from the last try');
  pass(4_000);
  t.ok(isDue(10));
  fill(false);
  t.equal(await save(), true);
  t.match(said[1], /is saved again; nothing was lost/);
  pass(4_000);
  t.notOk(isDue(10), 'there is nothing new in it');
});

t.test('where nothing was read it is saved once a minute', async (t) => {
  const { isDue, pass, save } = await service(t);
  t.ok(isDue(10));
  await save();
  pass(59_999);
  t.notOk(isDue(10));
  pass(1);
  t.ok(isDue(10));
});

t.test('at the end it is saved once, and once more only where that failed', async (t) => {
  const { fill, freeze, said, save, saveLast, saves } = await service(t);
  await save();
  freeze();
  fill(true);
  t.equal(await save(), false);
  fill(false);
  const before = saves();
  t.equal(await saveLast(), true);
  t.ok(saves() > before);
  const last = saves();
  t.equal(await saveLast(), true);
  t.equal(saves(), last);
  t.match(said.at(-1), /is saved again; nothing was lost/);
});
