/** Files that are not what was written: cut, flipped, of another program, of another version. */
import { serialize } from 'node:v8';
import t from 'tap';
import { createRandom } from '../../bench/random.js';
import { type ModelDisk, modelDisk } from './model-disk.js';
import { generationOf, openOn, STATE, stateOf } from './states.js';

async function diskOfTwo(): Promise<ModelDisk> {
  const disk = modelDisk();
  const state = openOn(disk);
  await state.load();
  await state.save(() => stateOf(1));
  await state.save(() => stateOf(2));
  await state.close();
  return disk;
}

t.test('a first run begins afresh, without a word', async (t) => {
  t.same(await openOn(modelDisk()).load(), { checkpoint: null, notices: [], lost: null });
});

t.test('the first line is for people', async (t) => {
  const [first = ''] = (await diskOfTwo()).read(STATE)?.toString().split('\n') ?? [];
  const header = JSON.parse(first) as Record<string, unknown>;
  t.match(header, { type: 'leaktrail-state', schema: 1, memorySchema: 3, program: '0.1.0', output: null });
  t.same(header['incidents'], stateOf(2).incidents);
  t.equal(header['memoryBytes'], serialize(stateOf(2).memory).length);
});

t.test('any cut or flipped bit is noticed, and the copy before is used', async (t) => {
  const whole = (await diskOfTwo()).read(STATE) as Buffer;
  const random = createRandom(11);
  for (let round = 0; round < 400; round++) {
    const disk = await diskOfTwo();
    const bytes = Buffer.from(whole);
    let what: string;
    if (round % 2 === 0) {
      const length = random.int(bytes.length);
      what = `cut to ${length} bytes`;
      disk.write(STATE, bytes.subarray(0, length));
    } else {
      const at = random.int(bytes.length);
      const bit = random.int(8);
      what = `bit ${bit} of byte ${at}`;
      bytes[at] = (bytes[at] as number) ^ (1 << bit);
      disk.write(STATE, bytes);
    }
    const damaged = disk.read(STATE);
    const state = openOn(disk);
    const { checkpoint, notices } = await state.load();
    if (generationOf(checkpoint) !== 1) t.fail(`${what}: generation ${generationOf(checkpoint)}`);
    if (!/damaged: /.test(notices[0] ?? '')) t.fail(`${what}: ${notices.join('; ')}`);
    await state.save(() => stateOf(3));
    if (!disk.read(`${STATE}.damaged`)?.equals(damaged as Buffer)) t.fail(`${what}: not kept`);
    if (disk.read(`${STATE}.previous`)?.equals(damaged as Buffer)) t.fail(`${what}: taken for a good copy`);
  }
  t.pass('400 damaged files');
});

t.test('what is said about a damaged state', async (t) => {
  const disk = await diskOfTwo();
  disk.write(STATE, (disk.read(STATE) as Buffer).subarray(0, 40));
  t.same((await openOn(disk).load()).notices, [
    '/s/state: damaged: its first line is cut',
    '/s/state.previous: used instead, of 2026-01-02T00:00:00.000Z',
    '/s/state is kept as /s/state.damaged',
  ]);
});

t.test('both copies damaged: a fresh start, and both are kept', async (t) => {
  const disk = await diskOfTwo();
  disk.write(STATE, '');
  disk.write(`${STATE}.previous`, Buffer.alloc(64));
  const state = openOn(disk);
  const { checkpoint, lost, notices } = await state.load();
  t.equal(checkpoint, null);
  t.match(lost, /^is damaged: how far the run before had read is not known/);
  t.same(notices, [
    '/s/state: damaged: it is empty',
    '/s/state.previous: damaged, too: its first line is cut; starting afresh',
    '/s/state is kept as /s/state.damaged',
    '/s/state.previous is kept as /s/state.previous.damaged',
  ]);
  await state.save(() => stateOf(3));
  await state.close();
  t.same(disk.names(), [STATE, `${STATE}.damaged`, `${STATE}.previous.damaged`]);
});

t.test('both copies removed: what was told shows that there was one', async (t) => {
  const disk = await diskOfTwo();
  disk.write(`${STATE}.told`, '');
  t.equal((await openOn(disk).load()).lost, null);
  await disk.fs.unlink(STATE);
  t.equal((await openOn(disk).load()).lost, null, 'the one before is there');
  await disk.fs.unlink(`${STATE}.previous`);
  t.match((await openOn(disk).load()).lost, /^is gone, and \/s\/state.told shows that there was one/);
  await disk.fs.unlink(`${STATE}.told`);
  t.equal((await openOn(disk).load()).lost, null, 'to forget everything is no loss');
});

t.test('a damaged state does not take the place of one that was set aside before', async (t) => {
  const disk = await diskOfTwo();
  for (let time = 1; time <= 11; time++) {
    disk.write(STATE, '{"type":"leaktrail-state",'.padEnd(40 + time));
    const state = openOn(disk);
    const { notices } = await state.load();
    if (time > 9) t.match(notices.at(-1), /damaged-9, in the place of an older one$/);
    await state.save(() => stateOf(3));
    await state.close();
  }
  const kept = disk.names().filter((name) => name.includes('damaged'));
  t.equal(kept.length, 9, 'nine are kept');
  t.equal(disk.read(`${STATE}.damaged`)?.length, 41, 'the first is still there');
});

t.test('a damaged state that cannot be set aside is not saved over', async (t) => {
  const disk = await diskOfTwo();
  disk.write(STATE, 'x'.repeat(100));
  const state = openOn(disk);
  // symlink of the lock, open, stat, read and close of both copies, lstat, rename
  disk.inject({ at: 11, what: 'EROFS' });
  const { checkpoint, notices } = await state.load();
  t.equal(generationOf(checkpoint), 1);
  t.match(notices.at(-1), /setting the damaged \/s\/state aside: the file system is read-only/);
  disk.inject({ at: 3, what: 'EROFS' });
  await t.rejects(
    state.save(() => stateOf(3)),
    { message: /setting the damaged/ },
  );
  t.equal(disk.read(STATE)?.toString(), 'x'.repeat(100));
  await state.save(() => stateOf(3));
  t.equal(disk.read(`${STATE}.damaged`)?.toString(), 'x'.repeat(100));
});

t.test('a file of something else is left alone', async (t) => {
  const disk = modelDisk();
  disk.write(STATE, 'root:x:0:0:root:/root:/bin/bash\n');
  await t.rejects(openOn(disk).load(), {
    message: '/s/state: expected a state of leaktrail, found another file; name another with --state',
  });
  t.same(disk.names(), [STATE], 'not even a lock stays');
});

t.test('a symbolic link is not followed', async (t) => {
  const disk = modelDisk();
  await disk.fs.symlink('/etc/passwd', STATE);
  await t.rejects(openOn(disk).load(), { message: /^\/s\/state: is a symbolic link/ });
});

t.test('a state without its first copy goes on from the other', async (t) => {
  const disk = await diskOfTwo();
  await disk.fs.unlink(STATE);
  const { checkpoint, notices } = await openOn(disk).load();
  t.equal(generationOf(checkpoint), 1);
  t.same(notices, ['/s/state: is not there', '/s/state.previous: used instead, of 2026-01-02T00:00:00.000Z']);
});

t.test('an older layout of the memory: positions are kept', async (t) => {
  const { checkpoint, notices } = await openOn(await diskOfTwo(), 4).load();
  t.same(checkpoint?.sources, stateOf(2).sources);
  t.equal(checkpoint?.memory, undefined);
  t.match(notices, [/memory is that of leaktrail 0.1.0: incidents begin anew; positions are kept$/]);
});

t.test('a later layout stops the run, and nothing of it is lost', async (t) => {
  const disk = await diskOfTwo();
  const before = disk.read(STATE);
  const message = /^\/s\/state: written by leaktrail 0\.1\.0, .* use that version, or name another file/;
  await t.rejects(openOn(disk, 2).load(), { message });
  t.equal(disk.read(STATE), before);

  disk.write(STATE, '');
  await t.rejects(openOn(disk, 2).load(), { message: /^\/s\/state\.previous: written by/ });
  t.same(disk.names(), [STATE, `${STATE}.previous`], 'the damaged one is not moved, either');
});
