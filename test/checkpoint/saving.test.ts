/** Several saves at once, what cannot be saved, and one state for two runs. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import t from 'tap';
import { openCheckpoint } from '../../lib/checkpoint/checkpoint.js';
import { nodeProcesses } from '../../lib/checkpoint/process-identity.js';
import { decodeState, encodeState } from '../../lib/checkpoint/state-file.js';
import { type ModelDisk, modelDisk } from './model-disk.js';
import { generationOf, openOn, processesOf, STATE, stateOf } from './states.js';

t.test('what is asked for during a save is saved after it, once, as it is then', async (t) => {
  const disk = modelDisk();
  const state = openOn(disk);
  await state.load();
  let generation = 1;
  const made: number[] = [];
  const make = () => {
    made.push(generation);
    return stateOf(generation);
  };
  const first = state.save(make);
  const second = state.save(() => t.fail('a later one has taken its place') as never);
  const third = state.save(make);
  t.equal(second, third, 'one promise for all that wait');
  await first;
  generation = 5;
  await Promise.all([second, third]);
  t.same(made, [1, 5]);
  t.match(state.counts(), { saved: 2, failed: 0 });
  t.ok(state.counts().heldUpMs > 0);
  await state.close();
  t.equal(generationOf((await openOn(disk).load()).checkpoint), 5);
});

t.test('a save that waits is done although the one before it failed', async (t) => {
  const disk = modelDisk();
  const state = openOn(disk);
  await state.load();
  disk.inject({ at: 3, what: 'ENOSPC' });
  const first = state.save(() => stateOf(1));
  const second = state.save(() => stateOf(2));
  await t.rejects(first, { message: /disk is full/ });
  await second;
  t.match(disk.read(STATE)?.toString(), /s=2/);
});

t.test('closing waits for all saves', async (t) => {
  const disk = modelDisk();
  const state = openOn(disk);
  await state.load();
  void state.save(() => stateOf(1));
  void state.save(() => stateOf(2));
  await state.close();
  t.match(disk.read(STATE)?.toString(), /s=2/);
  t.notOk(disk.names().includes(`${STATE}.lock`), 'the lock is gone');
});

t.test('other work goes on while the checksum of a large state is made', async (t) => {
  let turns = 0;
  let isOver = false;
  const turn = (): void => {
    turns++;
    if (!isOver) setImmediate(turn);
  };
  const encoding = encodeState(
    { ...stateOf(1), memory: Buffer.alloc(8 * 1024 * 1024) },
    { memorySchema: 1, program: '0.1.0' },
    new Date(0),
  );
  setImmediate(turn);
  const { header, memory } = await encoding;
  isOver = true;
  t.ok(turns >= 10, `${turns} turns`);
  t.match(decodeState(Buffer.concat([header, memory]), 1), { kind: 'whole' });
});

t.test('a state above the cap is refused, and said to be', async (t) => {
  const disk = modelDisk();
  const state = openOn(disk);
  await state.load();
  await state.save(() => stateOf(1));
  // Texts are copied each time, objects are not.
  const memory = Array.from({ length: 17 }).fill('x'.repeat(16 * 1024 * 1024));
  await t.rejects(
    state.save(() => ({ ...stateOf(2), memory })),
    {
      message: /^\/s\/state: the state could not be saved: .* more than the 268435456 that are kept/,
    },
  );
  t.match(state.counts(), { saved: 1, failed: 1 });
  t.match(disk.read(STATE)?.toString(), /s=1/);
});

t.test('what cannot be saved at all is an error with a reason', async (t) => {
  const state = openOn(modelDisk());
  await state.load();
  await t.rejects(
    state.save(() => ({ ...stateOf(1), memory: { run() {} } })),
    { message: /could not be cloned/ },
  );
});

function open(disk: ModelDisk, pid: number, running: ReadonlySet<number>, namespace = '1') {
  const processes = processesOf(pid, running);
  const identity = { ...processes, self: { ...processes.self, namespace } };
  return openCheckpoint(STATE, { fs: disk.fs, processes: identity, memorySchema: 1, program: '0.1.0' });
}

t.test('a second run with the same state is refused by name', async (t) => {
  const disk = modelDisk();
  const running = new Set([7, 8]);
  const first = open(disk, 7, running);
  await first.load();
  await t.rejects(open(disk, 8, running).load(), {
    name: 'StateError',
    message: '/s/state: in use by another run (pid 7); stop that one, or name another file with --state',
  });
  await first.close();
  await open(disk, 8, running).load();
});

t.test('the lock of a killed run is taken over at once', async (t) => {
  const disk = modelDisk();
  await open(disk, 7, new Set([7])).load();
  t.same((await open(disk, 8, new Set([8])).load()).notices, []);
});

t.test('a lock of another container is taken over, and who held it saves no more', async (t) => {
  const disk = modelDisk();
  const first = open(disk, 7, new Set([7]), '2');
  await first.load();
  t.match((await open(disk, 8, new Set([8])).load()).notices, [/was held by pid 7 of another container/]);
  await t.rejects(
    first.save(() => stateOf(1)),
    { message: /another run \(pid 8\) has taken it over; this one no longer saves/ },
  );
  await first.close();
  t.ok(disk.names().includes(`${STATE}.lock`), "the other's lock stays");
});

t.test('a lock that someone removed is taken again', async (t) => {
  const disk = modelDisk();
  const state = open(disk, 7, new Set([7]));
  await state.load();
  await disk.fs.unlink(`${STATE}.lock`);
  await state.save(() => stateOf(1));
  t.ok(disk.names().includes(`${STATE}.lock`));
});

t.test('a file that is no lock is left alone', async (t) => {
  const disk = modelDisk();
  disk.write(`${STATE}.lock`, 'x');
  await t.rejects(open(disk, 7, new Set()).load(), {
    message: /^\/s\/state\.lock: expected the lock of a run/,
  });
});

t.test('a full disk does not keep a run from starting', async (t) => {
  const disk = modelDisk();
  disk.inject({ at: 1, what: 'ENOSPC' });
  const state = open(disk, 7, new Set([7]));
  t.same((await state.load()).notices, [
    '/s/state.lock: no lock could be taken: the disk is full; going on without, it is tried again',
  ]);
  await state.save(() => stateOf(1));
  t.ok(disk.names().includes(`${STATE}.lock`), 'it is taken as soon as there is room');
});

t.test('nor does a read-only one with the lock of a run that was killed', async (t) => {
  const disk = modelDisk();
  await open(disk, 7, new Set([7])).load();
  const state = open(disk, 8, new Set([8]));
  disk.inject({ at: 3, what: 'EROFS' });
  t.same((await state.load()).notices, [
    '/s/state.lock: no lock could be taken: the file system is read-only; going on without, it is tried again',
  ]);
  await state.save(() => stateOf(1));
  await t.rejects(open(disk, 9, new Set([8, 9])).load(), { message: /in use by another run \(pid 8\)/ });
});

t.test('a state that cannot be saved says which one stays, or that there is none', async (t) => {
  const disk = modelDisk();
  const state = openOn(disk);
  await state.load();
  const message = (standing: string) =>
    `/s/state: the state could not be saved: writing /s/state.tmp: the disk is full; ${standing}, and it is ` +
    'tried again: make room there, or name another file with --state';
  // The lock, the old copy, the open, the write.
  disk.inject({ at: 4, what: 'ENOSPC' });
  await t.rejects(
    state.save(() => stateOf(1)),
    { message: message('there is none yet') },
  );
  await state.save(() => stateOf(1));
  disk.inject({ at: 4, what: 'ENOSPC' });
  await t.rejects(
    state.save(() => stateOf(2)),
    { message: message('the one saved before stays') },
  );
});

t.test('a memory that was serialised before is the same', async (t) => {
  const disk = modelDisk();
  const state = open(disk, 7, new Set([7]));
  await state.load();
  const { memory, ...rest } = stateOf(3);
  await state.save(() => ({ ...rest, memory: serialize(memory) }));
  await state.close();
  const { checkpoint } = await open(disk, 8, new Set([8])).load();
  t.match(checkpoint, stateOf(3));
});

t.test('on a real disk', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'leaktrail-state-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const path = join(directory, 'state');
  const versions = { memorySchema: 1, program: '0.1.0' };
  await t.rejects(openCheckpoint(join(directory, 'none', 'state'), versions).load(), {
    message: /no state can be kept there: its directory does not exist/,
  });
  await t.rejects(openCheckpoint(directory, versions).load(), { message: /expected a file for the state/ });

  const state = openCheckpoint(path, versions);
  t.same(await state.load(), { checkpoint: null, notices: [], lost: null });
  for (const generation of [1, 2, 3]) await state.save(() => stateOf(generation));
  t.equal((await stat(path)).mode & 0o777, 0o600);
  await t.rejects(openCheckpoint(path, versions).load(), { message: new RegExp(`\\(pid ${process.pid}\\)`) });
  await state.close();
  t.same((await readdir(directory)).toSorted(), ['state', 'state.previous']);
  t.match(await readFile(`${path}.previous`, 'utf8'), /s=2/);

  const next = openCheckpoint(path, versions);
  t.same({ ...(await next.load()).checkpoint, written: null }, { ...stateOf(3), written: null });
  await next.close();
});

const noProc = process.platform === 'linux' ? false : 'needs /proc';
t.test('a process is known by its start, and not when it is dead', { skip: noProc }, async (t) => {
  const { self, look } = nodeProcesses();
  t.equal(look(self), 'runs');
  t.equal(look({ ...self, start: '1' }), 'gone', 'its number was given to another');
  t.equal(look({ ...self, boot: 'other' }), 'gone');
  t.equal(look({ ...self, namespace: 'other' }), 'unknown');

  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const there = { ...self, pid: child.pid as number, start: null };
  t.equal(look(there), 'runs');
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  t.equal(look(there), 'gone');
});
