/** The built bin `reproduce` as a process. Needs `npm run build`, which `npm test` runs first. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { run } from '../../lib/cli/run.js';
import { ROOT } from '../root.js';
import { fakeIo } from './fake-io.js';

const bin = (name: string) => join(fileURLToPath(ROOT), 'dist', 'bin', `${name}.cjs`);
const REPRODUCE = bin('reproduce');
if (!existsSync(REPRODUCE)) t.bailout(`${REPRODUCE} is missing: npm run build`);

/** tap's own loader stays out of the child. */
const env = { ...process.env, NODE_OPTIONS: '' };

t.test('it feeds for real, and what it wrote is what it says', async (t) => {
  const directory = t.testdir();
  const argv = [
    'line-buffer',
    '--limit',
    '1KiB',
    '--line',
    '100KiB',
    '--keep',
    directory,
    '--format',
    'json',
  ];
  const { status, stdout } = spawnSync(process.execPath, [REPRODUCE, ...argv], { env });
  t.equal(status, 0);
  const [{ partialRecords, fullRecords, diskBytes, simulated }] = JSON.parse(stdout.toString());
  t.same([partialRecords, fullRecords], [99, 1]);
  t.ok(diskBytes > 100 * 1024);
  t.ok(simulated.seconds > 0);
  t.equal(readdirSync(directory).length, 1, 'the log of one container');
});

t.test('an interrupt leaves no file behind', async (t) => {
  const temporary = t.testdir();
  const begun = new Promise<void>((resolve) => {
    const watcher = watch(temporary, () => {
      watcher.close();
      resolve();
    });
  });
  const child = spawn(process.execPath, [REPRODUCE, 'line-buffer', '--pace', '1KiB', '--line', '1MiB'], {
    env: { ...env, TMPDIR: temporary },
  });
  const ended = new Promise((resolve) => child.on('close', (code) => resolve(code)));
  await begun;
  child.kill('SIGINT');
  t.equal(await ended, 130);
  t.same(readdirSync(temporary), []);
});

t.test('SIGHUP that comes twice at once, as from npm and the terminal, leaves none either', async (t) => {
  const temporary = t.testdir();
  const begun = new Promise<void>((resolve) => {
    const watcher = watch(temporary, () => {
      watcher.close();
      resolve();
    });
  });
  const child = spawn(process.execPath, [REPRODUCE, 'line-buffer', '--pace', '1KiB', '--line', '1MiB'], {
    env: { ...env, TMPDIR: temporary },
  });
  const ended = new Promise((resolve) => child.on('close', (code) => resolve(code)));
  await begun;
  child.kill('SIGHUP');
  child.kill('SIGHUP');
  t.equal(await ended, 130);
  t.same(readdirSync(temporary), []);
});

t.test('what it logs is recognised', async (t) => {
  const log = join(t.testdir(), 'log');
  const incidents = async (limit: string) => {
    const argv = ['line-buffer', '--limit', limit, '--line', '64KiB', '--logs', log];
    t.equal(await run(['reproduce', ...argv], fakeIo()), 0);
    const io = fakeIo();
    await run(['analyze', '--all', '--format', 'ndjson', log], io);
    return io
      .out()
      .split('\n')
      .filter((line) => line.includes('"type":"incident"'))
      .map((line) => JSON.parse(line));
  };
  t.match((await incidents('-1')).at(-1), { defect: 'log-line-buffer', certainty: 'suspected' });
  t.same(await incidents('16384'), []);
});
