/** What the file system refuses or loses for a while: told once, tried again, and nothing lost by it. */
import * as files from 'node:fs';
import t from 'tap';
import { nodeFollowFs } from '../../lib/ingest/follow/follow-fs.js';
import { faulty } from './faulty-fs.js';
import { A, B, C, D, followedDirectory, line } from './followed-directory.js';

t.test(
  'a file that may not be read yet is told once, and read on from the start of the run later',
  async (t) => {
    const { at, run, write } = followedDirectory(t);
    const { codes, fs } = faulty();
    write('log', A);
    codes.set(`open ${at('log')}`, 'EACCES');
    const { look, consumer } = run(['log'], { fs });
    await look();
    write('log', B);
    t.same(await look(), []);
    t.match(consumer.problems, [
      { source: at('log'), reason: /permission denied; it is tried again/, lostBytes: 0 },
    ]);
    t.equal(consumer.problems.length, 1);
    codes.clear();
    t.same(await look(), [B]);
    t.equal(consumer.problems.length, 1);
  },
);

t.test(
  'a file that is taken away from its reader is told, and gone on with when it is given back',
  async (t) => {
    const { at, run, write } = followedDirectory(t);
    const { codes, fs } = faulty();
    write('log', A);
    const { look, consumer } = run(['log'], { fs });
    await look();
    codes.set(`status ${at('log')}`, 'EACCES');
    write('log', B);
    await look();
    await look();
    t.equal(consumer.problems.length, 1);
    codes.clear();
    write('log', C);
    await look();
    t.same([...consumer.lines.keys()], [B, C]);
  },
);

t.test('a directory that may not be listed is told once, and its files are found later', async (t) => {
  const { at, run, write } = followedDirectory(t);
  const { codes, fs } = faulty();
  write('dir/a.log', A);
  codes.set(`match ${at('dir/*.log')}`, 'EACCES');
  const { look, consumer } = run(['dir/*.log'], { fs });
  t.same(await look(), []);
  t.same(await look(), []);
  t.match(consumer.problems, [
    { source: at('dir/*.log'), reason: /permission denied; it is tried again/, lostBytes: 0 },
  ]);
  t.equal(consumer.problems.length, 1);
  codes.clear();
  write('dir/b.log', B);
  t.same(
    (await look()).filter((text) => text === B),
    [B],
  );
});

for (const code of ['ESTALE', 'EIO'])
  for (const calls of [['read'], ['read', 'fstat']])
    t.test(`${code} of ${calls.join(' and ')} loses nothing once it works again`, async (t) => {
      const { at, open, run, write } = followedDirectory(t);
      const { codes, fs } = faulty();
      write('log', A);
      write('other', A);
      const { look, consumer } = run(['log', 'other'], { fs });
      await look();
      for (const call of calls) codes.set(`${call} ${at('log')}`, code);
      write('log', B);
      write('other', C);
      t.same(await look(), [C], 'the others are read');
      write('log', D);
      t.same(await look(), []);
      t.equal(consumer.problems.length, 1, JSON.stringify(consumer.problems));
      t.match(consumer.problems, [{ source: at('log'), reason: /it is tried again/, lostBytes: 0 }]);
      t.same(open(), [at('other')], 'its descriptor is given back');
      codes.clear();
      t.same(await look(), [B, D]);
      t.equal(consumer.problems.length, 1);
      t.same(consumer.over, [at('log')], 'it is told that it works again');
    });

t.test('an error that comes back after it had passed is told again', async (t) => {
  const { at, run, write } = followedDirectory(t);
  const { codes, fs } = faulty();
  write('log', A);
  const { look, consumer } = run(['log'], { fs });
  await look();
  for (const text of [B, C]) {
    codes.set(`read ${at('log')}`, 'EIO');
    write('log', text);
    await look();
    codes.clear();
    t.same(await look(), [text]);
  }
  t.equal(consumer.problems.length, 2);
});

t.test('a file that fails is rotated away meanwhile, and still read to its end', async (t) => {
  const { at, run, write } = followedDirectory(t);
  const { codes, fs } = faulty();
  write('log', A);
  const { look, consumer } = run(['log'], { fs });
  await look();
  codes.set(`read ${at('log')}`, 'EIO');
  write('log', B);
  await look();
  files.renameSync(at('log'), at('log.1'));
  codes.clear();
  write('log', C);
  t.same(await look(), [B, C]);
  t.same(
    consumer.problems.map(({ lostBytes }) => lostBytes),
    [0],
  );
});

t.test('where others leave few descriptors, all is read with those that are left', async (t) => {
  const { run, write } = followedDirectory(t);
  let open = 0;
  let most = 0;
  const names = Array.from({ length: 60 }, (_, i) => `${i}.log`);
  for (const name of names) write(name, line(`start of ${name}`));
  const { look, consumer } = run(['*.log'], {
    from: 'start',
    fs: {
      ...nodeFollowFs,
      watch: () => () => {},
      async open(path) {
        if (open >= 20) throw Object.assign(new Error('EMFILE'), { code: 'EMFILE' });
        open += 1;
        most = Math.max(most, open);
        const file = await nodeFollowFs.open(path);
        return {
          ...file,
          async close() {
            open -= 1;
            await file.close();
          },
        };
      },
    },
  });
  t.equal((await look()).length, 60);
  for (const name of names) write(name, line(`more of ${name}`));
  t.equal((await look()).length, 60);
  t.equal(most, 20, 'the limit was reached');
  t.same(consumer.problems, []);
});

t.test('where there is no descriptor at all, it is told and tried again', async (t) => {
  const { at, run, write } = followedDirectory(t);
  const { codes, fs } = faulty();
  write('log', A);
  codes.set(`open ${at('log')}`, 'EMFILE');
  const { look, consumer } = run(['log'], { fs, from: 'start' });
  t.same(await look(), []);
  t.same(await look(), []);
  t.match(consumer.problems, [{ source: at('log'), reason: /it is tried again/, lostBytes: 0 }]);
  t.equal(consumer.problems.length, 1);
  codes.clear();
  t.same(await look(), [A]);
});

t.test('a removed file is read as long as its writer writes, and closed after 60 s of quiet', async (t) => {
  const { at, later, open, run, write } = followedDirectory(t);
  write('log', A);
  const { look, consumer } = run(['log']);
  await look();
  const writer = files.openSync(at('log'), 'a');
  files.rmSync(at('log'));
  t.same(await look(), []);
  later(50_000);
  files.writeSync(writer, `${B}\n`);
  t.same(await look(), [B]);
  later(59_000);
  await look();
  t.equal(consumer.sources.size, 1);
  files.writeSync(writer, `${C}\n`);
  t.same(await look(), [C]);
  t.ok(open().length >= 2, 'writer and follower');
  later(61_000);
  await look();
  files.closeSync(writer);
  t.equal(consumer.sources.size, 0);
  t.same(open(), []);
  t.match(consumer.problems, [{ reason: /^was deleted/, lostBytes: 0 }]);
});

t.test('a pipe and a directory are refused at once, and a pipe in the place of a log, too', async (t) => {
  const { execFileSync } = await import('node:child_process');
  const { at, run, write } = followedDirectory(t);
  execFileSync('mkfifo', [at('pipe')]);
  files.mkdirSync(at('dir'));
  write('log', A);
  const { look, consumer } = run(['pipe', 'dir', 'log', 'di*', 'pip*']);
  await look();
  await look();
  const told = () => consumer.problems.map(({ source, reason }) => [source, reason]);
  t.match(
    told().filter(([source]) => !source?.includes('*')),
    [
      [at('pipe'), /is a pipe, which is followed only through standard input/],
      [at('dir'), /is a directory; it is not followed/],
    ],
  );
  write('log', B);
  files.renameSync(at('log'), at('log.1'));
  execFileSync('mkfifo', [at('log')]);
  t.same(await look(), [B]);
  t.match(told().at(-1), [at('log'), /is a pipe/]);
  files.rmSync(at('log'));
  write('log', C);
  t.same(await look(), [C], 'a file again');
});
