/** What a service does with its state and its outputs, in this process: damaged, full, renamed, given up. */
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ROOT } from '../root.js';
import { waitUntil } from './killed-service.js';
import { type ServiceHere, serviceHere } from './service-here.js';
import { containerOf, exitOf, following, objectsOf, stuck } from './service-process.js';

const LATER = Date.now();

interface Scene {
  readonly dir: string;
  readonly log: string;
  readonly state: string;
  readonly output: string;
  start(...args: readonly string[]): ServiceHere;
}

function scene(t: Test, text = ''): Scene {
  const dir = t.testdir({ messages: text });
  const log = join(dir, 'messages');
  const running: ServiceHere[] = [];
  t.teardown(() => Promise.all(running.map((service) => service.end())));
  return {
    dir,
    log,
    state: join(dir, 'state'),
    output: join(dir, 'out'),
    start(...args) {
      const service = serviceHere(following(log, ...args));
      running.push(service);
      return service;
    },
  };
}

function read(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

const isConfirmed = (out: string): boolean => out.includes('"certainty":"confirmed"');

t.test('an incident appears, is listed when asked for, and new patterns are read', async (t) => {
  const { dir, log, start } = scene(t);
  const mine = join(dir, 'mine');
  mkdirSync(join(mine, 'dockerd'), { recursive: true });
  const running = start('--patterns', mine);
  appendFileSync(log, stuck(1));
  await running.until('the incident', isConfirmed);
  const once = running.out().split('\n').length;

  running.io.request('SIGUSR2');
  await running.until('the sources', (_, err) => err.includes('following 1 file, read to the end\n'));
  t.match(running.err(), /^analyze: 1 open incident$/m);
  t.ok(running.out().split('\n').length > once);
  t.match(objectsOf(running.out()).at(-1), { id: 'stuck-stop-aaaaaaaaaaa1-1', state: 'open' });

  writeFileSync(join(mine, 'dockerd', 'bad.yaml'), 'title: [\n');
  running.io.request('SIGHUP');
  await running.until('the complaint', (_, err) => err.includes('the patterns stay as they were'));
  t.match(running.err(), 'bad.yaml');

  rmSync(join(mine, 'dockerd'), { recursive: true });
  cpSync(new URL('docs/examples/patterns/', ROOT), mine, { recursive: true });
  running.io.request('SIGHUP');
  await running.until('the new ones', (_, err) => err.includes('the patterns were read again'));

  appendFileSync(log, stuck(2));
  await running.until('the old ones at work', (out) => out.includes('aaaaaaaaaaa2-1'));
  t.equal(await running.end(), 0);
  t.equal(objectsOf(running.out()).at(-1)?.['type'], 'summary');
});

t.test('--output goes on in a new file when it was renamed', async (t) => {
  const { log, output, start } = scene(t);
  const running = start('--output', output);
  appendFileSync(log, stuck(1));
  t.ok(await waitUntil(() => read(output).includes('aaaaaaaaaaa1-1'), 20_000));
  renameSync(output, `${output}.1`);
  // It looks for its file once a second at most.
  let n = 2;
  const isMoved = (): boolean => {
    appendFileSync(log, stuck(n++));
    return read(output) !== '';
  };
  t.ok(await waitUntil(isMoved, 20_000, 100));
  appendFileSync(log, stuck(n));
  const last = `${containerOf(n).slice(0, 12)}-1`;
  t.ok(await waitUntil(() => read(output).includes(last), 20_000), 'the last one');
  t.equal(await running.end(), 0);
  const ids = objectsOf(read(`${output}.1`) + read(output)).map(({ id }) => id);
  t.equal(new Set(ids).size, n + 1, 'every incident is in one of them, and the summary');
});

t.test('two runs do not append to one file', async (t) => {
  const { output, start } = scene(t);
  const first = start('--output', output);
  t.ok(await waitUntil(() => existsSync(output), 20_000));
  const second = start('--output', output);
  t.equal(await second.end(), 2);
  t.match(second.err(), `--output: ${output}: in use by another run (pid ${process.pid})`);
  t.equal(await first.end(), 0);
  t.equal(existsSync(`${output}.lock`), false);
});

t.test('a damaged state is told, and the one before it is used', async (t) => {
  const { log, state, start } = scene(t, stuck(1));
  const first = start('--state', state);
  await first.until('the incident', isConfirmed);
  await first.end();
  writeFileSync(state, readFileSync(state).subarray(0, -100));
  appendFileSync(log, `${exitOf(1, LATER)}\n`);
  const second = start('--state', state);
  await second.until('its end', (out) => out.includes('"state":"resolved"'));
  await second.end();
  t.match(second.err(), /state: .*damaged|state.*is used/);
  const objects = objectsOf(second.out());
  t.match(objects[0], { id: 'stuck-stop-aaaaaaaaaaa1-1', state: 'resolved', attempts: 3 });
  t.equal(objects.at(-1)?.['lines'], 7);
});

t.test('where no copy of it is left, what came since is told and counted as a loss', async (t) => {
  const { dir, state, log, start } = scene(t, stuck(1));
  const first = start('--state', state);
  await first.until('the incident', isConfirmed);
  await first.end();
  for (const copy of [state, `${state}.previous`]) writeFileSync(copy, readFileSync(state).subarray(0, -10));
  const args = ['--follow', log, '--format', 'ndjson', '--state', state];
  const begun = serviceHere(args);
  await begun.until('the loss', (_, err) => err.includes('how far the run before had read is not known'));
  await begun.end();
  t.match(objectsOf(begun.out()).at(-1), { unknownLosses: 1, losses: [{ source: state }] });

  for (const name of ['state', 'state.previous']) rmSync(join(dir, name), { force: true });
  writeFileSync(`${state}.told`, '');
  const again = serviceHere([...args, '--from-start']);
  await again.until('what it reads', isConfirmed);
  t.equal(await again.end(), 1);
  t.match(again.err(), /state: is gone, and .*state\.told shows .* all that is there is read again/);
  t.match(objectsOf(again.out()).at(-1), { unknownLosses: 0, unreadable: 0 });
});

t.test('a reader that goes away ends it as usual', async (t) => {
  const { log, start } = scene(t);
  const running = start();
  appendFileSync(log, stuck(1));
  await running.until('the incident', isConfirmed);
  running.io.breakStdout();
  t.equal(await running.end(), 0);
  t.equal(running.err(), '');
});

t.test('a state that cannot be saved: told once, all is told, and by the next run not again', async (t) => {
  const { log, output, state, start } = scene(t, stuck(1));
  const first = start('--state', state, '--output', output);
  await first.until('the first', (out) => out.includes('aaaaaaaaaaa1-1'));
  // Nothing can be made in its place.
  mkdirSync(`${state}.tmp`);
  for (const container of [2, 3]) {
    appendFileSync(log, stuck(container));
    await first.until(`container ${container}`, (out) => out.includes(`aaaaaaaaaaa${container}-1`));
  }
  t.equal(await first.end(), 70, 'what could not be done at the end is no success');
  t.equal(first.err().split('the state could not be saved').length, 2, first.err());
  t.match(first.err(), /the one saved before stays/);
  t.match(first.err(), /the next run goes on from the state before/);
  t.equal(objectsOf(first.out()).at(-1)?.['type'], 'summary', 'the report is there');

  rmSync(`${state}.tmp`, { recursive: true });
  appendFileSync(log, stuck(4));
  const second = start('--state', state, '--output', output);
  await second.until('what is new', (out) => out.includes('aaaaaaaaaaa4-1'));
  t.equal(await second.end(), 0);
  t.equal(second.err(), '');
  const objects = objectsOf(second.out());
  const updates = objects.slice(0, -5).map(({ id }) => id);
  t.same([...new Set(updates)], ['stuck-stop-aaaaaaaaaaa4-1'], 'the others were told, as the output shows');
  for (const { attempts } of objects.slice(-5, -1)) t.equal(attempts, 3);
});

t.test('a first state that can never be saved: nothing is said of another', async (t) => {
  const { state, start } = scene(t, stuck(1));
  mkdirSync(`${state}.tmp`);
  const running = start('--state', state);
  await running.until('the incident', isConfirmed);
  t.equal(await running.end(), 70);
  t.match(running.err(), /there is none yet, and it is tried again/);
  t.match(running.err(), /no state could be saved: the next run begins as this one did/);
  t.notMatch(running.err(), /state before|before stays/);
});
