/** The report at the end: every incident once, in order, and only one of them held at a time. */
import { of } from 'rxjs';
import t from 'tap';
import type { Episode } from '../../lib/correlate/types.js';
import type { Diagnoser } from '../../lib/diagnose/diagnose.js';
import { type DiagnoseOptions, diagnoseEpisodes, type Shown } from '../../lib/diagnose/diagnose-episodes.js';
import type { Incident } from '../../lib/diagnose/types.js';

const verdict = (id: string, more: Partial<Incident> = {}): Incident =>
  ({
    id,
    certainty: 'likely',
    state: 'open',
    node: 'n',
    pod: null,
    firstSeen: id,
    containers: [],
    defect: 'stuck-stop',
    why: [id],
    ...more,
  }) as unknown as Incident;

function ending(incidents: readonly Incident[], options: Partial<DiagnoseOptions> = {}) {
  const episodes = incidents.map(({ id }) => ({ kind: 'stop', id }) as Episode);
  const asked: string[] = [];
  const worked: string[] = [];
  const hidden: string[] = [];
  const incidentOf = (episode: Episode) => incidents.find(({ id }) => id === episode.id) as Incident;
  const diagnoser: Diagnoser = {
    diagnose(episode, _ended, _batch, isWanted) {
      const incident = incidentOf(episode);
      const { certainty, id, state } = incident;
      asked.push(id);
      if (isWanted?.({ certainty, id, state }) === false) return null;
      worked.push(id);
      return incident;
    },
    placeOf(episode) {
      const { firstSeen, node, pod } = incidentOf(episode);
      return { firstSeen, node, pod };
    },
    isDull: ({ id }) => id === 'dull',
  };
  const shown: string[] = [];
  const done = of({ episodes, ended: true, tick: false })
    .pipe(
      diagnoseEpisodes({
        diagnoser,
        all: () => episodes,
        has: () => true,
        suspected: false,
        onHidden: (some, dull) => hidden.push(...some.flatMap(({ why }) => why), `${dull} dull`),
        now: () => 0,
        ...options,
      }),
    )
    .forEach(({ final, incident }: Shown) => void (final && shown.push(incident.id)));
  return { asked, done, hidden, shown, worked };
}

t.test('open ones first, then by time; those not reported are counted', async (t) => {
  const suspected = verdict('s', { certainty: 'suspected' });
  const all = [verdict('d', { state: 'ended' }), verdict('c'), suspected, verdict('dull'), verdict('b')];
  const { done, hidden, shown } = ending(all);
  await done;
  t.same(shown, ['b', 'c', 'd']);
  t.same(hidden, ['s', '1 dull']);
});

t.test('the verdict on what is open is found once, whatever else there is', async (t) => {
  const all = [
    verdict('d', { state: 'ended' }),
    verdict('c'),
    verdict('a', { state: 'resolved' }),
    verdict('b'),
  ];
  const { asked, done, worked } = ending(all);
  await done;
  t.same(worked, ['b', 'c', 'a', 'd']);
  t.same(
    asked.filter((id) => id === 'b' || id === 'c'),
    ['b', 'c'],
  );
});

t.test('suspected ones, too, where they are asked for', async (t) => {
  const { done, hidden, shown } = ending([verdict('s', { certainty: 'suspected' }), verdict('dull')], {
    suspected: true,
  });
  await done;
  t.same(shown, ['dull', 's']);
  t.same(hidden, ['0 dull']);
});

t.test('what people read of one is worked out when whoever writes is ready for it', async (t) => {
  const waiting: (() => void)[] = [];
  const ready = (): Promise<void> => new Promise((resolve) => waiting.push(resolve));
  const { done, shown, worked } = ending([verdict('c'), verdict('a'), verdict('b')], { ready });
  for (const [at, id] of ['a', 'b', 'c'].entries()) {
    t.same(worked, ['a', 'b', 'c'].slice(0, at));
    t.same(shown, worked);
    (waiting.shift() as () => void)();
    while (shown.length === at) await new Promise(setImmediate);
    t.equal(shown.at(-1), id);
  }
  await done;
});
