import { tmpdir } from 'node:os';
import t from 'tap';
import { availableIn, machineOf, whyNot } from '../../bench/line-buffer/machine.js';

const GIB = 1024 ** 3;
const machine = { availableBytes: 2 * GIB, boundBy: 'this machine', freeDiskBytes: 10 * GIB } as const;

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

t.test('what is available is what the kernel says, not what is free', async (t) => {
  t.equal(availableIn('MemTotal:  8000000 kB\nMemFree:  100 kB\nMemAvailable:    2048 kB\n'), 2048 * 1024);
  t.equal(availableIn('MemFree:  100 kB\n'), null);
});

t.test('this machine has memory and disk', async (t) => {
  const { availableBytes, freeDiskBytes } = await machineOf(tmpdir());
  t.ok(availableBytes > 0);
  t.ok(freeDiskBytes > 0);
});
