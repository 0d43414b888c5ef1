/** The built `analyze` as a service: asked, reloaded, killed, rotated, and with nobody who reads what it says. */
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { randomOf, seedOf } from '../analyze/random.js';
import { ROOT } from '../root.js';
import { killAndGoOn, waitUntil } from './killed-service.js';
import { containerOf, exitOf, objectsOf, type Service, startService, stopCall } from './service-process.js';

const NOW = Date.now() - 60_000;
const DRAIN_MS = 2_000;

/** Three stop calls, two minutes apart: confirmed. */
function stuck(container: number): string {
  const calls = [240_000, 120_000, 0].flatMap((before) => stopCall(container, NOW - before));
  return calls.map((line) => `${line}\n`).join('');
}

function following(log: string, ...args: readonly string[]): readonly string[] {
  return ['--follow', log, '--from-start', '--format', 'ndjson', '--fail-on', 'never', ...args];
}

/** A running service and what it follows; killed at the end of the test. */
function service(t: Test, args: (log: string, dir: string) => readonly string[], options = {}) {
  const dir = t.testdir({ messages: '', mine: {} });
  const log = join(dir, 'messages');
  const running: Service = startService(args(log, dir), options);
  t.teardown(() => running.end('SIGKILL'));
  return { dir, log, running };
}

t.test('an incident appears, is listed when asked for, and new patterns are read', async (t) => {
  const { dir, log, running } = service(t, (log, dir) => following(log, '--patterns', join(dir, 'mine')));
  appendFileSync(log, stuck(1));
  await running.until('the incident', (out) => out.includes('"certainty":"confirmed"'));
  const once = running.out().split('\n').length;

  running.child.kill('SIGUSR2');
  await running.until(
    'the open ones',
    (out, err) => err.includes('1 open incident\n') && out.split('\n').length > once,
  );
  t.match(objectsOf(running.out()).at(-1), { id: 'stuck-stop-aaaaaaaaaaa1-1', state: 'open' });

  mkdirSync(join(dir, 'mine', 'dockerd'), { recursive: true });
  writeFileSync(join(dir, 'mine', 'dockerd', 'bad.yaml'), 'title: [\n');
  running.child.kill('SIGHUP');
  await running.until('the complaint', (_, err) => err.includes('the patterns stay as they were'));
  t.match(running.err(), 'bad.yaml');

  rmSync(join(dir, 'mine', 'dockerd'), { recursive: true });
  cpSync(new URL('docs/examples/patterns/', ROOT), join(dir, 'mine'), { recursive: true });
  running.child.kill('SIGHUP');
  await running.until('the new ones', (_, err) => err.includes('the patterns were read again'));

  appendFileSync(log, stuck(2));
  await running.until('the old ones at work', (out) => out.includes('aaaaaaaaaaa2-1'));
  const began = performance.now();
  t.equal(await running.end('SIGTERM'), 0);
  t.ok(performance.now() - began < DRAIN_MS);
  t.equal(objectsOf(running.out()).at(-1)?.['type'], 'summary');
});

t.test('killed and started again, whenever: nothing twice, nothing missing, exact counts', async (t) => {
  const seed = seedOf();
  t.comment(`LEAKTRAIL_SEED=${seed}`);
  const { faults } = await killAndGoOn({ directory: t.testdir({}), kills: 3, random: randomOf(seed) });
  t.same(faults, []);
});

t.test('nobody reads: reading stops, and SIGTERM still ends it in time, with its state', async (t) => {
  const { dir, log, running } = service(
    t,
    (log, dir) => following(log, '--all', '--state', join(dir, 'state'), '--output', join(dir, 'out')),
    { reads: false },
  );
  // Far more news than a pipe takes.
  const lines = Array.from({ length: 600 }, (_, n) => stuck(n))
    .join('')
    .trimEnd()
    .split('\n');
  // They begin with their time.
  appendFileSync(log, `${lines.toSorted().join('\n')}\n`);
  const output = join(dir, 'out');
  const size = (): number => {
    try {
      return statSync(output).size;
    } catch {
      return 0;
    }
  };
  t.ok(await waitUntil(() => size() > 128 * 1024, 20_000), 'more than the pipe holds was told to the file');
  const began = performance.now();
  t.equal(await running.end('SIGTERM'), 70);
  t.ok(performance.now() - began < DRAIN_MS + 5_000);
  // On a busy machine there may be no time for the state either, which it says.
  t.match(
    running.err(),
    /ended 2 s after the signal: the report (was not written whole: nobody reads|is written)/,
  );
  t.match(readFileSync(join(dir, 'state'), 'latin1'), /^\{"type":"leaktrail-state"/);
});

t.test('--output goes on in a new file when it was renamed', async (t) => {
  const { dir, log, running } = service(t, (log, dir) => following(log, '--output', join(dir, 'out')));
  const output = join(dir, 'out');
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return '';
    }
  };
  appendFileSync(log, stuck(1));
  t.ok(await waitUntil(() => read(output).includes('aaaaaaaaaaa1-1'), 20_000));
  renameSync(output, `${output}.1`);
  // It looks for its file once a second at most.
  let n = 2;
  const moved = await waitUntil(() => {
    appendFileSync(log, stuck(n++));
    return read(output) !== '';
  }, 20_000);
  t.ok(moved);
  appendFileSync(log, stuck(n));
  const last = `${containerOf(n).slice(0, 12)}-1`;
  t.ok(await waitUntil(() => read(output).includes(last), 20_000), 'the last one');
  t.equal(await running.end('SIGTERM'), 0);
  const ids = objectsOf(read(`${output}.1`) + read(output)).map(({ id }) => id);
  t.equal(new Set(ids).size, n + 1, 'every incident is in one of them, and the summary');
});

t.test('a damaged state is told, and the one before it is used', async (t) => {
  const dir = t.testdir({ messages: stuck(1) });
  const log = join(dir, 'messages');
  const state = join(dir, 'state');
  const first = startService(following(log, '--state', state));
  t.teardown(() => first.end('SIGKILL'));
  await first.until('the incident', (out) => out.includes('"certainty":"confirmed"'));
  await first.end('SIGTERM');
  writeFileSync(state, readFileSync(state).subarray(0, -100));
  appendFileSync(log, `${exitOf(1, NOW + 20_000)}\n`);
  const second = startService(following(log, '--state', state));
  t.teardown(() => second.end('SIGKILL'));
  await second.until('its end', (out) => out.includes('"state":"resolved"'));
  await second.end('SIGTERM');
  t.match(second.err(), /state: .*damaged|state.*is used/);
  const objects = objectsOf(second.out());
  t.match(objects[0], { id: 'stuck-stop-aaaaaaaaaaa1-1', state: 'resolved', attempts: 3 });
  t.equal(objects.at(-1)?.['lines'], 7);
});

t.test('a reader that goes away ends it as usual', async (t) => {
  const { log, running } = service(t, (log) => following(log));
  appendFileSync(log, stuck(1));
  await running.until('the incident', (out) => out.includes('"certainty":"confirmed"'));
  running.child.stdout?.destroy();
  const went = waitUntil(() => {
    appendFileSync(log, stuck(2) + stuck(3));
    return running.child.exitCode !== null;
  }, 20_000);
  t.ok(await went);
  t.equal(running.child.exitCode, 0);
  t.equal(running.err(), '');
});

t.test('a state that cannot be saved: told once, all is told, and by the next run not again', async (t) => {
  const dir = t.testdir({ messages: stuck(1) });
  const log = join(dir, 'messages');
  const state = join(dir, 'state');
  const args = following(log, '--state', state, '--output', join(dir, 'out'));
  const first = startService(args);
  t.teardown(() => first.end('SIGKILL'));
  await first.until('the first', (out) => out.includes('aaaaaaaaaaa1-1'));
  // Nothing can be made in its place.
  mkdirSync(`${state}.tmp`);
  for (const container of [2, 3]) {
    appendFileSync(log, stuck(container));
    await first.until(`container ${container}`, (out) => out.includes(`aaaaaaaaaaa${container}-1`));
  }
  t.equal(await first.end('SIGTERM'), 0);
  t.equal(first.err().split('the state could not be saved').length, 2, first.err());
  t.match(first.err(), /the next run goes on from the state before/);
  t.equal(objectsOf(first.out()).at(-1)?.['type'], 'summary', 'the report is there');

  rmSync(`${state}.tmp`, { recursive: true });
  appendFileSync(log, stuck(4));
  const second = startService(args);
  t.teardown(() => second.end('SIGKILL'));
  await second.until('what is new', (out) => out.includes('aaaaaaaaaaa4-1'));
  t.equal(await second.end('SIGTERM'), 0);
  t.equal(second.err(), '');
  const objects = objectsOf(second.out());
  const updates = objects.slice(0, -5).map(({ id }) => id);
  t.same([...new Set(updates)], ['stuck-stop-aaaaaaaaaaa4-1'], 'the others were told, as the output shows');
  t.equal(objects.at(-1)?.['lines'], 24);
  for (const { attempts } of objects.slice(-5, -1)) t.equal(attempts, 3);
});
