/** What only time changes is found by looking at all episodes again, round after round: a part of them with each tick. */
import { Subject } from 'rxjs';
import t from 'tap';
import type { EpisodeBatch } from '../../lib/correlate/correlate-events.js';
import type { Episode } from '../../lib/correlate/types.js';
import { diagnoseEpisodes } from '../../lib/diagnose/diagnose-episodes.js';

const episodes = (count: number): Episode[] =>
  Array.from({ length: count }, (_, i) => ({ kind: 'daemon', id: String(i) }) as Episode);

function ticking(all: readonly Episode[], gone: ReadonlySet<Episode> = new Set()) {
  const batches = new Subject<EpisodeBatch>();
  const asked: Episode[] = [];
  const diagnoser = {
    diagnose(episode: Episode) {
      asked.push(episode);
      return null;
    },
    placeOf: () => ({ node: null, pod: null, firstSeen: null }),
    isDull: () => false,
  };
  const has = (episode: Episode): boolean => !gone.has(episode);
  batches
    .pipe(diagnoseEpisodes({ diagnoser, all: () => all, has, suspected: false, onHidden() {}, now: () => 0 }))
    .subscribe();
  return (changed: readonly Episode[] = []): readonly Episode[] => {
    asked.length = 0;
    batches.next({ episodes: changed, ended: false, tick: true });
    return [...asked];
  };
}

t.test('a few within ten ticks, each once', async (t) => {
  const all = episodes(25);
  const tick = ticking(all);
  for (let i = 1; i < 10; i++) t.same(tick(), [], 'nothing before the tenth tick');
  const parts = Array.from({ length: 10 }, () => tick());
  t.same(parts.flat(), all);
  t.ok(parts.every((part) => part.length <= 3));
  t.same(tick().length, 3, 'and again');
});

t.test('thousands by no more than 128 at a time, each once', async (t) => {
  const all = episodes(5_000);
  const tick = ticking(all);
  for (let i = 1; i < 10; i++) tick();
  const parts = Array.from({ length: 40 }, () => tick());
  t.equal(Math.max(...parts.map(({ length }) => length)), 128);
  t.same(parts.flat(), all);
});

t.test('one that has changed is not looked at twice, and one that is gone not at all', async (t) => {
  const all = episodes(20);
  const [first, second] = all as [Episode, Episode];
  const tick = ticking(all, new Set([second]));
  for (let i = 1; i < 10; i++) tick();
  t.same(tick([first]), [first]);
});
