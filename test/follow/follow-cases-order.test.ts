/** In which order the texts of one log are given: that in which they were written, whatever a rotator does meanwhile. */
import * as files from 'node:fs';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import type { FollowedSource } from '../../lib/ingest/follow/types.js';
import { A, B, C, D, followedDirectory, line } from './followed-directory.js';

t.test('what a logger writes to its renamed file comes before what it writes to the new one', async (t) => {
  const { at, run, write } = followedDirectory(t);
  // The text that was found last is always the one whose events are furthest behind.
  const keys: string[] = [];
  const frontier = ({ key }: FollowedSource): number => {
    if (!keys.includes(key)) keys.push(key);
    return -keys.indexOf(key);
  };
  write('log', A);
  const { look } = run(['log'], { from: 'start', frontier });
  t.same(await look(), [A]);
  for (let round = 1; round <= 8; round++) {
    files.renameSync(at('log'), at(`log.${100 - round}`));
    files.writeFileSync(at('log'), '');
    t.same(await look(), [], 'read as far as it goes');
    const lines = [B, C, D].map((text) => `${text} ${round}`);
    write(`log.${100 - round}`, ...lines.slice(0, 1));
    write('log', ...lines.slice(1));
    t.same(await look(), lines);
  }
});

t.test('a text that is compressed while older ones wait keeps its place behind them', async (t) => {
  const { at, run, write } = followedDirectory(t);
  const linesOf = (name: string): string[] => Array.from({ length: 20 }, (_, i) => line(`${name} ${i}`));
  const texts = [linesOf('first'), linesOf('second'), linesOf('third')];
  write('log', A);
  const { consumer, follower, look } = run(['log'], { from: 'start', bufferBytes: 300 });
  await look();
  for (const text of texts) {
    if (files.existsSync(at('log.1'))) files.renameSync(at('log.1'), at('log.2'));
    files.renameSync(at('log'), at('log.1'));
    write('log', ...text);
  }
  follower.wake();
  while (!consumer.lines.has(line('first 1'))) {
    const piece = await follower.next();
    if (piece === null) throw new Error('nothing more to be read');
    consumer.take(piece);
  }
  files.renameSync(at('log.2'), at('log.3'));
  files.writeFileSync(at('log.2.gz'), gzipSync(files.readFileSync(at('log.1'))));
  files.unlinkSync(at('log.1'));
  files.renameSync(at('log'), at('log.1'));
  write('log', B);
  await look();
  t.same([...consumer.lines.keys()], [A, ...texts.flat(), B]);
  t.same(consumer.problems, []);
});

t.test('a packed log that was there before its plain one is no text of its own', async (t) => {
  const { at, run, write } = followedDirectory(t);
  files.writeFileSync(at('log.gz'), gzipSync(`${A}\n`));
  const { consumer, look } = run(['log*']);
  t.same(await look(), []);
  write('log', B, C);
  t.same(await look(), [B, C]);
  files.writeFileSync(at('log.gz'), gzipSync(files.readFileSync(at('log'))));
  files.unlinkSync(at('log'));
  t.same(await look(), []);
  write('log', D);
  t.same(await look(), [D]);
  t.same([...consumer.lines.values()], [1, 1, 1]);
});
