/** What is left when a save is broken off or fails at any one of its calls. */
import t from 'tap';
import { createRandom } from '../../bench/random.js';
import type { RestoredCheckpoint } from '../../lib/checkpoint/types.js';
import { type ModelDisk, modelDisk } from './model-disk.js';
import { generationOf, generationOn, openOn, STATE, stateOf } from './states.js';

/** A disk with generations 1 and 2, and the state open to save the third. */
async function disk(links: boolean) {
  const disk = modelDisk({ links });
  const state = openOn(disk);
  await state.load();
  await state.save(() => stateOf(1));
  await state.save(() => stateOf(2));
  return { disk, state };
}

async function callsOfSave(links: boolean): Promise<readonly string[]> {
  const { disk: counted, state } = await disk(links);
  const before = counted.calls.length;
  await state.save(() => stateOf(3));
  return counted.calls.slice(before);
}

for (const links of [true, false]) {
  const kind = links ? 'a file system with hard links' : 'a file system without hard links';

  t.test(`${kind}: killed at any call, the old or the new state is loaded`, async (t) => {
    const calls = await callsOfSave(links);
    t.ok(calls.length >= 10, calls.join(', '));
    for (const [index, call] of calls.entries()) {
      const { disk: broken, state } = await disk(links);
      broken.inject({ at: index + 1, what: 'kill' });
      let said = false;
      const safe = () => {
        said = true;
      };
      void state.save(() => stateOf(3), safe);
      await broken.killed();
      const renamed = calls.slice(0, index).includes(`rename ${STATE}.tmp`);
      t.equal(await generationOn(broken.afterKill()), renamed ? 3 : 2, `before ${call}`);
      t.equal(said, renamed, 'what the state counts as said was said, and nothing else');
    }
  });

  t.test(`${kind}: power cut at any call, the old or the new state is loaded`, async (t) => {
    const random = createRandom(7);
    const calls = await callsOfSave(links);
    for (const [index, call] of [...calls, 'the end'].entries()) {
      const { disk: broken, state } = await disk(links);
      broken.inject({ at: index + 1, what: 'kill' });
      await Promise.race([state.save(() => stateOf(3)), broken.killed()]);
      for (let round = 0; round < 20; round++) {
        const found = await generationOn(broken.cutPower(random.int));
        t.ok(found === 2 || found === 3, `before ${call}, round ${round}: generation ${found}`);
      }
    }
  });

  t.test(`${kind}: an error at any call leaves the old state, and the next save works`, async (t) => {
    const calls = await callsOfSave(links);
    for (const code of ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EIO']) {
      for (const [index, call] of calls.entries()) {
        const { disk: failing, state } = await disk(links);
        failing.inject({ at: index + 1, what: code });
        let said = false;
        const safe = () => {
          said = true;
        };
        const failed = await state
          .save(() => stateOf(3), safe)
          .then(
            () => null,
            (error: Error) => error,
          );
        const told = `${code} at ${call}`;
        const forced = call === 'sync /s/';
        // Where a directory cannot be opened or forced, its names are whole all the same.
        const passes = (code === 'EACCES' && /(open|sync|close) \/s\/?$/.test(call)) || failed === null;
        if (passes) t.ok(/\/s\/?$/.test(call) || call.startsWith('unlink'), `${told}: goes on`);
        else t.match(failed?.message, /^\/s\/state: /, `${told}: ${failed?.message}`);
        const renamed = calls.slice(0, index).includes(`rename ${STATE}.tmp`);
        t.equal(await generationOn(failing.afterKill()), renamed || forced || failed === null ? 3 : 2, told);
        t.equal(said, renamed || forced || failed === null, `${told}: it was said if it is saved`);
        const left = failing.names().filter((name) => name.endsWith('state.tmp'));
        if (!renamed && call !== `unlink ${STATE}.tmp`)
          t.same(left, [], `${told}: nothing is left lying about`);
        await state.save(() => stateOf(4));
        t.equal(await generationOn(failing.afterKill()), 4, `${told}: the next save`);
      }
    }
  });
}

t.test('a disk that fills up in the middle of a write', async (t) => {
  const calls = await callsOfSave(true);
  for (const [index, call] of calls.entries()) {
    if (!call.startsWith('write')) continue;
    const { disk: filling, state } = await disk(true);
    filling.inject({ at: index + 1, what: 'short' });
    await t.rejects(
      state.save(() => stateOf(3)),
      { message: /the disk is full; .*make room there/ },
    );
    t.same(whole(filling), [2, 1], 'both copies are as they were');
    filling.inject(null);
    await state.save(() => stateOf(3));
    t.same(whole(filling), [3, 2]);
    t.match(state.counts(), { saved: 3, failed: 1 });
  }
});

t.test('a failing disk leaves both copies as they were until the new one takes its place', async (t) => {
  for (const links of [true, false]) {
    const calls = await callsOfSave(links);
    const until = calls.indexOf(`rename ${STATE}.tmp`);
    t.ok(until > 0);
    for (const [index, call] of calls.slice(0, until + 1).entries()) {
      const { disk: failing, state } = await disk(links);
      failing.inject({ at: index + 1, what: 'EIO' });
      await state.save(() => stateOf(3)).catch(() => {});
      const [current, previous] = whole(failing);
      t.equal(current, 2, call);
      // From the moment it may be replaced, it is the old state, too, or has gone back to be the only one.
      const replaced = calls.slice(0, index).includes(`rename ${STATE}${links ? '.previous.tmp' : ''}`);
      t.equal(previous, replaced ? (links ? 2 : null) : 1, call);
    }
  }
});

/** Generations in FILE and FILE.previous. */
function whole(disk: ModelDisk): (number | null)[] {
  return [STATE, `${STATE}.previous`].map((path) => {
    const [, cursor = null] = /"cursor":"s=(\d+)"/.exec(disk.read(path)?.toString() ?? '') ?? [];
    return cursor === null ? null : Number(cursor);
  });
}

t.test('the state that is loaded is the one that was saved', async (t) => {
  const { disk: kept, state } = await disk(true);
  await state.close();
  const { checkpoint, notices } = await openOn(kept).load();
  t.same(notices, []);
  const { written, ...restored } = checkpoint ?? { written: '' };
  t.equal(written, '2026-01-02T00:00:00.000Z');
  t.same(restored, stateOf(2));
  const { books, last } = (checkpoint as RestoredCheckpoint).memory as {
    books: Map<string, object>;
    last: object;
  };
  t.equal(books.get('fef3e1fbee12'), last, 'one object stays one');
  t.equal(generationOf(checkpoint), 2);
});
