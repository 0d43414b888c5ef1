/** How each followed name stands, and that what was told of it is told to be over. */
import * as files from 'node:fs';
import t from 'tap';
import { faulty } from './faulty-fs.js';
import { A, B, type FollowedRun, followedDirectory } from './followed-directory.js';

const standing = ({ consumer }: FollowedRun): (readonly [string, string, number])[] =>
  (consumer.known()?.names() ?? []).map(({ name, state, unfinishedBytes }) => [
    name.replace(/.*\//, ''),
    state,
    unfinishedBytes,
  ]);

t.test('names that are read, waited for, forbidden and refused', async (t) => {
  const { at, run, write } = followedDirectory(t);
  const { codes, fs } = faulty();
  write('read', A);
  write('forbidden', A);
  files.mkdirSync(at('directory'));
  files.writeFileSync(at('profile'), Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]));
  codes.set(`open ${at('forbidden')}`, 'EACCES');
  const followed = run(['read', 'missing', 'forbidden', 'directory', 'profile', 'none-*'], { fs });
  await followed.look();
  t.same(standing(followed), [
    ['none-*', 'waiting', 0],
    ['read', 'reading', 0],
    ['missing', 'waiting', 0],
    ['forbidden', 'forbidden', 0],
    ['directory', 'refused', 0],
    ['profile', 'refused', 0],
  ]);
  codes.clear();
  write('missing', A);
  write('none-1', A);
  await followed.look();
  t.same(
    standing(followed).filter(([, state]) => state !== 'reading'),
    [
      ['directory', 'refused', 0],
      ['profile', 'refused', 0],
    ],
  );
  t.same(followed.consumer.over.toSorted(), [at('forbidden'), at('missing'), at('none-*')].toSorted());
});

t.test('a log that is read has one name: its links and rotated copies have none of their own', async (t) => {
  const { at, run, write } = followedDirectory(t);
  write('log', A);
  files.appendFileSync(at('log'), 'no end');
  write('log.1', B);
  write('empty', '');
  files.symlinkSync(at('log'), at('link'));
  const followed = run(['*'], { from: 'start' });
  await followed.look();
  t.same(
    standing(followed)
      .map(([name, state, bytes]) => [name.replace('link', 'log'), state, bytes])
      .toSorted(),
    [
      ['empty', 'reading', 0],
      ['log', 'reading', 6],
    ],
  );
});

t.test('nothing is said of a name before all have been looked at once', async (t) => {
  const { run, write } = followedDirectory(t);
  write('log', A);
  const names = ['log', 'missing'];
  const first = run(names, { from: 'start' });
  const before = async ({ consumer, follower }: FollowedRun): Promise<unknown> => {
    const piece = await follower.next();
    if (piece !== null) consumer.take(piece);
    return consumer.known()?.names();
  };
  t.equal(await before(first), null);
  await first.look();
  const known = [
    ['log', 'reading', 0],
    ['missing', 'waiting', 0],
  ];
  t.same(standing(first), known);
  const kept = first.consumer.save();
  await first.follower.close();
  const resumed = run(names, {}, kept);
  t.equal(await before(resumed), null, 'though an earlier run had looked at them');
  await resumed.look();
  t.same(standing(resumed), known);
});

t.test('what a run saves before its first look is what it knew of the run before', async (t) => {
  const { at, run, write } = followedDirectory(t);
  write('log', A);
  files.copyFileSync(at('log'), at('log.1'));
  const first = run(['log']);
  await first.look();
  const texts = first.consumer.known()?.save().texts.length;
  const kept = first.consumer.save();
  await first.follower.close();
  const resumed = run(['log'], {}, kept);
  const piece = await resumed.follower.next();
  t.equal(piece?.kind, 'known');
  if (piece !== null) resumed.consumer.take(piece);
  t.same(resumed.consumer.known()?.save().texts.length, texts);
  t.same(resumed.consumer.save(), kept);
});

t.test('a line that does not end is seen', async (t) => {
  const { at, run, write } = followedDirectory(t);
  write('log', A);
  const followed = run(['log']);
  await followed.look();
  files.appendFileSync(at('log'), `${B}\r`.repeat(100));
  await followed.look();
  t.same(standing(followed), [['log', 'reading', 100 * (B.length + 1)]]);
  files.appendFileSync(at('log'), '\nabc');
  await followed.look();
  t.same(standing(followed), [['log', 'reading', 3]]);
});

t.test('a log that is deleted is told after a minute, and when it is there again', async (t) => {
  const { at, later, run, write } = followedDirectory(t);
  write('log', A);
  const followed = run(['log']);
  const { consumer, look } = followed;
  await look();
  files.rmSync(at('log'));
  await look();
  t.same(standing(followed), [['log', 'deleted', 0]]);
  t.same(consumer.problems, [], 'it may be made anew');
  for (let sweeps = 0; sweeps < 8; sweeps++) {
    later(10_000);
    await look();
  }
  t.match(consumer.problems, [{ source: at('log'), reason: /^was deleted/, lostBytes: 0 }]);
  write('log', B);
  t.same(await look(), [B]);
  t.same(standing(followed), [['log', 'reading', 0]]);
  t.same(consumer.over, [at('log')]);
});

t.test('one that is renamed without a successor is no deleted one', async (t) => {
  const { at, later, run, write } = followedDirectory(t);
  write('log', A);
  const followed = run(['log']);
  await followed.look();
  files.renameSync(at('log'), at('log.1'));
  for (let sweeps = 0; sweeps < 9; sweeps++) {
    later(10_000);
    await followed.look();
  }
  t.same(standing(followed), [['log', 'waiting', 0]]);
  t.same(followed.consumer.problems, []);
});
