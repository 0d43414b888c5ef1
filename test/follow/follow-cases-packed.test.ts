/**
 * Compressed copies that begin as their log does are decompressed once, in parts, whatever they are renamed to, and read
 * from the file that was found, whatever its name shows by then.
 */
import { createHash } from 'node:crypto';
import * as files from 'node:fs';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { type FollowFs, nodeFollowFs } from '../../lib/ingest/follow/follow-fs.js';
import { faulty } from './faulty-fs.js';
import { A, B, followedDirectory, line } from './followed-directory.js';

const BANNER = `${'=== the program starts, as every time ==='.padEnd(99, '=')}\n`.repeat(20);
/** Hardly to be compressed. */
const text = (seed: string, lines: number): string =>
  BANNER +
  Array.from(
    { length: lines },
    (_, at) => `${createHash('sha512').update(`${seed} ${at}`).digest('base64')}\n`,
  ).join('');

t.test('copies that begin alike are not decompressed with every rotation', async (t) => {
  const { at, run } = followedDirectory(t);
  const { bytes, fs } = faulty();
  for (let number = 2; number < 6; number++)
    files.writeFileSync(at(`log.${number}.gz`), gzipSync(text(`copy ${number}`, 3000), { level: 1 }));
  files.writeFileSync(at('log'), text('log', 100));
  const { consumer, look } = run(['log'], { fs });
  await look();
  for (const rotation of [1, 2]) {
    files.appendFileSync(at('log'), `rotation ${rotation} ${B}\n`);
    for (let number = 8; number >= 2; number--)
      if (files.existsSync(at(`log.${number}.gz`)))
        files.renameSync(at(`log.${number}.gz`), at(`log.${number + 1}.gz`));
    if (rotation === 2) files.renameSync(at('log.1'), at('log.2'));
    files.copyFileSync(at('log'), at('log.1'));
    files.writeFileSync(at('log'), text(`after ${rotation}`, 50));
    bytes.clear();
    t.ok((await look()).includes(`rotation ${rotation} ${B}`));
    t.same(
      [...bytes.keys()].filter((path) => path.endsWith('.gz')),
      [],
      `rotation ${rotation} reads no compressed copy`,
    );
  }
  t.same(consumer.problems, []);
});

t.test('a large one is decompressed in parts, and other logs are read in between', async (t) => {
  const { at, run, write } = followedDirectory(t);
  const { bytes, fs } = faulty();
  const all = text('log', 10_000);
  files.writeFileSync(at('log'), all);
  write('other', B);
  const { consumer, follower, look } = run(['log', 'other'], { fs, unpackBytes: 64 * 1024 });
  await look();
  files.renameSync(at('log'), at('log.1'));
  files.writeFileSync(at('log.1.gz'), gzipSync(all, { level: 1 }));
  write('log', line('after the rotation'));
  write('other', line('meanwhile'));
  follower.wake();
  let atThatTime: number | undefined;
  for (let piece = await follower.next(); piece !== null; piece = await follower.next()) {
    consumer.take(piece);
    if (consumer.lines.has(line('meanwhile'))) atThatTime ??= bytes.get(at('log.1.gz')) ?? 0;
  }
  const size = files.statSync(at('log.1.gz')).size;
  t.ok((bytes.get(at('log.1.gz')) ?? 0) >= size, 'all of it was compared in the end');
  t.ok((atThatTime ?? size) < size / 2, `the other log was read after ${atThatTime} of ${size} bytes`);
  t.ok(consumer.lines.has(line('after the rotation')));
  t.same(consumer.problems, []);
});

t.test('one that is being written says nothing of what comes after', async (t) => {
  const { at, run, write } = followedDirectory(t);
  const all = text('log', 5000);
  const packed = gzipSync(all, { level: 1 });
  files.writeFileSync(at('log'), all.slice(0, -20_000));
  const first = run(['log'], { from: 'start' });
  await first.look();
  const kept = first.consumer.save();
  await first.follower.close();
  files.rmSync(at('log'));
  files.writeFileSync(at('log.1.gz'), packed.subarray(0, packed.length / 2));
  write('log', line('after the rotation'));
  let isWhole = false;
  const fs: FollowFs = {
    ...nodeFollowFs,
    async open(path) {
      const file = await nodeFollowFs.open(path);
      if (path !== at('log.1.gz')) return file;
      return {
        ...file,
        async read(...range) {
          const got = await file.read(...range);
          if (got > 0 || isWhole) return got;
          isWhole = true;
          files.writeFileSync(at('log.1.gz'), packed);
          return got;
        },
      };
    },
  };
  const { consumer, look } = run(['log'], { fs, unpackBytes: 64 * 1024 }, kept);
  await look();
  t.ok(isWhole, 'its end was read before it was whole');
  t.same(consumer.problems, []);
  const lines = [...all.trimEnd().split('\n'), line('after the rotation')];
  const times = new Map<string, number>();
  for (const one of lines) times.set(one, (times.get(one) ?? 0) + 1);
  t.same(consumer.lines, times);
});

t.test('a copy of something else that grows all the time holds nobody up', async (t) => {
  const { at, run, write } = followedDirectory(t);
  write('log', ...Array.from({ length: 60 }, (_, at) => line(`${at}`)));
  const first = run(['log']);
  await first.look();
  const kept = first.consumer.save();
  await first.follower.close();
  files.renameSync(at('log'), at('log.1'));
  write('log', A);
  const more = gzipSync(textOf([line('of another time')]));
  let looks = 0;
  const fs: FollowFs = {
    ...nodeFollowFs,
    status(path) {
      if (path === at('log.2.gz')) looks++;
      files.appendFileSync(at('log.2.gz'), more);
      return nodeFollowFs.status(path);
    },
  };
  files.writeFileSync(at('log.2.gz'), more);
  const { consumer, look } = run(['log'], { fs }, kept);
  await look();
  t.equal(consumer.lines.get(A), 1);
  t.ok(looks < 10, `it was looked at ${looks} times`);
});

t.test('a rotation while a copy is opened once more makes none of it another one', async (t) => {
  const { at, run } = followedDirectory(t);
  const lines = (name: string): string[] => Array.from({ length: 60 }, (_, at) => line(`${name} ${at}`));
  const write = (name: string, of: string): void => files.writeFileSync(at(name), textOf(lines(of)));
  files.writeFileSync(at('log.1.gz'), gzipSync(textOf(lines('old'))));
  write('log', 'new');
  let opened = 0;
  const fs: FollowFs = {
    ...nodeFollowFs,
    async open(path) {
      if (path === at('log.1.gz') && ++opened === 2) {
        files.renameSync(at('log.1.gz'), at('log.2.gz'));
        files.writeFileSync(at('log.1.gz'), gzipSync(files.readFileSync(at('log'))));
        files.rmSync(at('log'));
        write('log', 'third');
      }
      return nodeFollowFs.open(path);
    },
  };
  const { consumer, look } = run(['log*'], { fs, from: 'start' });
  for (let looks = 0; looks < 3; looks++) await look();
  t.ok(opened > 2, 'the rotation came between');
  t.same(
    [...consumer.lines].toSorted(),
    ['old', 'new', 'third'].flatMap((name) => lines(name).map((line) => [line, 1])).toSorted(),
  );
  t.same(consumer.problems, []);
});

t.test('a copy whose descriptor cannot be asked is closed, and read later', async (t) => {
  for (const failing of [1, 2, 3]) {
    const { at, later, open, run, write } = followedDirectory(t);
    write('log', ...Array.from({ length: 60 }, (_, at) => line(`${at}`)));
    const first = run(['log']);
    await first.look();
    const kept = first.consumer.save();
    await first.follower.close();
    write('log', B);
    files.writeFileSync(at('log.1.gz'), gzipSync(files.readFileSync(at('log'))));
    files.rmSync(at('log'));
    let asked = 0;
    const fs: FollowFs = {
      ...nodeFollowFs,
      async open(path) {
        const file = await nodeFollowFs.open(path);
        if (path !== at('log.1.gz')) return file;
        return {
          ...file,
          async status() {
            if (++asked === failing) throw Object.assign(new Error('EIO'), { code: 'EIO' });
            return file.status();
          },
        };
      },
    };
    const { consumer, look } = run(['log'], { fs }, kept);
    await look();
    t.ok(asked >= failing);
    t.same(open(), [], `the check ${failing} of an open file fails`);
    later(10_000);
    await look();
    t.equal(consumer.lines.get(B), 1);
  }
});

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
