/**
 * The built `analyze` as a service, where it has to be a process: signals, terminals, kills, and nobody who reads what
 * it says. Everything else is in service.test.ts.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { randomOf, seedOf } from '../analyze/random.js';
import { killAndGoOn, waitUntil } from './killed-service.js';
import { ANALYZE, following, type Service, startService, stuck } from './service-process.js';

const DRAIN_MS = 2_000;

/** A running service and what it follows; killed at the end of the test. */
function service(t: Test, args: (log: string, dir: string) => readonly string[], options = {}) {
  const dir = t.testdir({ messages: '', mine: {} });
  const log = join(dir, 'messages');
  const running: Service = startService(args(log, dir), options);
  t.teardown(() => running.end('SIGKILL'));
  return { dir, log, running };
}

t.test('signals are heard from the first moment, and answered', async (t) => {
  const dir = t.testdir({ messages: '' });
  const [log, state] = [join(dir, 'messages'), join(dir, 'state')];
  const preload = join(dir, 'probe.mjs');
  // Both come in the moment in which the first of them is listened to: before anything else is loaded.
  writeFileSync(
    preload,
    `const listen = process.on;
    process.on = function (name, ...rest) {
      const result = listen.call(this, name, ...rest);
      if (name === 'SIGUSR2') {
        process.on = listen;
        console.error(process.listenerCount('SIGTERM') === 0 ? 'early' : 'late');
        for (const signal of ['SIGUSR2', 'SIGHUP']) process.kill(process.pid, signal);
      }
      return result;
    };`,
  );
  const running = startService(following(log, '--state', state), { preload });
  t.teardown(() => running.end('SIGKILL'));
  await running.until('the answers', (_, err) =>
    ['0 open incidents', 'following', 'the patterns were read again'].every((words) => err.includes(words)),
  );
  t.match(running.err(), /^early$/m);
  const began = performance.now();
  t.equal(await running.end('SIGTERM'), 0);
  t.ok(performance.now() - began < DRAIN_MS);
});

const SCRIPT = '/usr/bin/script';

t.test(
  'a terminal that is closed ends it, with its state, by the signal',
  { skip: process.platform !== 'linux' || !existsSync(SCRIPT) },
  async (t) => {
    const dir = t.testdir({ messages: stuck(1) });
    const [log, state, code] = ['messages', 'state', 'code'].map((name) => join(dir, name)) as [
      string,
      string,
      string,
    ];
    // The outer shell ends with its terminal, as that of a user does; the inner one stays, to tell how the run ended.
    const inner =
      'trap : HUP; "$NODE" "$ANALYZE" --follow "$LOG" --from-start --state "$STATE"; echo $? > "$CODE"';
    const terminal = spawn(SCRIPT, ['-qc', `sh -c '${inner}'; true`, '/dev/null'], {
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        NODE: process.execPath,
        ANALYZE,
        LOG: log,
        STATE: state,
        CODE: code,
      },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    t.teardown(() => terminal.kill('SIGKILL'));
    t.ok(await waitUntil(() => existsSync(state), 20_000), 'it runs');
    terminal.kill('SIGKILL');
    t.ok(await waitUntil(() => existsSync(code) && readFileSync(code, 'utf8') !== '', 20_000), 'it ends');
    t.equal(readFileSync(code, 'utf8'), '129\n');
    t.equal(existsSync(`${state}.lock`), false, 'it has let go of its state');
  },
);

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
  const lines = Array.from({ length: 100 }, (_, n) => stuck(n))
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
    /ended \d+(\.\d)? s after the signal: (the report (was not written whole: nobody reads|is not whole)|the file of --output may not)/,
  );
  t.match(readFileSync(join(dir, 'state'), 'latin1'), /^\{"type":"leaktrail-state"/);
});
