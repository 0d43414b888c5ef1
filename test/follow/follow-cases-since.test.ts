/** Reading from a time on: which of the rotated copies that are there at the start are read, and in which order. */
import * as files from 'node:fs';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { type FollowFs, nodeFollowFs } from '../../lib/ingest/follow/follow-fs.js';
import { A, B, C, D, followedDirectory, line } from './followed-directory.js';

/** Lines by name of their file, oldest first, each changed an hour after the one before it; `.gz` is compressed. */
function history(t: Test, texts: Readonly<Record<string, string>>) {
  const made = followedDirectory(t);
  const { at } = made;
  for (const [hour, [name, text]] of Object.entries(texts).entries()) {
    const bytes = Buffer.from(`${text}\n`);
    files.writeFileSync(at(name), name.endsWith('.gz') ? gzipSync(bytes) : bytes);
    files.utimesSync(at(name), (hour + 1) * 3600, (hour + 1) * 3600);
  }
  return made;
}

const since = (hour: number) => ({ from: { sinceMs: hour * 3_600_000 } });

const NUMBERED = { 'log.3.gz': A, 'log.2.gz': B, 'log.1': C, log: D };
const DATED = { 'log-20261118.gz': A, 'log-20261119.gz': B, 'log-20261120': C, log: D };
const KUBELET = {
  '0.log.20261121-101010.gz': A,
  '0.log.20261121-111111.gz': B,
  '0.log.20261121-121212': C,
  '0.log': D,
};

for (const [how, texts] of Object.entries({ NUMBERED, DATED, KUBELET })) {
  const live = Object.keys(texts).at(-1) ?? '';
  for (const names of [[live], [`${live}*`]])
    t.test(
      `copies of ${names} (${how.toLowerCase()}) are read from the time on, plain and compressed`,
      async (t) => {
        const expected = [A, B, C, D];
        for (const hour of [1, 2, 3, 4]) {
          const { look, consumer } = history(t, texts).run(names, since(hour));
          t.same(await look(), expected.slice(hour - 1), `from hour ${hour}`);
          t.same(await look(), []);
          t.same(consumer.problems, []);
        }
      },
    );
}

t.test('a log that was last changed before the time is followed from its end', async (t) => {
  const { run, write } = history(t, NUMBERED);
  const { look } = run(['log*'], since(5));
  t.same(await look(), []);
  write('log', line('new'));
  t.same(await look(), [line('new')]);
});

t.test('a copy that is being compressed at the start is read once', async (t) => {
  for (const names of [['log'], ['log*']]) {
    const { at, look } = (() => {
      const { at, run } = history(t, { 'log.1': A, log: B });
      files.writeFileSync(at('log.1.gz'), gzipSync(files.readFileSync(at('log.1'))).subarray(0, 15));
      return { at, look: run(names, since(0.5)).look };
    })();
    t.same(await look(), [A, B]);
    files.writeFileSync(at('log.1.gz'), gzipSync(files.readFileSync(at('log.1'))));
    files.rmSync(at('log.1'));
    t.same(await look(), []);
  }
});

t.test('copies that nobody named are read only from a time on', async (t) => {
  t.same(await history(t, NUMBERED).run(['log'], { from: 'start' }).look(), [D]);
  t.same(await history(t, NUMBERED).run(['log*'], { from: 'start' }).look(), [A, B, C, D]);
  t.same(await history(t, NUMBERED).run(['log*'], { from: 'end' }).look(), []);
});

t.test('what is written while a run begins is read, also where its log is renamed by then', async (t) => {
  const { at, run, write } = followedDirectory(t);
  write('log', A);
  let isRotated = false;
  const fs: FollowFs = {
    ...nodeFollowFs,
    list(directory) {
      if (!isRotated) {
        isRotated = true;
        write('log', B);
        files.renameSync(at('log'), at('log.1'));
        write('log', C);
      }
      return nodeFollowFs.list(directory);
    },
  };
  const { look } = run(['log'], { fs, from: 'end' });
  t.same(await look(), [B, C]);
  t.ok(isRotated);
});
