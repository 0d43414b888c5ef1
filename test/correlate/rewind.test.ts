/**
 * A correlator that goes back: whatever is booked by guess first, it ends where one ends that was given the same
 * lines in good order, also when it goes back behind two thousand lines, evidence, and time that passed in silence.
 */
import { readFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import t from 'tap';
import { type BookingMemory, type BookingOptions, createBooking } from '../../lib/correlate/booking.js';
import { type CorrelatorMemory, createCorrelator } from '../../lib/correlate/correlate.js';
import { createHistory } from '../../lib/correlate/history.js';
import { compare, createOrder, type OrderMemory } from '../../lib/correlate/order.js';
import { createRewindable, type Rewindable, type RewindMemory } from '../../lib/correlate/rewind.js';
import { DEFAULT_LIMITS, type Episode, type TimedEvent } from '../../lib/correlate/types.js';
import type { Undo } from '../../lib/correlate/undo.js';
import { createDiagnoser } from '../../lib/diagnose/diagnose.js';
import { loadDefects } from '../../lib/diagnose/load-defects.js';
import { signRulesOf } from '../../lib/diagnose/sign-rules.js';
import { createClock } from '../../lib/envelope/clock.js';
import { loadPatterns } from '../../lib/match/load.js';
import { createMatcher } from '../../lib/match/match.js';
import { randomOf, seedOf } from '../analyze/random.js';
import { essence } from '../analyze/run.js';
import { FIXTURES } from '../root.js';
import { eventsOfLog, evidenceFor } from './steps.js';

const library = await loadPatterns();
const matcher = createMatcher(library, library.compileLinear);
const defects = await loadDefects();
const rules = signRulesOf(defects.values());
const make = (memory: CorrelatorMemory, undo: Undo) => createCorrelator({ rules, memory, undo });

const START = Date.UTC(2026, 10, 21, 10);

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function containerOf(n: number): string {
  return n.toString(16).padStart(12, 'a').padEnd(64, '0');
}

function forced(node: string, n: number, ms: number): string {
  return `${iso(ms)} ${node} dockerd[77]: time="${iso(ms)}" level=info msg="Container ${containerOf(n)} failed to exit within 10 seconds of signal 15 - using the force"`;
}

function killed(node: string, n: number, ms: number): string {
  return `${iso(ms)} ${node} dockerd[77]: time="${iso(ms)}" level=info msg="Container ${containerOf(n)} failed to exit within 10 seconds of kill - trying direct SIGKILL"`;
}

function exited(node: string, n: number, ms: number): string {
  return `${iso(ms)} ${node} dockerd[77]: time="${iso(ms)}" level=info msg="ignoring event" container=${containerOf(n)} module=libcontainerd namespace=moby topic=/tasks/delete type="*events.TaskDelete"`;
}

function events(...lines: readonly string[]): readonly TimedEvent[] {
  return eventsOfLog(matcher, 'messages', Buffer.from(`${lines.join('\n')}\n`));
}

/** What two correlators must agree on. */
function stateOf(correlator: Rewindable): unknown {
  const diagnoser = createDiagnoser(defects, correlator);
  return [...correlator.all()]
    .flatMap((episode) => diagnoser.diagnose(episode, true, {}) ?? [])
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map((incident) => ({ ...essence(incident), evidence: incident.evidence.map(({ line }) => line) }));
}

/** Books as a live run does, in batches, with what is less than five seconds old as a guess. */
function bookLive(correlator: Rewindable, arriving: readonly TimedEvent[], random: () => number): void {
  let held: TimedEvent[] = [];
  for (let at = 0; at < arriving.length; ) {
    const size = 1 + Math.floor(random() * 5);
    held = [...held, ...arriving.slice(at, at + size)].sort(compare);
    at += size;
    const newest = held.at(-1)?.ms ?? 0;
    const settled = held.filter(({ ms }) => ms < newest - 5_000);
    held = held.filter(({ ms }) => ms >= newest - 5_000);
    correlator.book(settled, held);
    correlator.takeChanged();
  }
  correlator.book(held, []);
}

t.test('arrival within five seconds of good order, in batches', async (t) => {
  const seed = seedOf();
  t.comment(`LEAKTRAIL_SEED=${seed}`);
  const random = randomOf(seed);
  for (const name of [
    'scenarios/exit-not-handled.log',
    'scenarios/memcg-oom-named.log',
    'captures/dockerd-19.03.15-stop-stuck-resolved.raw-info.log',
    'corpus/100-m-dockerd-oom-27-4-0.log',
  ]) {
    const inOrder = eventsOfLog(matcher, name, readFileSync(new URL(name, FIXTURES))).toSorted(compare);
    const plain = createRewindable(make);
    plain.book(inOrder, []);
    for (let round = 0; round < 6; round++) {
      const late = inOrder
        .map((event) => ({ event, key: event.ms + random() * 4_900 }))
        .toSorted((a, b) => a.key - b.key)
        .map(({ event }) => event);
      const live = createRewindable(make);
      bookLive(live, late, random);
      t.strictSame(stateOf(live), stateOf(plain), `${name}, round ${round}`);
    }
  }
});

t.test('back behind one line and another, in two thousand', async (t) => {
  const lines: string[] = [];
  for (let n = 0; n < 1_200; n++) {
    lines.push(forced('node1', n % 40, START + n * 20_000));
    lines.push(killed('node1', n % 40, START + n * 20_000 + 10_000));
  }
  const all = events(...lines);
  const plain = createRewindable(make);
  plain.book(all, []);
  const live = createRewindable(make);
  const settled: TimedEvent[] = [];
  for (const [i, event] of all.entries()) {
    // Every tenth is guessed before the one in front of it has come.
    const before = all[i - 1];
    if (i % 10 === 9 && before !== undefined) {
      live.book(settled.splice(0), [event]);
      live.book([before], [event]);
    } else if (i % 10 !== 8) settled.push(event);
    if (i % 10 === 9) settled.push(event);
    if (settled.length > 3 && i % 10 !== 9) live.book(settled.splice(0), []);
  }
  live.book(settled, []);
  t.strictSame(stateOf(live), stateOf(plain));
});

t.test('evidence that came between two guesses is booked once', async (t) => {
  const [one, two, three] = events(
    forced('node1', 1, START),
    killed('node1', 1, START + 10_000),
    forced('node1', 1, START + 11_000),
  ) as [TimedEvent, TimedEvent, TimedEvent];
  const items = evidenceFor(rules, START).slice(0, 8);
  const plain = createRewindable(make);
  for (const item of items) plain.pushEvidence(item, 'node1');
  plain.book([one, two, three], []);
  const live = createRewindable(make);
  live.book([one], [three]);
  for (const item of items) live.pushEvidence(item, 'node1');
  live.book([two], [three]);
  live.book([three], []);
  t.strictSame(stateOf(live), stateOf(plain));
  t.equal(live.evidence.dropped, 0);
});

t.test(
  'what is written down between two guesses is gone on from, and taken back where a line comes late',
  async (t) => {
    const all = events(
      forced('node1', 1, START),
      killed('node1', 1, START + 10_000),
      forced('node1', 1, START + 11_000),
      forced('node2', 2, START + 12_000),
    );
    const items = evidenceFor(rules, START).slice(0, 4);
    for (const late of all.keys()) {
      const plain = createRewindable(make);
      for (const item of items) plain.pushEvidence(item, 'node1');
      plain.book(all, []);
      const first = createRewindable(make);
      first.book(
        [],
        all.filter((_, i) => i !== late),
      );
      for (const item of items) first.pushEvidence(item, 'node1');
      const read = deserialize(serialize(first.save())) as RewindMemory;
      const second = createRewindable(make, read);
      t.strictSame(stateOf(second), stateOf(first));
      second.book(second.guessed.toSpliced(late, 0, all[late] as TimedEvent), []);
      t.strictSame(stateOf(second), stateOf(plain), `line ${late} came late`);
    }
  },
);

t.test('what a storm changes is given in parts, and all of it', async (t) => {
  const { look, line } = liveRun();
  const lines = Array.from({ length: 200 }, (_, n) => killed('node1', 1_000 + n, START + n));
  const parts = [line(lines.join('\n'))];
  for (let part = look(); part.length > 0; part = look()) parts.push(part);
  t.same(
    parts.map(({ length }) => length),
    [64, 64, 64, 8],
  );
  t.equal(new Set(parts.flat()).size, 200);
});

t.test('begins anew with the evidence, and without the lines', async (t) => {
  const all = events(forced('node1', 1, START), killed('node1', 1, START + 10_000));
  const live = createRewindable(make);
  for (const item of evidenceFor(rules, START).slice(0, 8)) live.pushEvidence(item, 'node1');
  const withoutLines = stateOf(live);
  live.book(all.slice(0, 1), all.slice(1));
  live.begin();
  t.same(live.guessed, []);
  t.strictSame(stateOf(live), withoutLines);
});

/** A live run as far as booking goes, on a clock of the test's own. `saved`: what an earlier one has left. */
function liveRun(
  saved: { correlator?: RewindMemory; order?: OrderMemory; booking?: BookingMemory } = {},
  behind = false,
) {
  let wallMs = START;
  const clock = createClock({ tz: 'UTC', systemOffset: () => 0, now: () => wallMs, fileDate: () => null });
  const correlator = createRewindable(make, saved.correlator);
  const diagnoser = createDiagnoser(defects, correlator);
  const order = createOrder({ ...DEFAULT_LIMITS, clock, latenessMs: 5_000 }, saved.order);
  const options: BookingOptions = {
    order,
    correlator,
    history: createHistory({ events: 1000, text: 1e6 }),
    dates: { note: () => undefined, changed: () => false },
    live: true,
    now: () => wallMs,
    latenessMs: 5_000,
    behind: () => behind,
  };
  const booking = createBooking(options, saved.booking);
  const gist = (episodes: Iterable<Episode>): string[] =>
    [...episodes].flatMap((episode) => {
      const incident = diagnoser.diagnose(episode, false, {});
      return incident === null ? [] : [`${incident.id} ${incident.state} ${incident.certainty}`];
    });
  return {
    correlator,
    save: () =>
      structuredClone({ correlator: correlator.save(), order: order.memory, booking: booking.memory }),
    line(text: string) {
      const of = events(text).map(({ event }) => event);
      // Long enough that the look before has been paid for.
      wallMs += 500;
      return gist(booking.take(of, false));
    },
    look: () => gist(booking.look()),
    pass(ms: number) {
      wallMs += ms;
      booking.take([], true);
      return gist(correlator.all());
    },
  };
}

t.test('what time alone has made certain stays so when another node says something late', async (t) => {
  const { line, pass } = liveRun();
  line(forced('node1', 1, START));
  line(killed('node1', 1, START + 10_000));
  t.same(pass(2 * 60_000), ['stuck-stop-aaaaaaaaaaa1-1 open likely']);
  t.same(pass(10 * 60_000), ['stuck-stop-aaaaaaaaaaa1-1 open confirmed']);
  line(forced('node2', 2, START + 12 * 60_000));
  // An earlier one of the same container: what was booked is put back.
  const said = line(forced('node2', 2, START + 12 * 60_000 - 1_000));
  t.not(said.length, 0);
  t.notMatch(said.join('\n'), /aaaaaaaaaaa1-1 open (?!confirmed)/, 'nothing becomes less certain on the way');
  t.match(pass(1_000).join('\n'), 'aaaaaaaaaaa1-1 open confirmed');
});

t.test('what was forgotten stays forgotten when a line comes late', async (t) => {
  const { correlator, line, pass } = liveRun();
  line(forced('node1', 1, START));
  line(exited('node1', 1, START + 1_000));
  pass(3_600_000);
  const before = [...correlator.all()].length;
  const gone = correlator.forgetBefore(START + 10 * 86_400_000, () => false);
  t.equal(gone, 1);
  line(forced('node2', 2, START + 3_600_000));
  line(forced('node2', 3, START + 3_600_000 - 1_000));
  t.equal([...correlator.all()].length, before - gone + 2);
});

t.test('lines that an earlier run took and did not book have come just now', async (t) => {
  const before = liveRun({}, true);
  const calls = [0, 1, 2, 3].map((call) => START + call * 120_000);
  for (const at of calls)
    for (const text of [forced('node1', 1, at), killed('node1', 1, at + 10_000)]) before.line(text);
  t.match(liveRun(before.save()).pass(20_000), [/^stuck-stop-aaaaaaaaaaa1-1 open/]);
});
