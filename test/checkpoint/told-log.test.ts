/** What was told since the last save is known to the next run, whatever a kill or a full disk left of it. */
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openToldLog, type ToldEntry } from '../../lib/checkpoint/told-log.js';

function entry(id: string, lines = ''): ToldEntry {
  return { id, state: 'open', certainty: 'likely', lines };
}

t.test('the next run knows what was told behind the state that it goes on from', async (t) => {
  const state = join(t.testdir({}), 'state');
  const first = openToldLog(state, 0);
  t.same(first.since, []);
  for (const id of ['a', 'b', 'c']) t.ok(first.log.note(entry(id, `{"id":"${id}"}\n`)));
  first.log.saved(2);
  t.equal(statSync(`${state}.told`).mode & 0o777, 0o600);
  const next = openToldLog(state, 2);
  t.same(next.since, [entry('c', '{"id":"c"}\n')]);
  t.equal(next.log.count(), 3);
  t.ok(next.log.note(entry('d')));
  t.same(
    openToldLog(state, 1).since.map(({ id }) => id),
    ['b', 'c', 'd'],
    'an older state knows less',
  );
  t.same(openToldLog(state, 4).since, []);
});

t.test('without a state to go on from, what lies there is of another history', async (t) => {
  const state = join(t.testdir({}), 'state');
  const first = openToldLog(state, 0);
  first.log.note(entry('a'));
  const next = openToldLog(state, null);
  t.same(next.since, []);
  t.notOk(existsSync(`${state}.told`));
  t.equal(next.log.count(), 0);
});

t.test('half a line is nothing, and spoils nothing behind it', async (t) => {
  const state = join(t.testdir({}), 'state');
  const first = openToldLog(state, 0);
  first.log.note(entry('a'));
  appendFileSync(`${state}.told`, '{"count":2,"id":"b","st');
  const next = openToldLog(state, 0);
  t.same(
    next.since.map(({ id }) => id),
    ['a'],
  );
  next.log.note(entry('c'));
  t.same(
    openToldLog(state, 0).since.map(({ id }) => id),
    ['a', 'c'],
  );
  writeFileSync(`${state}.told`, 'somebody else\nnull\n[1]\n');
  t.same(openToldLog(state, 0).since, []);
});

t.test(
  'where it cannot be written it says so, and what the state counts is taken out when it is long',
  async (t) => {
    const directory = t.testdir({ 'state.told': {} });
    t.notOk(openToldLog(join(directory, 'state'), 0).log.note(entry('a')), 'a directory is in its place');

    const state = join(directory, 'other');
    const { log } = openToldLog(state, 0);
    const long = `${'x'.repeat(100_000)}\n`;
    for (let at = 0; at < 12; at++) t.ok(log.note(entry(`i${at}`, long)));
    log.saved(11);
    t.ok(statSync(`${state}.told`).size < 150_000);
    t.ok(log.note(entry('later')));
    t.same(
      openToldLog(state, 11).since.map(({ id }) => id),
      ['i11', 'later'],
    );
    t.equal(readFileSync(`${state}.told`, 'utf8').split('\n').length, 3);
  },
);

t.test('it is not kept open', { skip: !existsSync('/proc/self/fd') }, async (t) => {
  const state = join(t.testdir({}), 'state');
  const { log } = openToldLog(state, 0);
  t.ok(log.note(entry('a')));
  const open = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });
  t.notOk(open.some((path) => path.startsWith(state)));
});
