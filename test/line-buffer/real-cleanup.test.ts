/** What a run does so that its end is clean whatever fails: with its logs, its curve, and what it waits for. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { CleanupError, withCleanup } from '../../bench/line-buffer/real/cleanup.js';
import { openKeptLogs } from '../../bench/line-buffer/real/kept-logs.js';
import { thinnedCurve } from '../../bench/line-buffer/real/thinned-curve.js';
import { within } from '../../bench/line-buffer/real/within.js';

t.test('the cleanup follows the work, whatever that ends of', async (t) => {
  const order: string[] = [];
  const cleanup = async (): Promise<void> => void order.push('cleanup');
  const result = await withCleanup(async () => {
    order.push('work');
    return 7;
  }, cleanup);
  t.equal(result, 7);
  const failure = new Error('work');
  const failed = withCleanup(() => Promise.reject(failure), cleanup);
  t.equal(await failed.catch((error) => error), failure);
  const thrown = withCleanup(async () => {
    throw undefined;
  }, cleanup);
  t.equal(
    await thrown.then(
      () => 'resolved',
      (error) => error,
    ),
    undefined,
  );
  t.strictSame(order, ['work', 'cleanup', 'cleanup', 'cleanup']);
});

t.test('a cleanup that fails is the error, and what the work ended of its cause', async (t) => {
  const first = new Error('work');
  const second = new Error('left');
  const both = await withCleanup(
    () => Promise.reject(first),
    () => Promise.reject(second),
  ).catch((error) => error);
  t.type(both, CleanupError);
  t.match(both, { message: 'left', cause: first });
  const alone = await withCleanup(
    async () => 1,
    () => Promise.reject(second),
  ).catch((error) => error);
  t.match(alone, { name: 'CleanupError', message: 'left', cause: second });
  const outer: string[] = [];
  await withCleanup(
    () =>
      withCleanup(
        () => Promise.reject(first),
        () => Promise.reject(second),
      ),
    async () => void outer.push('outer'),
  ).catch(() => {});
  t.strictSame(outer, ['outer'], 'what lies around it is still put away');
});

t.test('waiting ends with the promise or the time, whichever is first', async (t) => {
  t.equal(await within(60, Promise.resolve(3)), 3);
  t.equal(await within(0.001, new Promise(() => {})), undefined);
  await t.rejects(within(60, Promise.reject(new Error('no'))), /^no$|no/);
});

t.test('a long curve keeps its ends and even steps', async (t) => {
  const short = thinnedCurve<number>(10);
  t.strictSame(short.points(), []);
  for (let index = 0; index < 9; index += 1) short.add(index);
  t.strictSame(short.points(), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  for (const count of [10, 11, 1000, 12_345]) {
    const curve = thinnedCurve<number>(10);
    for (let index = 0; index < count; index += 1) curve.add(index);
    const points = curve.points();
    t.ok(points.length >= 5 && points.length <= 10, `${points.length} of ${count}`);
    t.equal(points[0], 0);
    t.equal(points.at(-1), count - 1);
    const steps = points.slice(1, -1).map((point, index) => point - (points[index] ?? 0));
    t.equal(new Set(steps).size, 1, `${steps}`);
  }
});

t.test('logs are kept in a new directory, and nothing is overwritten', async (t) => {
  const base = t.testdir({ 'containerd.log': 'daemon', keep: { 'containerd.log': 'older' } });
  const kept = await openKeptLogs(join(base, 'keep'), 'leaktrail-real-abcdef');
  const path = await kept.keep(join(base, 'containerd.log'));
  t.equal(path, join(base, 'keep', 'leaktrail-real-abcdef', 'containerd.log'));
  t.equal(readFileSync(path, 'utf8'), 'daemon');
  t.equal(readFileSync(join(base, 'keep', 'containerd.log'), 'utf8'), 'older');
  await t.rejects(kept.keep(join(base, 'containerd.log')), { code: 'EEXIST' });
  await kept.close();
  await t.rejects(openKeptLogs(join(base, 'keep'), 'leaktrail-real-abcdef'), { code: 'EEXIST' });
});

t.test('links that wait for the logs are not followed', async (t) => {
  const base = t.testdir({ 'a.log': 'new', target: { 'a.log': 'precious' }, keep: {} });
  await symlink(join(base, 'target'), join(base, 'keep', 'run'));
  await t.rejects(openKeptLogs(join(base, 'keep'), 'run'), { code: 'EEXIST' });
  const kept = await openKeptLogs(join(base, 'keep'), 'other');
  await symlink(join(base, 'target', 'a.log'), join(base, 'keep', 'other', 'a.log'));
  await t.rejects(kept.keep(join(base, 'a.log')), { code: 'EEXIST' });
  await kept.close();
  t.equal(readFileSync(join(base, 'target', 'a.log'), 'utf8'), 'precious');
  t.strictSame(readdirSync(join(base, 'target')), ['a.log']);
});

t.test('the directory is made where it is missing', async (t) => {
  const base = t.testdir({ 'a.log': '' });
  await mkdir(join(base, 'x'));
  await writeFile(join(base, 'x', 'b.log'), 'b');
  const kept = await openKeptLogs(join(base, 'not', 'yet'), 'run');
  await kept.keep(join(base, 'x', 'b.log'));
  await kept.close();
  t.ok(existsSync(join(base, 'not', 'yet', 'run', 'b.log')));
});
