/** `--output FILE` on a real disk, with writes that fail and a file that others move. */
import { appendFileSync, copyFileSync, readFileSync, truncateSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { SavedOutput } from '../../lib/checkpoint/types.js';
import {
  type OutputFile,
  type OutputFileOptions,
  openOutputFile as openFile,
} from '../../lib/cli/output-file.js';
import { nodeOutputFs, type OutputFs, type OutputHandle } from '../../lib/cli/output-fs.js';
import { linesSince } from '../../lib/cli/output-lines.js';

/** Those of runs that are killed, too: nobody else closes what they had open. */
const opened: OutputFile[] = [];
t.afterEach(() => Promise.all(opened.splice(0).map((output) => output.close())));

async function openOutputFile(...of: Parameters<typeof openFile>): Promise<OutputFile> {
  const output = await openFile(...of);
  opened.push(output);
  return output;
}

async function fileIn(t: Test): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'leaktrail-output-'));
  t.teardown(() => rm(directory, { recursive: true }));
  return join(directory, 'out.ndjson');
}

/** A disk with room for so many more bytes, and the clock and timer of a sink on it. */
function smallDisk(room = Number.POSITIVE_INFINITY) {
  const disk = {
    room,
    /** Writes that found no room. */
    refused: 0,
    /** Called after each write. */
    afterWrite: () => {},
    seconds: 0,
    timers: new Set<() => void>(),
    problems: [] as string[],
    /** A second later. */
    tick() {
      disk.seconds++;
      for (const timer of disk.timers) timer();
    },
  };
  const limited = (handle: OutputHandle): OutputHandle => ({
    read: (...of) => handle.read(...of),
    stat: (of) => handle.stat(of),
    truncate: (of) => handle.truncate(of),
    close: () => handle.close(),
    async write(buffer) {
      if (disk.room === 0) {
        disk.refused++;
        throw Object.assign(new Error('pretended'), { code: 'ENOSPC' });
      }
      const { bytesWritten } = await handle.write(buffer.subarray(0, Math.min(buffer.length, disk.room)));
      disk.room -= bytesWritten;
      disk.afterWrite();
      return { bytesWritten };
    },
  });
  const fs: OutputFs = {
    ...nodeOutputFs,
    open: async (...of) => limited(await nodeOutputFs.open(...of)),
  };
  const options: OutputFileOptions = {
    fs,
    now: () => disk.seconds * 1000,
    every(_, listener) {
      disk.timers.add(listener);
      return () => disk.timers.delete(listener);
    },
    onProblem: (text) => disk.problems.push(text.replace(/^.*\//, '')),
  };
  return { disk, options };
}

/** A second later, when all that follows from it is done. */
async function secondLater(disk: { tick(): void }, output: OutputFile, done: () => boolean): Promise<void> {
  disk.tick();
  for (let turn = 0; turn < 10_000 && !done(); turn++) await new Promise((resolve) => setImmediate(resolve));
  await output.flushed();
}

async function since(saved: SavedOutput): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of linesSince(saved)) lines.push(line);
  return lines;
}

t.test('lines are added to what is there', async (t) => {
  const path = await fileIn(t);
  await writeFile(path, 'earlier\n');
  const output = await openOutputFile(path);
  output.write('one\ntwo\n');
  output.write('three\n');
  await output.flushed();
  t.equal(await readFile(path, 'utf8'), 'earlier\none\ntwo\nthree\n');
  await output.close();
});

t.test('its position is told by the text before it', async (t) => {
  const path = await fileIn(t);
  await writeFile(path, `${'x'.repeat(100)}earlier\n`);
  const output = await openOutputFile(path);
  const { size, before } = output.position();
  t.same([size, Buffer.from(before, 'base64').toString()], [108, `${'x'.repeat(56)}earlier\n`]);
  await output.close();
});

t.test('a new file is for its group to read', async (t) => {
  const path = await fileIn(t);
  await (await openOutputFile(path)).close();
  t.equal((await stat(path)).mode & 0o777 & ~0o640, 0);
});

t.test('a file that cannot be there is a mistake of the command line', async (t) => {
  const path = await fileIn(t);
  await t.rejects(openOutputFile(join(path, 'deeper')), {
    name: 'UsageError',
    message: `--output: expected a file that can be written, found "${path}/deeper" (its directory does not exist: create it)`,
  });
  await t.rejects(openOutputFile(join(path, '..')), { message: /\(is a directory\)/ });
  await t.rejects(openOutputFile('/dev/null'), { message: /expected a file, found "\/dev\/null"/ });
  await symlink(path, `${path}.2`);
  await symlink(`${path}.2`, path);
  await t.rejects(openOutputFile(path), { message: /too many symbolic links/ });
});

t.test('after a rename, the lines go to the new file', async (t) => {
  const path = await fileIn(t);
  const { disk, options } = smallDisk();
  const output = await openOutputFile(path, options);
  output.write('one\n');
  await output.flushed();
  await rename(path, `${path}.1`);
  output.write('two\n');
  await output.flushed();
  disk.seconds++;
  output.write('three\n');
  await output.flushed();
  await rename(path, `${path}.2`);
  await writeFile(path, '');
  disk.seconds++;
  output.write('four\n');
  await output.close();
  t.equal(await readFile(`${path}.1`, 'utf8'), 'one\ntwo\n', 'it is looked for once a second');
  t.equal(await readFile(`${path}.2`, 'utf8'), 'three\n');
  t.equal(await readFile(path, 'utf8'), 'four\n');
  t.same(disk.problems, []);
});

t.test('after copytruncate, the lines begin at the start', async (t) => {
  const path = await fileIn(t);
  const output = await openOutputFile(path);
  output.write('one\n');
  await output.flushed();
  truncateSync(path);
  output.write('two\n');
  await output.flushed();
  t.equal(await readFile(path, 'utf8'), 'two\n');
  t.equal(output.position().size, 4);
  t.equal(Buffer.from(output.position().before, 'base64').toString(), 'two\n');
  await output.close();
});

t.test('on a full disk lines wait, and half a line is made whole', async (t) => {
  const path = await fileIn(t);
  const { disk, options } = smallDisk(6);
  const output = await openOutputFile(path, options);
  output.write('one\ntwo\nthree\n');
  await output.flushed();
  t.equal(await readFile(path, 'utf8'), 'one\ntw');
  t.equal(output.drained(), undefined, 'nobody is to wait for it');
  t.match(output.position(), { size: 4, waiting: ['two', 'three'] });
  for (const refused of [3, 4]) await secondLater(disk, output, () => disk.refused === refused);
  output.write('four\n');
  t.same(disk.problems, [
    'out.ndjson: cannot be written: the disk is full; lines wait, it is tried again every second',
  ]);
  disk.room = 100;
  await secondLater(disk, output, () => disk.timers.size === 0);
  t.equal(await readFile(path, 'utf8'), 'one\ntwo\nthree\nfour\n');
  t.same(disk.problems.slice(1), ['out.ndjson: is written again; nothing was lost']);
  t.equal(output.lost(), 0);
  await output.close();
});

t.test('too many waiting lines: the oldest are given up and counted', async (t) => {
  const path = await fileIn(t);
  const { disk, options } = smallDisk(2);
  const output = await openOutputFile(path, options);
  output.write('first\n');
  await output.flushed();
  for (let line = 1; line <= 12_000; line++) output.write(`line ${line}\n`);
  t.equal(output.lost(), 2001);
  t.equal(output.position().lost, 2001);
  output.write(`${'long '.repeat(1024 * 1024)}\n`);
  t.equal(output.position().waiting.length, 1, 'nothing but the begun one is left of 5 MiB');
  output.write('last\n');
  disk.room = Number.POSITIVE_INFINITY;
  await secondLater(disk, output, () => disk.timers.size === 0);
  t.equal(await readFile(path, 'utf8'), 'first\nlast\n', 'the begun line is whole');
  t.match(disk.problems, [/cannot be written/, /is written again; 12,001 lines had to be given up/]);
  await output.close();
});

t.test('a rotation in the middle of a line leaves whole lines in both files', async (t) => {
  for (const room of [0, 100]) {
    const path = await fileIn(t);
    const { disk, options } = smallDisk(6);
    const output = await openOutputFile(path, options);
    output.write('one\ntwo\nthree\n');
    await output.flushed();
    await rename(path, `${path}.1`);
    disk.room = room;
    await secondLater(disk, output, () => disk.timers.size === 0 || readFileSync(`${path}.1`).length !== 6);
    disk.room = 100;
    await secondLater(disk, output, () => disk.timers.size === 0);
    const both = [await readFile(`${path}.1`, 'utf8'), await readFile(path, 'utf8')];
    t.same(both, room === 0 ? ['one\n', 'two\nthree\n'] : ['one\ntwo\n', 'three\n'], `${room} bytes free`);
    await output.close();
  }
});

t.test('copytruncate right behind a half line: the line is written whole again', async (t) => {
  const path = await fileIn(t);
  const { disk, options } = smallDisk(6);
  const output = await openOutputFile(path, options);
  disk.afterWrite = () => truncateSync(path);
  output.write('one\ntwo\n');
  await output.flushed();
  disk.afterWrite = () => {};
  t.match(output.position(), { size: 0, before: '', waiting: ['two'] });
  disk.room = 100;
  await secondLater(disk, output, () => disk.timers.size === 0);
  t.equal(await readFile(path, 'utf8'), 'two\n');
  await output.close();
});

t.test('a file that is removed in the middle of a line: the line is written whole to the next', async (t) => {
  const path = await fileIn(t);
  const { disk, options } = smallDisk(6);
  const output = await openOutputFile(path, options);
  output.write('one\ntwo\n');
  await output.flushed();
  await unlink(path);
  disk.room = 100;
  await secondLater(disk, output, () => disk.timers.size === 0);
  t.equal(await readFile(path, 'utf8'), 'two\n');
  await output.close();
});

t.test('copytruncate or another writer in the middle of a line: no line runs into another', async (t) => {
  for (const [change, expected] of [
    [(path: string) => truncateSync(path), 'two\nthree\n'],
    [(path: string) => appendFileSync(path, 'x'), 'one\ntwx\ntwo\nthree\n'],
  ] as const) {
    const path = await fileIn(t);
    const { disk, options } = smallDisk(6);
    const output = await openOutputFile(path, options);
    output.write('one\ntwo\nthree\n');
    await output.flushed();
    change(path);
    disk.room = 100;
    await secondLater(disk, output, () => disk.timers.size === 0);
    t.equal(await readFile(path, 'utf8'), expected);
    await output.close();
  }
});

t.test('a disk that is full from the start does not keep a run from starting', async (t) => {
  const path = await fileIn(t);
  const { disk, options } = smallDisk();
  const open: OutputFs['open'] = (...of) => {
    if (disk.room === 0) return Promise.reject(Object.assign(new Error('pretended'), { code: 'ENOSPC' }));
    return nodeOutputFs.open(...of);
  };
  disk.room = 0;
  const output = await openOutputFile(path, { ...options, fs: { ...nodeOutputFs, open } });
  output.write('one\n');
  disk.room = 100;
  await secondLater(disk, output, () => disk.timers.size === 0);
  t.equal(await readFile(path, 'utf8'), 'one\n');
  t.equal(disk.problems.length, 2);
  await output.close();
});

t.test('reading of logs waits for a disk that is only slow', async (t) => {
  const path = await fileIn(t);
  const output = await openOutputFile(path);
  t.equal(output.drained(), undefined);
  output.write(`${'x'.repeat(300 * 1024)}\n`);
  await output.drained();
  t.equal((await stat(path)).size, 300 * 1024 + 1);
  t.equal(output.drained(), undefined);
  await output.close();
});

t.test('what cannot be written until the end is said, and kept for the state', async (t) => {
  const path = await fileIn(t);
  const { disk, options } = smallDisk(2);
  const output = await openOutputFile(path, options);
  output.write('one\ntwo\n');
  await output.close();
  t.match(disk.problems, [/cannot be written/, /out.ndjson: 2 lines could not be written/]);
  t.same(output.position().waiting, ['one', 'two']);
  t.equal(disk.timers.size, 0);

  const next = await openOutputFile(path, { saved: output.position() });
  next.write('three\n');
  await next.close();
  t.equal(
    await readFile(path, 'utf8'),
    'one\ntwo\nthree\n',
    'the half line is taken away, the waiting ones are written',
  );
});

t.test("a half line of someone else's is ended, not taken away", async (t) => {
  const path = await fileIn(t);
  await writeFile(path, 'one\ntw');
  const output = await openOutputFile(path);
  output.write('three\n');
  await output.close();
  t.equal(await readFile(path, 'utf8'), 'one\ntw\nthree\n');
});

/** Written up to `saved` when the state was saved, and `later` lines after that before the process was killed. */
async function killedWith(path: string, later: string): Promise<SavedOutput> {
  const output = await openOutputFile(path);
  output.write('one\ntwo\n');
  await output.flushed();
  const saved = output.position();
  output.write(later);
  await output.close();
  return saved;
}

t.test('after a kill it is known which lines were written behind the state', async (t) => {
  t.test('in the same file', async (t) => {
    const path = await fileIn(t);
    const saved = await killedWith(path, 'three\nfour\n');
    appendFileSync(path, 'half a l');
    t.same(await since(saved), ['three', 'four'], 'whole lines only');
  });

  t.test('in a file that was renamed since, those rotated after it, and the present one', async (t) => {
    const path = await fileIn(t);
    const saved = await killedWith(path, 'three\n');
    await rename(path, `${path}.2`);
    await writeFile(`${path}.1`, 'four\n');
    await writeFile(path, 'five\n');
    await writeFile(`${path}.3.gz`, 'not read');
    t.same(await since(saved), ['three', 'four', 'five']);
  });

  t.test('in the copy that copytruncate made', async (t) => {
    const path = await fileIn(t);
    const saved = await killedWith(path, 'three\n');
    copyFileSync(path, `${path}-20260102`);
    truncateSync(path);
    appendFileSync(path, 'four\n');
    t.same(await since(saved), ['three', 'four']);
  });

  t.test('with another file that was given the same number', async (t) => {
    const path = await fileIn(t);
    const saved = await killedWith(path, 'three\n');
    await writeFile(path, 'of another file altogether\nthat has the same inode\n');
    t.same(await since(saved), ['of another file altogether', 'that has the same inode']);
  });

  t.test('with no file left', async (t) => {
    const path = await fileIn(t);
    const saved = await killedWith(path, 'three\n');
    await unlink(path);
    t.same(await since(saved), []);
  });

  t.test('with lines longer than what is read at once, in any script', async (t) => {
    const path = await fileIn(t);
    const long = 'å'.repeat(100_000);
    t.same(await since(await killedWith(path, `${long}\nthree\n${'x'.repeat(5 * 1024 * 1024)}\nfour\n`)), [
      long,
      'three',
      'four',
    ]);
  });
});

t.test(
  'lines that waited when the state was saved are written once, wherever the process was killed',
  async (t) => {
    for (const room of [8, 10, 12, 14, 18, 100]) {
      const path = await fileIn(t);
      const { disk, options } = smallDisk(8);
      const output = await openOutputFile(path, options);
      output.write('one\ntwo\nthree\nfour\n');
      await output.flushed();
      const saved = output.position();
      t.same(saved.waiting, ['three', 'four']);
      disk.room = room - 8;
      await secondLater(disk, output, () => disk.room === 0 || disk.timers.size === 0);

      const next = await openOutputFile(path, { saved: JSON.parse(JSON.stringify(saved)) as SavedOutput });
      next.write('five\n');
      await next.close();
      t.equal(await readFile(path, 'utf8'), 'one\ntwo\nthree\nfour\nfive\n', `${room} bytes were written`);
    }
  },
);

t.test('lines that the state promises are written once, whether or not the process came to it', async (t) => {
  for (const written of ['', 'one\n', 'one\ntwo\n', 'one\ntwo\nthree\n']) {
    const path = await fileIn(t);
    const output = await openOutputFile(path);
    output.write('zero\n');
    await output.flushed();
    const saved = output.position('one\ntwo\n');
    t.same(saved.waiting, ['one', 'two']);
    output.write(written);
    await output.close();
    const next = await openOutputFile(path, { saved });
    next.write('four\n');
    await next.close();
    const before = written.endsWith('three\n') ? written : 'one\ntwo\n';
    t.equal(await readFile(path, 'utf8'), `zero\n${before}four\n`, JSON.stringify(written));
  }
});

t.test('lines given up by earlier runs stay counted', async (t) => {
  const path = await fileIn(t);
  const saved = { ...(await killedWith(path, '')), lost: 7 };
  const output = await openOutputFile(path, { saved });
  t.equal(output.lost(), 7);
  await output.close();
});

t.test(
  'lines behind what the state knows are told to whoever goes on, but for those that it promised',
  async (t) => {
    const path = await fileIn(t);
    const saved = { ...(await killedWith(path, 'three\n{"told":"later"}\n')), waiting: ['three', 'four'] };
    const unsaved: string[] = [];
    const output = await openOutputFile(path, { saved, onUnsaved: (line) => unsaved.push(line) });
    await output.close();
    t.same(unsaved, ['{"told":"later"}']);
    t.equal(readFileSync(path, 'utf8'), 'one\ntwo\nthree\n{"told":"later"}\nfour\n');
  },
);
