import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import {
  collectGarbage,
  growth,
  memoryInTable,
  ownMemory,
  processMemory,
} from '../../bench/line-buffer/process-memory.js';

const MiB = 2 ** 20;

t.test('memory of this process grows with what it holds', async (t) => {
  collectGarbage();
  const idle = ownMemory();
  const held = Buffer.alloc(32 * MiB, 1);
  // Resident memory of a process that ran before may not grow: what it let go is used again.
  const { arrayBuffersBytes } = growth(idle, ownMemory());
  t.ok(arrayBuffersBytes >= held.length && arrayBuffersBytes < held.length + MiB, `${arrayBuffersBytes}`);
});

t.test(
  'memory of a process has that of its children in it',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const program = `
    const kept = Buffer.alloc(Number(process.argv[1]), 1);
    if (process.argv[2]) {
      const child = require('node:child_process').spawn(process.execPath, ['-e', process.argv[3], process.argv[2]], {
        stdio: ['pipe', 'inherit', 'inherit'],
      });
      process.stdin.on('end', () => child.stdin.end(kept[0]));
    } else process.stdout.write('ready');
    process.stdin.resume();`;
    const child = spawn(process.execPath, ['-e', program, String(40 * MiB), String(50 * MiB), program]);
    await once(child.stdout, 'data');
    const memory = await processMemory(child.pid ?? 0);
    t.ok((memory?.rssBytes ?? 0) > 90 * MiB, `${memory?.rssBytes}`);
    t.ok((memory?.peakRssBytes ?? 0) >= (memory?.rssBytes ?? 0) - MiB);
    child.stdin.end();
    await once(child, 'close');
    t.equal(await processMemory(child.pid ?? 0), null, 'none once it has ended');
  },
);

t.test('a table of ps is summed over the descendants', async (t) => {
  const table = `
    1     0  1000
   10     1   100
   11    10    20
   12    11     3
   13     1  5000
`;
  t.strictSame(memoryInTable(table, 10), { rssBytes: 123 * 1024, peakRssBytes: null });
  t.equal(memoryInTable(table, 99), null);
  t.equal(memoryInTable('', 1), null);
});
