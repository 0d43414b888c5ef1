/** Each case of rotation by itself, on a real directory. No test sleeps: looks are made by hand. */
import * as files from 'node:fs';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { type FollowFs, nodeFollowFs } from '../../lib/ingest/follow/follow-fs.js';
import { createFileFollower } from '../../lib/ingest/follow/follower.js';
import { A, B, C, D, followedDirectory, line } from './followed-directory.js';

t.test('begins behind the last newline, and reads a line that is unfinished then whole', async (t) => {
  const { at, run, write } = followedDirectory(t);
  write('log', A, B);
  files.appendFileSync(at('log'), C.slice(0, 20));
  const { look, consumer } = run(['log']);
  t.same(await look(), []);
  t.equal([...consumer.sources.values()][0]?.source.start.line, 2);
  files.appendFileSync(at('log'), `${C.slice(20)}\n`);
  t.same(await look(), [C]);
});

t.test('reads a file from its start if asked, and one that appears later always', async (t) => {
  const { run, write } = followedDirectory(t);
  write('a.log', A);
  const { look } = run(['*.log'], { from: 'start' });
  t.same(await look(), [A]);
  write('b.log', B);
  t.same(await look(), [B]);
});

t.test('a log that is rotated as the run starts: the new file is read from its start', async (t) => {
  const { at, run, write } = followedDirectory(t);
  write('log', A, B);
  const fs: FollowFs = {
    ...nodeFollowFs,
    async status(path) {
      const status = await nodeFollowFs.status(path);
      if (path === at('log') && !files.existsSync(at('log.1'))) {
        files.renameSync(at('log'), at('log.1'));
        write('log', C);
      }
      return status;
    },
  };
  const { consumer, look } = run(['log'], { fs });
  t.same(await look(), [C]);
  t.same(consumer.problems, []);
});

t.test('reads from a time on: the rotated copies that were changed since, oldest first', async (t) => {
  const { at, run, write } = followedDirectory(t);
  write('log.3', line('too old'));
  write('log.2', A);
  files.writeFileSync(at('log.2.gz'), gzipSync(files.readFileSync(at('log.2'))));
  files.rmSync(at('log.2'));
  write('log.1', B);
  write('log', C);
  for (const [name, time] of Object.entries({ 'log.3': 100, 'log.2.gz': 200, 'log.1': 300, log: 400 }))
    files.utimesSync(at(name), time, time);
  const { look } = run(['log'], { from: { sinceMs: 150_000 } });
  t.same(await look(), [A, B, C]);
});

t.test('a renamed file is read to its end, late lines too, and given up when it is quiet', async (t) => {
  const { at, run, write, later } = followedDirectory(t);
  write('log', A);
  const { look, consumer } = run(['log']);
  await look();
  write('log', B);
  files.renameSync(at('log'), at('log.1'));
  write('log', C);
  t.same(await look(), [B, C]);
  write('log.1', D);
  t.same(await look(), [D]);
  t.equal(consumer.sources.size, 2);
  later(61_000);
  await look();
  t.equal(consumer.sources.size, 1);
  t.same(consumer.problems, []);
});

t.test('a renamed file is read to its end when it is compressed meanwhile', async (t) => {
  const { at, run, write } = followedDirectory(t);
  write('log', A);
  const { look, consumer } = run(['log*']);
  await look();
  write('log', B);
  files.renameSync(at('log'), at('log.1'));
  files.writeFileSync(at('log.1.gz'), gzipSync(files.readFileSync(at('log.1'))));
  files.rmSync(at('log.1'));
  write('log', C);
  t.same(await look(), [B, C]);
  t.same(await look(), []);
  t.same(consumer.problems, []);
});

t.test('what was written between the last look and a truncation is read from the copy, once', async (t) => {
  const { at, run, write } = followedDirectory(t);
  write('log', A);
  const { look, consumer } = run(['log*']);
  await look();
  write('log', B);
  files.copyFileSync(at('log'), at('log.1'));
  files.truncateSync(at('log'));
  write('log', C);
  t.same(await look(), [B, C]);
  t.same(await look(), []);
  t.same(consumer.problems, []);
});

t.test(
  'a truncation without a copy is told, also when the file has grown beyond the place reached',
  async (t) => {
    const { at, run, write } = followedDirectory(t);
    write('log', A);
    const { look, consumer } = run(['log']);
    await look();
    files.truncateSync(at('log'));
    write('log', B, C, D);
    t.same(await look(), [B, C, D]);
    t.match(consumer.problems, [{ lostBytes: null, reason: /truncated/ }]);
  },
);

t.test('zeros that a writer leaves after a truncation make no line', async (t) => {
  const { at, run, write } = followedDirectory(t);
  write('log', A);
  const { look } = run(['log']);
  await look();
  const fd = files.openSync(at('log'), 'r+');
  files.ftruncateSync(fd);
  await look();
  files.writeSync(fd, `${B}\n`, 5000);
  files.closeSync(fd);
  t.same(await look(), [B]);
});

t.test('several rotations between two looks lose nothing, with one compressed', async (t) => {
  const { at, run, write } = followedDirectory(t);
  write('log', A);
  const { look, consumer } = run(['log']);
  await look();
  write('log', B);
  files.renameSync(at('log'), at('log.2'));
  write('log', C);
  files.writeFileSync(at('log.1.gz'), gzipSync(files.readFileSync(at('log'))));
  files.rmSync(at('log'));
  write('log', D);
  t.same(await look(), [B, C, D]);
  t.same(consumer.problems, []);
});

t.test('a later run goes on where an earlier one stopped, through rotations and compression', async (t) => {
  const { at, run, write } = followedDirectory(t);
  write('log', A);
  const first = run(['log']);
  await first.look();
  write('log', B);
  await first.look();
  const kept = first.consumer.save();
  await first.follower.close();
  write('log', C);
  files.writeFileSync(at('log.2.gz'), gzipSync(files.readFileSync(at('log'))));
  files.rmSync(at('log'));
  write('log.1', D);
  write('log', line('e'));
  const { look, consumer } = run(['log'], {}, kept);
  t.same(await look(), [C, D, line('e')]);
  t.same(consumer.problems, []);
});

t.test('a file that was removed while nobody read it is told', async (t) => {
  const { at, run, write } = followedDirectory(t);
  write('log', A);
  const first = run(['log']);
  await first.look();
  const kept = first.consumer.save();
  await first.follower.close();
  files.rmSync(at('log'));
  const { look, consumer } = run(['log'], {}, kept);
  t.same(await look(), []);
  t.match(consumer.problems, [{ lostBytes: null, reason: /removed while nobody read it/ }]);
  t.equal(consumer.sources.size, 0);
});

t.test('a link is followed to another file, as in /var/log/containers', async (t) => {
  const { at, run, write } = followedDirectory(t);
  write('pods/c/0.log', A);
  files.mkdirSync(at('containers'));
  files.symlinkSync(at('pods/c/0.log'), at('containers/c.log'));
  const { look, consumer } = run(['containers/*.log'], { from: 'start' });
  t.same(await look(), [A]);
  write('pods/c/0.log', B);
  files.renameSync(at('pods/c/0.log'), at('pods/c/0.log.20261121-101112'));
  t.same(await look(), [B], 'dangling');
  write('pods/c/0.log', C);
  t.same(await look(), [C]);
  files.rmSync(at('containers/c.log'));
  write('pods/c/1.log', D);
  files.symlinkSync(at('pods/c/1.log'), at('containers/c.log'));
  t.same(await look(), [D]);
  t.same(consumer.problems, []);
});

t.test('two names of one file are read once', async (t) => {
  const { at, run, write } = followedDirectory(t);
  write('log', A);
  files.linkSync(at('log'), at('other'));
  files.symlinkSync(at('log'), at('link'));
  const { look } = run(['log', 'other', 'link'], { from: 'start' });
  t.same(await look(), [A]);
});

t.test(
  'what is not there yet is waited for; a directory and a glob without a match are told once',
  async (t) => {
    const { at, run, write } = followedDirectory(t);
    files.mkdirSync(at('dir'));
    const { look, consumer } = run(['missing/log', 'dir', '*.none']);
    await look();
    await look();
    t.same(consumer.problems.map(({ reason, lostBytes }) => [reason, lostBytes]).toSorted(), [
      ['is a directory; it is not followed', 0],
      ['no file matches; it is tried again', 0],
      ['no such file; it is waited for', 0],
    ]);
    write('missing/log', A);
    t.same(await look(), [A]);
  },
);

t.test('idle files are closed beyond the cap and opened again', async (t) => {
  const { at, run, write } = followedDirectory(t);
  const names = Array.from({ length: 40 }, (_, i) => `${i}.log`);
  for (const name of names) write(name, line(`start of ${name}`));
  const { look } = run(['*.log'], { maxOpen: 16 });
  await look();
  const open = files.readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return files.readlinkSync(`/proc/self/fd/${fd}`).startsWith(at(''));
    } catch {
      return false;
    }
  });
  t.ok(open.length <= 17, `${open.length} open`);
  for (const name of names) write(name, line(`more of ${name}`));
  t.equal((await look()).length, 40);
});

t.test('a flooded file does not keep another from its turn', async (t) => {
  const { at, run, write } = followedDirectory(t);
  write('a', A);
  write('b', B);
  const { look, follower } = run(['a', 'b'], {
    bufferBytes: 256,
    frontier: (source) => (source.name.endsWith('a') ? null : 5),
  });
  await look();
  files.appendFileSync(at('a'), `${'x'.repeat(99)}\n`.repeat(1000));
  write('b', C);
  follower.wake();
  for (let turn = 0; turn < 12; turn++) {
    const piece = await follower.next();
    if (piece?.kind === 'bytes' && piece.source.name.endsWith('b')) return t.pass();
  }
  t.fail('b waited');
});

t.test('a line is given out as soon as the watch tells, until the signal aborts', async (t) => {
  const { at, write } = followedDirectory(t);
  write('log', A);
  const stop = new AbortController();
  const seen: string[] = [];
  for await (const piece of createFileFollower([at('log')], {
    signal: stop.signal,
    sweepMs: 1e9,
    pollMs: 1e9,
  }).pieces()) {
    if (piece.kind !== 'bytes') continue;
    if (piece.chunk.length > 0) {
      seen.push(Buffer.from(piece.chunk).toString());
      stop.abort();
    } else setImmediate(() => write('log', B));
  }
  t.same(seen, [`${B}\n`]);
});

t.test('what is left out of a glob is not followed, however often it is found', async (t) => {
  const { at, open, run, write } = followedDirectory(t);
  write('a.log', 'one');
  write('state', 'mine');
  const { look } = run(['*'], { from: 'start', leaveOut: (path) => path === at('state') });
  t.same(await look(), ['one']);
  write('state', 'more');
  write('a.log', 'two');
  t.same(await look(), ['two']);
  t.notOk(open().some((path) => path.endsWith('state')));
});
