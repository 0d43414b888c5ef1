/** What is said of a text that is nowhere any more, and that nothing is said where nothing can have been lost. */
import * as files from 'node:fs';
import t from 'tap';
import { faulty } from './faulty-fs.js';
import { followedDirectory } from './followed-directory.js';

const A = 'the first line of a log, which is long enough to be told from others';
const B = 'the second line of that log, which is also written to its file whole';
const C = 'the first line of the next file of that log, after it was rotated';
const D = 'the second line of the next file, written while nobody looked at it';

t.test('a renamed file that was read to its end is not missed where its writer had gone on', async (t) => {
  const { at, run, write } = followedDirectory(t);
  write('log', A);
  const first = run(['log']);
  await first.look();
  write('log', B);
  files.renameSync(at('log'), at('log.1'));
  write('log', C);
  t.same(await first.look(), [B, C]);
  const kept = first.consumer.save();
  await first.follower.close();
  files.rmSync(at('log.1'));
  write('log', D);
  const { look, consumer } = run(['log'], {}, kept);
  t.same(await look(), [D]);
  t.same(consumer.problems, []);
});

t.test('one that was written to after that is', async (t) => {
  const { at, run, write } = followedDirectory(t);
  write('log', A);
  const first = run(['log']);
  await first.look();
  files.renameSync(at('log'), at('log.1'));
  write('log.1', B);
  files.writeFileSync(at('log'), '');
  t.same(await first.look(), [B]);
  const kept = first.consumer.save();
  await first.follower.close();
  files.rmSync(at('log.1'));
  const { look, consumer } = run(['log'], {}, kept);
  t.same(await look(), []);
  t.match(consumer.problems, [{ lostBytes: null, reason: /removed while nobody read it/ }]);
});

for (const ending of ['xz', 'zst'])
  t.test(`of a text that was packed as .${ending} it is said where it may be`, async (t) => {
    const { at, run, write } = followedDirectory(t);
    write('log', A);
    const first = run(['log']);
    await first.look();
    const kept = first.consumer.save();
    await first.follower.close();
    write('log', B);
    files.rmSync(at('log'));
    files.writeFileSync(at(`log.1.${ending}`), 'packed');
    write('log', C);
    const { look, consumer } = run(['log'], {}, kept);
    t.same(await look(), [C]);
    t.match(consumer.problems, [
      { lostBytes: null, reason: `${at(`log.1.${ending}`)}, and copies that are packed so` },
    ]);
  });

t.test('a rotated file that may not be read is waited for as long as it is there', async (t) => {
  const { at, later, run, write } = followedDirectory(t);
  const { codes, fs } = faulty();
  write('log', A);
  const first = run(['log']);
  await first.look();
  const kept = first.consumer.save();
  await first.follower.close();
  write('log', B);
  files.renameSync(at('log'), at('log.1'));
  write('log', C);
  codes.set(`open ${at('log.1')}`, 'EACCES');
  const { look, consumer } = run(['log'], { fs }, kept);
  t.same(await look(), [C]);
  later(600_000);
  t.same(await look(), []);
  codes.clear();
  t.same(await look(), [B]);
  t.match(consumer.problems, [{ lostBytes: 0, reason: /^permission denied/ }]);
  t.equal(consumer.problems.length, 1);
});

t.test('where an unreadable copy may hold the rest of a log, that is said after a minute', async (t) => {
  const { at, later, run, write } = followedDirectory(t);
  const { codes, fs } = faulty();
  write('log', A);
  const first = run(['log']);
  await first.look();
  const kept = first.consumer.save();
  await first.follower.close();
  // Somebody has it open: its inode is given to no other file.
  const held = files.openSync(at('log'), 'r');
  t.teardown(() => files.closeSync(held));
  files.rmSync(at('log'));
  write('log.1', A, B);
  write('log', C);
  codes.set(`open ${at('log.1')}`, 'EACCES');
  const { look, consumer } = run(['log'], { fs }, kept);
  t.same(await look(), [C]);
  later(61_000);
  await look();
  t.match(consumer.problems, [
    { lostBytes: 0, reason: /^permission denied/ },
    { lostBytes: null, reason: `may be in ${at('log.1')}, which cannot be read: permission denied` },
  ]);
});

t.test('a plain and a compressed copy of one number are both read', async (t) => {
  const { gzipSync } = await import('node:zlib');
  const { at, run, write } = followedDirectory(t);
  write('log', A);
  const first = run(['log']);
  await first.look();
  const kept = first.consumer.save();
  await first.follower.close();
  files.writeFileSync(at('log.1.gz'), gzipSync(`${A}\n${B}\n`));
  files.rmSync(at('log'));
  write('log.1', C);
  write('log', D);
  const { look, consumer } = run(['log'], {}, kept);
  t.same((await look()).toSorted(), [B, C, D].toSorted());
  t.same(consumer.problems, []);
});

t.test('a copy that was made without truncation is known when its log is gone', async (t) => {
  const { at, run, write } = followedDirectory(t);
  write('log', A);
  const first = run(['log']);
  await first.look();
  const before = first.consumer.save();
  await first.follower.close();
  files.copyFileSync(at('log'), at('log.1'));
  const second = run(['log'], {}, before);
  t.same(await second.look(), []);
  const more = Array.from({ length: 40 }, (_, number) => `${number} ${B}`);
  write('log', ...more);
  t.same(await second.look(), more);
  const kept = second.consumer.save();
  await second.follower.close();
  files.rmSync(at('log'));
  write('log', D);
  const { look } = run(['log'], {}, kept);
  t.same(await look(), [D]);
});

t.test('a copy that is overwritten by hand with the next one is no loss', async (t) => {
  const { at, run, write } = followedDirectory(t);
  write('log', A);
  const { consumer, look } = run(['log']);
  await look();
  files.renameSync(at('log'), at('log.1'));
  write('log', C);
  t.same(await look(), [C]);
  for (const text of [B, D]) {
    write('log', text);
    // cp log log.1; : > log
    files.writeFileSync(at('log.1'), files.readFileSync(at('log')));
    files.truncateSync(at('log'));
    write('log', `after ${text}`);
    t.same(await look(), [text, `after ${text}`]);
  }
  t.same(consumer.problems, []);
});

t.test('a file that is a copy of the log but for one line is no copy', async (t) => {
  const { at, run, write } = followedDirectory(t);
  const lines = Array.from({ length: 100 }, (_, number) => `${number} ${A}`);
  write('log', ...lines, D);
  const { look } = run(['log']);
  await look();
  const other = lines.with(66, lines[66]?.replace('first', 'other') ?? '');
  write('log.1', ...other);
  write('log', B);
  files.renameSync(at('log'), at('log.2'));
  write('log', C);
  const seen = await look();
  t.ok(seen.includes(B) && seen.includes(C));
  t.ok(seen.includes(other[66] ?? ''), 'it is read');
});

t.test('a later run lists a directory once for all logs that are where they were', async (t) => {
  const { run, write } = followedDirectory(t);
  const { calls, fs } = faulty();
  for (let number = 0; number < 50; number++) write(`app-${number}.log`, `${number} ${A}`);
  const first = run(['*.log']);
  await first.look();
  const kept = first.consumer.save();
  await first.follower.close();
  for (let number = 0; number < 50; number++) write(`app-${number}.log`, `${number} ${B}`);
  const { look } = run(['*.log'], { fs }, kept);
  t.equal((await look()).length, 50);
  t.ok((calls.get('list') ?? 0) < 5, `${calls.get('list')} lists`);
});
