/** What dead runs leave is removed, and nothing else, whoever put it there. No daemon is started here. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Enclosure, openEnclosure } from '../../bench/line-buffer/real/enclosure.js';

const find = (name: string): string =>
  ['/usr/bin', '/bin', '/usr/sbin'].map((at) => join(at, name)).find((path) => existsSync(path)) ?? '';
const TOOLS = { busybox: find('busybox'), flock: find('flock') };
const missing = Object.entries(TOOLS).filter(([, path]) => path === '');
const needsTools = { skip: missing.length > 0 ? `not installed: ${missing.map(([name]) => name)}` : false };
const needsRoot = { skip: needsTools.skip || (process.getuid?.() === 0 ? false : 'needs root') };
const NOBODY = 65_534;

/** Below the system's temporary directory: nobody can change what is above it, however the checkout lies. */
async function parentOf(t: Test): Promise<string> {
  const parent = await realpath(await mkdtemp(join(tmpdir(), 'enclosure-')));
  t.teardown(() => rm(parent, { recursive: true, force: true }));
  return parent;
}

async function homeIn(parent: string): Promise<string> {
  const home = join(parent, 'leaktrail');
  await mkdir(home, { mode: 0o700 });
  return home;
}

async function filled(directory: string): Promise<string> {
  await mkdir(join(directory, 'state', 'deep'), { recursive: true });
  await writeFile(join(directory, 'state', 'deep', 'file'), 'x');
  await writeFile(join(directory, 'owner'), '4194305 12345');
  return directory;
}

const isFilled = (directory: string): boolean =>
  existsSync(join(directory, 'state', 'deep', 'file')) && existsSync(join(directory, 'owner'));

const fifo = (path: string): void => void execFileSync(TOOLS.busybox, ['mkfifo', path]);

async function openAndClose(parent: string): Promise<void> {
  await (await openEnclosure(TOOLS, parent)).close();
}

t.test('an enclosure is gone when it is closed, and names its cgroup', needsTools, async (t) => {
  const parent = await parentOf(t);
  const enclosure = await openEnclosure(TOOLS, parent);
  t.match(enclosure.name, /^leaktrail-real-\w{6}$/);
  t.equal(enclosure.directory, join(parent, 'leaktrail', enclosure.name));
  await writeFile(join(enclosure.directory, 'some.log'), 'x');
  await enclosure.close();
  t.strictSame(readdirSync(parent), []);
});

t.test('directories of dead runs go, everything else stays', needsTools, async (t) => {
  const parent = await parentOf(t);
  const home = await homeIn(parent);
  const dead = await filled(join(home, 'leaktrail-real-aaaaaa'));
  const others = [
    join(home, 'leaktrail-real-notours7'),
    join(home, 'other'),
    join(parent, 'leaktrail-real-aaaaaa'),
  ];
  for (const other of others) await filled(other);
  await writeFile(join(home, 'leaktrail-real-file00'), 'x');
  await openAndClose(parent);
  t.notOk(existsSync(dead));
  for (const other of others) t.ok(isFilled(other), other);
  t.ok(existsSync(join(home, 'leaktrail-real-file00')), 'a file is no run');
});

t.test('a link with the name of a run is not followed', needsTools, async (t) => {
  const parent = await parentOf(t);
  const home = await homeIn(parent);
  const target = await filled(join(parent, 'target'));
  await symlink(target, join(home, 'leaktrail-real-linked'));
  const dead = await filled(join(home, 'leaktrail-real-aaaaaa'));
  await symlink(target, join(dead, 'link'));
  await openAndClose(parent);
  t.notOk(existsSync(dead));
  t.ok(isFilled(target));
  t.strictSame(readdirSync(home), ['leaktrail-real-linked']);
});

t.test('a named pipe with the name of a run, or in one, is not waited for', needsTools, async (t) => {
  const parent = await parentOf(t);
  const home = await homeIn(parent);
  fifo(join(home, 'leaktrail-real-pipe00'));
  const dead = join(home, 'leaktrail-real-aaaaaa');
  await mkdir(dead);
  fifo(join(dead, 'owner'));
  await openAndClose(parent);
  t.strictSame(readdirSync(home), ['leaktrail-real-pipe00']);
});

t.test('what belongs to another user stays', needsRoot, async (t) => {
  const parent = await parentOf(t);
  const foreign = await filled(join(await homeIn(parent), 'leaktrail-real-aaaaaa'));
  await chown(foreign, NOBODY, NOBODY);
  await openAndClose(parent);
  t.ok(isFilled(foreign));
});

const UNSAFE: Readonly<Record<string, (home: string, target: string) => Promise<unknown>>> = {
  'a link to a directory of ours': (home, target) => symlink(target, home),
  'a link to nothing': (home, target) => symlink(`${target}-not`, home),
  'a named pipe': async (home) => fifo(home),
  'a file': (home) => writeFile(home, 'x'),
  'a directory that others can enter': async (home) => {
    await filled(join(home, 'leaktrail-real-aaaaaa'));
    await chmod(home, 0o755);
  },
};

for (const [what, make] of Object.entries(UNSAFE)) {
  t.test(`the runs are not put into ${what}`, needsTools, async (t) => {
    const parent = await parentOf(t);
    const target = join(parent, 'target');
    await mkdir(target, { mode: 0o700 });
    await filled(join(target, 'leaktrail-real-aaaaaa'));
    const home = join(parent, 'leaktrail');
    await make(home, target);
    await t.rejects(openEnclosure(TOOLS, parent), {
      name: 'RealUnavailable',
      message: `${home} is not a directory of user ${process.geteuid?.()} that only this user can enter (mode 700): look who made it, and remove it`,
    });
    t.ok(isFilled(join(target, 'leaktrail-real-aaaaaa')));
    if (what.includes('enter')) t.ok(isFilled(join(home, 'leaktrail-real-aaaaaa')));
  });
}

t.test('the runs are not put into a directory of another user', needsRoot, async (t) => {
  const parent = await parentOf(t);
  const home = await homeIn(parent);
  const inside = await filled(join(home, 'leaktrail-real-aaaaaa'));
  await chown(home, NOBODY, NOBODY);
  await t.rejects(openEnclosure(TOOLS, parent), {
    name: 'RealUnavailable',
    message: /is not a directory of user 0/,
  });
  t.ok(isFilled(inside));
});

t.test('nor below a directory that others can change, or that is not there', needsTools, async (t) => {
  const parent = await parentOf(t);
  const below = join(parent, 'open', 'below');
  await mkdir(below, { recursive: true });
  await chmod(join(parent, 'open'), 0o777);
  await t.rejects(openEnclosure(TOOLS, below), {
    name: 'RealUnavailable',
    message: /\/open can be changed by others than root/,
  });
  t.strictSame(readdirSync(below), []);
  await chmod(join(parent, 'open'), 0o1777);
  await openAndClose(below);
  await t.rejects(openEnclosure(TOOLS, join(parent, 'not')), {
    name: 'RealUnavailable',
    message: `${join(parent, 'not')} cannot be used for a run (ENOENT): name a directory that exists`,
  });
});

t.test('of two runs at once one is refused, and touches nothing of the other', needsTools, async (t) => {
  const parent = await parentOf(t);
  const both = await Promise.allSettled([openEnclosure(TOOLS, parent), openEnclosure(TOOLS, parent)]);
  const opened = both.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const refused = both.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  t.equal(opened.length, 1);
  t.match(refused, [
    { name: 'RealUnavailable', message: /another run with the real containerd is under way/ },
  ]);
  const [{ directory, close }] = opened as [Enclosure];
  t.ok(existsSync(directory));
  await close();
  await openAndClose(parent);
  t.strictSame(readdirSync(parent), [], 'the lock went with the first one');
});

t.test('a run that begins while another one ends comes after it', needsTools, async (t) => {
  const parent = await parentOf(t);
  let last = await openEnclosure(TOOLS, parent);
  for (let turn = 0; turn < 5; turn += 1) {
    const [, next] = await Promise.all([last.close(), openEnclosure(TOOLS, parent)]);
    t.strictSame(readdirSync(join(parent, 'leaktrail')), [next.name]);
    last = next;
  }
  await last.close();
  t.strictSame(readdirSync(parent), []);
});

const OPENER = `
const { openEnclosure } = await import(process.argv[1]);
const { directory } = await openEnclosure(JSON.parse(process.argv[2]), process.argv[3]);
console.log(directory);
setInterval(() => {}, 1000);
`;

t.test('the lock and the files of a run that is killed go with it', needsTools, async (t) => {
  const parent = await parentOf(t);
  const module = new URL('../../bench/line-buffer/real/enclosure.js', import.meta.url).href;
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', OPENER, module, JSON.stringify(TOOLS), parent],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = await once(child.stdout, 'data');
  const directory = String(line).trim();
  t.ok(existsSync(directory));
  await t.rejects(openEnclosure(TOOLS, parent), { name: 'RealUnavailable' }, 'it is alive');
  child.kill('SIGKILL');
  const next = await openEnclosure(TOOLS, parent);
  t.notOk(existsSync(directory));
  await next.close();
  t.strictSame(readdirSync(parent), []);
});

/** The keeper is the only child of ours that has the path of the runs in its environment. */
function keeperOf(home: string): number {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
  const found = children.find((pid) =>
    readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`RUNS=${home}\0`),
  );
  return Number(found);
}

t.test('where its keeper was killed, a run removes itself all the same', needsTools, async (t) => {
  const parent = await parentOf(t);
  const enclosure = await openEnclosure(TOOLS, parent);
  process.kill(keeperOf(join(parent, 'leaktrail')), 'SIGKILL');
  await t.rejects(openEnclosure(TOOLS, parent), { name: 'RealUnavailable' }, 'it still has its lock');
  t.ok(existsSync(enclosure.directory));
  await enclosure.close();
  t.strictSame(readdirSync(parent), []);
});

t.test('a keeper that cannot work is told of, and leaves nothing', needsTools, async (t) => {
  const parent = await parentOf(t);
  await t.rejects(openEnclosure({ ...TOOLS, flock: '/not/there' }, parent), /did not start.*\/not\/there/);
  await t.rejects(
    openEnclosure({ ...TOOLS, busybox: '/not/there' }, parent),
    /did not start: is \/not\/there sh/,
  );
  await openAndClose(parent);
  t.strictSame(readdirSync(parent), []);
});

async function started(child: ChildProcess): Promise<ChildProcess> {
  await once(child, 'spawn');
  return child;
}

t.test('programs of a dead run are killed, a reader of its files is not', needsTools, async (t) => {
  const parent = await parentOf(t);
  const directory = await filled(join(await homeIn(parent), 'leaktrail-real-aaaaaa'));
  const file = join(directory, 'state', 'deep', 'file');
  const ours = await started(spawn(TOOLS.busybox, ['tail', '-f', file], { stdio: 'ignore' }));
  const reader = await started(spawn('tail', ['-f', file], { stdio: 'ignore' }));
  t.teardown(() => [ours, reader].map((child) => child.kill('SIGKILL')));
  const gone = once(ours, 'exit');
  await openAndClose(parent);
  // Where it was not killed, this ends it, and the signal is another one.
  ours.kill('SIGTERM');
  t.strictSame(await gone, [null, 'SIGKILL']);
  t.equal(reader.exitCode ?? reader.signalCode, null);
  t.notOk(existsSync(directory));
});

t.test('a process of another user is not killed for naming the path', needsRoot, async (t) => {
  const parent = await parentOf(t);
  const directory = await filled(join(await homeIn(parent), 'leaktrail-real-aaaaaa'));
  const theirs = await started(
    spawn(TOOLS.busybox, ['sh', '-c', 'read line', directory], { stdio: 'pipe', uid: NOBODY, gid: NOBODY }),
  );
  const gone = once(theirs, 'exit');
  await openAndClose(parent);
  theirs.kill('SIGTERM');
  t.strictSame(await gone, [null, 'SIGTERM']);
  t.notOk(existsSync(directory));
});
