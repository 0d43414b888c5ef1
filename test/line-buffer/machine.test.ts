import { tmpdir } from 'node:os';
import t from 'tap';
import { availableIn, machineOf, openFilesIn, whyNot } from '../../bench/line-buffer/machine.js';

const GIB = 1024 ** 3;
const machine = {
  availableBytes: 2 * GIB,
  boundBy: 'this machine',
  freeDiskBytes: 10 * GIB,
  diskIsMemory: false,
  openFiles: 1024,
  heapBytes: 4 * GIB,
} as const;

t.test('a run that fits is not refused', async (t) => {
  t.equal(whyNot({ memoryBytes: GIB, diskBytes: GIB }, machine), null);
  t.equal(whyNot({ memoryBytes: 1.6 * GIB, diskBytes: 8 * GIB }, machine), null);
});

t.test('one that does not is, with the figures', async (t) => {
  t.equal(
    whyNot({ memoryBytes: 3 * GIB, diskBytes: 0 }, machine),
    'needs 3 GiB of memory, and this machine has 2 GiB available (at most 80 % of it is taken)',
  );
  t.match(
    whyNot({ memoryBytes: 3 * GIB, diskBytes: 0 }, { ...machine, boundBy: 'this cgroup' }),
    'this cgroup has 2 GiB available',
  );
  t.equal(
    whyNot({ memoryBytes: 0, diskBytes: 9 * GIB }, machine),
    'needs 9 GiB of disk, and 10 GiB are free where the log files go (at most 80 % of it is taken)',
  );
});

t.test('log files in a tmpfs are memory', async (t) => {
  const needs = { memoryBytes: GIB, diskBytes: GIB };
  t.match(
    whyNot(needs, { ...machine, diskIsMemory: true }),
    'needs 2 GiB of memory (the log files go to a tmpfs, and count), and this machine has 2 GiB',
  );
});

t.test('open files and the heap of Node have their own limits', async (t) => {
  const needs = { memoryBytes: 0, diskBytes: 0 };
  t.equal(whyNot({ ...needs, openFiles: 900 }, machine), null);
  t.match(whyNot({ ...needs, openFiles: 1000 }, machine), /^needs 1000 open files, .* 1024 \(ulimit -n\)$/);
  t.equal(whyNot({ ...needs, openFiles: 100_000 }, { ...machine, openFiles: null }), null);
  t.match(whyNot({ ...needs, heapBytes: 3.5 * GIB }, machine), 'needs 3.5 GiB of JavaScript heap');
  const limits =
    'Max processes  1  1  processes\nMax open files            256                  4096     files\n';
  t.equal(openFilesIn(limits), 256);
  t.equal(openFilesIn('Max open files   unlimited  unlimited  files\n'), null);
});

t.test('what is available is what the kernel says, not what is free', async (t) => {
  t.equal(availableIn('MemTotal:  8000000 kB\nMemFree:  100 kB\nMemAvailable:    2048 kB\n'), 2048 * 1024);
  t.equal(availableIn('MemFree:  100 kB\n'), null);
});

t.test('this machine has memory and disk', async (t) => {
  const { availableBytes, freeDiskBytes, heapBytes } = await machineOf(tmpdir());
  t.ok(heapBytes > 0);
  t.ok(availableBytes > 0);
  t.ok(freeDiskBytes > 0);
});
