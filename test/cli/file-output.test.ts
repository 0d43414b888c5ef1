/** Standard output in a file, on a disk that gets full. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createFileOutput } from '../../lib/cli/file-output.js';

/** A file with room for so many more bytes. */
function fileWith(room: number) {
  const timers = new Set<() => void>();
  const disk = { room, code: 'ENOSPC', text: '', told: [] as string[], broken: 0, timers };
  const output = createFileOutput(1, {
    write(bytes) {
      if (disk.room === 0) throw Object.assign(new Error('pretended'), { code: disk.code });
      const part = bytes.subarray(0, disk.room);
      disk.room -= part.length;
      disk.text += Buffer.from(part).toString();
      return part.length;
    },
    every(_, listener) {
      timers.add(listener);
      return () => timers.delete(listener);
    },
  });
  output.onTrouble?.((text) => disk.told.push(text));
  output.onBroken(() => disk.broken++);
  const tick = (): void => {
    for (const timer of timers) timer();
  };
  return { disk, output, tick };
}

t.test('a real file', async (t) => {
  const path = join(t.testdir({}), 'out');
  const descriptor = openSync(path, 'w');
  writeSync(descriptor, 'before\n');
  const output = createFileOutput(descriptor);
  output.write('one\ntwo ');
  output.write('and half');
  await output.flushed();
  closeSync(descriptor);
  t.equal(readFileSync(path, 'utf8'), 'before\none\ntwo and half');
  t.equal(output.broken, null);
});

t.test('a full disk is told once; half a line is completed, and nothing is missing', async (t) => {
  const { disk, output, tick } = fileWith(6);
  output.write('one\n');
  output.write('two\n');
  output.write('three\n');
  tick();
  tick();
  t.equal(disk.text, 'one\ntw');
  t.same(disk.told, [
    'standard output: cannot be written: the disk is full; what is told waits, it is tried again every second',
  ]);
  disk.room = 3;
  tick();
  t.equal(disk.text, 'one\ntwo\nt');
  disk.room = 100;
  tick();
  t.equal(disk.text, 'one\ntwo\nthree\n');
  t.same(disk.told.slice(1), ['standard output: is written again; nothing was lost']);
  t.equal(disk.timers.size, 0);
  output.write('four\n');
  t.equal(disk.text, 'one\ntwo\nthree\nfour\n');
  t.equal(disk.broken, 0, 'the run goes on');
});

t.test('what is more than may wait is counted', async (t) => {
  const { disk, output, tick } = fileWith(0);
  const block = `${'x'.repeat(1024 * 1024 - 1)}\n`;
  for (let i = 0; i < 6; i++) output.write(block);
  disk.room = Number.POSITIVE_INFINITY;
  tick();
  t.equal(disk.text.length, 4 * 1024 * 1024);
  t.equal(disk.told[1], 'standard output: is written again; 2 lines had to be given up');
});

t.test('at the end it is tried once more, and then given up', async (t) => {
  const { disk, output } = fileWith(0);
  output.write('one\n');
  disk.room = 100;
  await output.flushed();
  t.equal(disk.text, 'one\n');
  t.equal(output.broken, null);
  disk.room = 0;
  output.write('two\n');
  await output.flushed();
  t.equal(output.broken, 'ENOSPC');
  t.equal(disk.timers.size, 0);
});

t.test('what does not pass ends it', async (t) => {
  const { disk, output } = fileWith(0);
  disk.code = 'EBADF';
  output.write('one\n');
  t.equal(output.broken, 'EBADF');
  t.equal(disk.broken, 1);
  t.same(disk.told, []);
});
