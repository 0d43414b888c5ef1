/** An incident that stays open is told again, seldom: never for one that is over, and not twice because of a restart. */
import { deserialize, serialize } from 'node:v8';
import { Subject } from 'rxjs';
import t from 'tap';
import type { EpisodeBatch } from '../../lib/correlate/correlate-events.js';
import type { Episode } from '../../lib/correlate/types.js';
import { diagnoseEpisodes, type Shown, type ShownMemory } from '../../lib/diagnose/diagnose-episodes.js';
import type { Incident } from '../../lib/diagnose/types.js';
import { createTextReporter } from '../../lib/report/text.js';
import { incident } from '../cli/fake-pipeline.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** An incident that is what the test says, on a clock of the test's own. */
function oneIncident(memory: ShownMemory = new Map(), at = 0) {
  let now = at;
  let fields: Partial<Incident> = { state: 'open', certainty: 'confirmed' };
  const batches = new Subject<EpisodeBatch>();
  const shown: Shown[] = [];
  const episode = { kind: 'daemon' } as Episode;
  batches
    .pipe(
      diagnoseEpisodes(
        {
          diagnoser: { diagnose: () => incident(fields), placeOf: () => incident(), isDull: () => false },
          has: () => true,
          all: () => [episode],
          suspected: false,
          onHidden: () => undefined,
          now: () => now,
        },
        memory,
      ),
    )
    .subscribe((each) => shown.push(each));
  const look = (): void => batches.next({ episodes: [episode], ended: false, tick: false });
  look();
  return {
    memory,
    /** What is told in so many ms, looked at every ten seconds, as minutes at which it is. */
    pass(ms: number): readonly number[] {
      const from = shown.length;
      const until = now + ms;
      const told: number[] = [];
      for (; now < until; now += 10_000) {
        const before = shown.length;
        for (let tick = 0; tick < 10; tick++) batches.next({ episodes: [], ended: false, tick: true });
        if (shown.length > before) told.push(Math.round((now - at) / MINUTE));
      }
      t.equal(shown.length - from, told.length);
      return told;
    },
    become(next: Partial<Incident>): void {
      fields = next;
      look();
    },
    last: () => shown.at(-1),
    count: () => shown.length,
  };
}

t.test('told again after 10 minutes, 1, 6, 24 and 48 hours', async (t) => {
  const { pass, count, last } = oneIncident();
  t.equal(count(), 1);
  t.equal(last()?.stillMs, null);
  t.same(pass(50 * HOUR), [10, 60, 360, 1_440, 2_880]);
  t.equal(last()?.stillMs, 48 * HOUR);
});

t.test('no more once it is over, and from the beginning when it opens again', async (t) => {
  const { become, pass, count } = oneIncident();
  t.same(pass(7 * HOUR), [10, 60, 360]);
  become({ state: 'resolved', certainty: 'confirmed' });
  t.equal(count(), 5);
  t.same(pass(30 * HOUR), []);
  become({ state: 'open', certainty: 'confirmed' });
  t.equal(count(), 6);
  t.same(pass(2 * HOUR), [37 * 60 + 10, 37 * 60 + 60]);
});

t.test('becoming more certain is news, and does not begin the count anew', async (t) => {
  const { become, pass, count } = oneIncident();
  become({ state: 'open', certainty: 'likely' });
  t.same(pass(9 * MINUTE), []);
  become({ state: 'open', certainty: 'confirmed' });
  t.equal(count(), 3);
  t.same(pass(3 * MINUTE), [10]);
});

t.test('a restart neither says again what was said nor forgets what is due', async (t) => {
  const first = oneIncident();
  t.same(first.pass(HOUR + MINUTE), [10, 60]);
  const memory = deserialize(serialize(first.memory)) as ShownMemory;
  const second = oneIncident(memory, HOUR + MINUTE);
  t.equal(second.count(), 0, 'it is known to be told');
  t.same(second.pass(6 * HOUR), [5 * 60 - 1]);
  const late = oneIncident(deserialize(serialize(memory)) as ShownMemory, 100 * HOUR);
  t.equal(late.count(), 1, 'one that became due meanwhile is told at once, once');
  t.equal(late.last()?.stillMs, 100 * HOUR);
});

t.test('the text says for how long', async (t) => {
  const text = createTextReporter({ color: false, width: 100, all: false, live: true });
  const told = { state: 'open', certainty: 'confirmed' } as const;
  for (const [ms, words] of [
    [10 * MINUTE + 9_000, 'STILL STUCK after 10 min '],
    [HOUR + 9_000, 'STILL STUCK after 1 h '],
    [49 * HOUR, 'STILL STUCK after 2 d 1 h '],
  ] as const)
    t.match(text.update(incident(), told, ms), words);
  t.match(text.update(incident({ defect: 'shim-leak' }), told, HOUR), 'STILL OPEN after 1 h ');
});
