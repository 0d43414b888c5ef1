/** The stops that are under way on a node: who spoke last. */
import t from 'tap';
import { createOpenEpisodes } from '../../lib/correlate/open-episodes.js';
import type { StopEpisode } from '../../lib/correlate/types.js';
import { type Change, createUndoLog } from '../../lib/correlate/undo.js';

const episode = (n: number): StopEpisode => ({ id: `${n}`, node: 'node-1' }) as StopEpisode;
const episodes = Array.from({ length: 500 }, (_, n) => episode(n));
const ids = (list: readonly StopEpisode[]) => list.map(({ id }) => Number(id));
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

t.test('the 64 that spoke last are looked through, each once, however often they spoke', async (t) => {
  const open = createOpenEpisodes();
  for (const each of episodes) open.add(each);
  t.same(ids(open.recent('node-1')), range(436, 500));
  for (let times = 0; times < 1000; times++) open.add(episodes[490 + (times % 2)] as StopEpisode);
  t.same(ids(open.recent('node-1')), [...range(436, 490), ...range(492, 500), 490, 491]);
  t.ok(open.crowded('node-1'));
});

t.test('one whose stop is over is not among them, until it speaks again', async (t) => {
  const open = createOpenEpisodes();
  for (const n of [0, 1, 0, 2, 0, 1]) open.add(episodes[n] as StopEpisode);
  open.delete(episodes[0] as StopEpisode);
  t.same(ids(open.recent('node-1')), [2, 1]);
  open.add(episodes[0] as StopEpisode);
  t.same(ids(open.recent('node-1')), [2, 1, 0]);
});

t.test('who spoke is taken back', async (t) => {
  const undo = createUndoLog();
  const open = createOpenEpisodes(new Map(), undo);
  for (const each of episodes.slice(0, 100)) open.add(each);
  const before = ids(open.recent('node-1'));
  const changes: Change[] = [];
  undo.into(changes);
  for (const each of episodes.slice(50, 250)) open.add(each);
  for (const each of episodes.slice(0, 90)) open.delete(each);
  undo.takeBack(changes);
  t.same(ids(open.recent('node-1')), before);
});
