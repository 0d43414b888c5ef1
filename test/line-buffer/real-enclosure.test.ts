/** What dead runs leave is removed, and nothing else. No daemon is started here. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { openEnclosure, removeLeftovers } from '../../bench/line-buffer/real/enclosure.js';

const BUSYBOX = ['/usr/bin/busybox', '/bin/busybox'].find((path) => existsSync(path)) ?? '';
const needsBusybox = { skip: BUSYBOX === '' ? 'busybox is not installed' : false };
/** No process has this number: it is above the highest that Linux gives. */
const DEAD_OWNER = '4194305 12345';

async function leftover(parent: string, name: string, owner: string | null): Promise<string> {
  const directory = join(parent, name);
  await mkdir(join(directory, 'state', 'deep'), { recursive: true });
  await writeFile(join(directory, 'state', 'deep', 'file'), 'x');
  if (owner !== null) await writeFile(join(directory, 'owner'), owner);
  return directory;
}

async function started(child: ChildProcess): Promise<ChildProcess> {
  await once(child, 'spawn');
  return child;
}

t.test('directories of dead runs go, everything else stays', needsBusybox, async (t) => {
  const parent = t.testdir({
    'leaktrail-real-notours7': { owner: DEAD_OWNER },
    other: { owner: DEAD_OWNER },
  });
  const dead = await leftover(parent, 'leaktrail-real-aaaaaa', DEAD_OWNER);
  const young = await leftover(parent, 'leaktrail-real-bbbbbb', null);
  const old = await leftover(parent, 'leaktrail-real-cccccc', null);
  await utimes(old, 0, 0);
  t.strictSame(await removeLeftovers(BUSYBOX, parent), [dead]);
  t.strictSame(readdirSync(parent).sort(), ['leaktrail-real-bbbbbb', 'leaktrail-real-notours7', 'other']);
  t.ok(existsSync(join(young, 'state')), 'one that is just being made is left alone');
});

t.test('two that clean up at once do not disturb each other', needsBusybox, async (t) => {
  const parent = t.testdir({});
  for (let index = 0; index < 30; index += 1) await leftover(parent, `leaktrail-real-aaaaaa/${index}`, null);
  await writeFile(join(parent, 'leaktrail-real-aaaaaa', 'owner'), DEAD_OWNER);
  await Promise.all([removeLeftovers(BUSYBOX, parent), removeLeftovers(BUSYBOX, parent)]);
  t.strictSame(readdirSync(parent), []);
});

t.test('a number that another process has by now is no owner', needsBusybox, async (t) => {
  const parent = t.testdir({});
  const directory = await leftover(parent, 'leaktrail-real-aaaaaa', `${process.pid} 1`);
  t.strictSame(await removeLeftovers(BUSYBOX, parent), [directory]);
});

t.test('a run that is alive is not touched, and a second one refused', needsBusybox, async (t) => {
  const parent = t.testdir({});
  const start = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ')[19];
  const directory = await leftover(parent, 'leaktrail-real-aaaaaa', `${process.pid} ${start}`);
  await t.rejects(removeLeftovers(BUSYBOX, parent), {
    name: 'RealUnavailable',
    message: `another run with the real containerd is under way (process ${process.pid}, ${directory}): wait for its end`,
  });
  t.ok(existsSync(join(directory, 'state', 'deep', 'file')));
});

t.test('programs of a dead run are killed, a reader of its files is not', needsBusybox, async (t) => {
  const parent = t.testdir({});
  const directory = await leftover(parent, 'leaktrail-real-aaaaaa', DEAD_OWNER);
  const file = join(directory, 'state', 'deep', 'file');
  const ours = await started(spawn(BUSYBOX, ['tail', '-f', file], { stdio: 'ignore' }));
  const reader = await started(spawn('tail', ['-f', file], { stdio: 'ignore' }));
  t.teardown(() => [ours, reader].map((child) => child.kill('SIGKILL')));
  const gone = once(ours, 'exit');
  await removeLeftovers(BUSYBOX, parent);
  // Where it was not killed, this ends it, and the signal is another one.
  ours.kill('SIGTERM');
  t.strictSame(await gone, [null, 'SIGKILL']);
  t.equal(reader.exitCode ?? reader.signalCode, null);
  t.notOk(existsSync(directory));
});

const needsRoot = { skip: BUSYBOX === '' || process.getuid?.() !== 0 ? 'needs busybox and root' : false };

t.test('an enclosure is gone when it is closed, and names its cgroup', needsRoot, async (t) => {
  const parent = t.testdir({});
  const enclosure = await openEnclosure(BUSYBOX, parent);
  t.match(enclosure.name, /^leaktrail-real-\w{6}$/);
  t.equal(enclosure.directory, join(parent, enclosure.name));
  await writeFile(join(enclosure.directory, 'some.log'), 'x');
  await enclosure.close();
  t.strictSame(readdirSync(parent), []);
});
