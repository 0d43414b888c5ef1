/** Two runs do not append to one file; where that cannot be made sure of, the file is written nevertheless. */
import { existsSync, mkdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { lockOutput } from '../../lib/cli/output-lock.js';

const quiet = (): void => {};

t.test('a second run is refused by name, until the first lets go', async (t) => {
  const output = join(t.testdir(), 'out.ndjson');
  const release = await lockOutput(output, quiet);
  t.match(readlinkSync(`${output}.lock`), new RegExp(`^pid=${process.pid} `));
  await t.rejects(lockOutput(output, quiet), {
    name: 'UsageError',
    message: `--output: ${output}: in use by another run (pid ${process.pid}); stop that one, or name another file with --output`,
  });
  await release();
  t.equal(existsSync(`${output}.lock`), false);
  await (await lockOutput(output, quiet))();
});

t.test('by another name of the file, too', async (t) => {
  const dir = t.testdir({ 'out.ndjson': '' });
  symlinkSync('out.ndjson', join(dir, 'latest'));
  const release = await lockOutput(join(dir, 'out.ndjson'), quiet);
  await t.rejects(lockOutput(join(dir, 'latest'), quiet), { name: 'UsageError' });
  await release();
});

t.test('what is no lock, or a directory that takes none, is in nobody’s way', async (t) => {
  const dir = t.testdir();
  mkdirSync(join(dir, 'out.ndjson.lock'));
  await (await lockOutput(join(dir, 'out.ndjson'), quiet))();
  await (await lockOutput(join(dir, 'no', 'such', 'directory'), quiet))();
  t.ok(existsSync(join(dir, 'out.ndjson.lock')));
});
