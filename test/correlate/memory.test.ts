/**
 * A correlator that goes on from what another one remembered, written down and read back in between, says the same
 * from then on: after any event, of whatever log, and where the caps are reached.
 */
import { readFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import t from 'tap';
import {
  type Correlator,
  type CorrelatorMemory,
  createCorrelator,
  newCorrelatorMemory,
} from '../../lib/correlate/correlate.js';
import { createIdentities, newIdentitiesMemory } from '../../lib/correlate/identity.js';
import { type CorrelateLimits, DEFAULT_LIMITS, type TimedEvent } from '../../lib/correlate/types.js';
import { loadDefects } from '../../lib/diagnose/load-defects.js';
import { signRulesOf } from '../../lib/diagnose/sign-rules.js';
import { loadPatterns } from '../../lib/match/load.js';
import { createMatcher } from '../../lib/match/match.js';
import { randomOf, seedOf } from '../analyze/random.js';
import { assertPlainData, firstFault } from '../plain-data.js';
import { FIXTURES } from '../root.js';
import { allLogs, differing, eventsOfLog, SMALL, type Step, storm, take } from './steps.js';

const library = await loadPatterns();
const matcher = createMatcher(library, library.compileLinear);
const rules = signRulesOf((await loadDefects()).values());
const logs = allLogs(matcher);

/** A copy that shares nothing: what another process would read. */
function writtenAndRead(memory: CorrelatorMemory): CorrelatorMemory {
  return deserialize(serialize(memory)) as CorrelatorMemory;
}

interface Told {
  /** Ids of the episodes that changed, as they were asked for. */
  readonly changed: readonly string[];
  readonly correlator: Correlator;
}

/** `cuts`: steps before which another correlator goes on from what is remembered. */
function told(steps: readonly Step[], limits: CorrelateLimits, cuts: ReadonlySet<number> = new Set()): Told {
  const changed: string[] = [];
  let correlator = createCorrelator({ limits, rules });
  for (const [place, step] of steps.entries()) {
    if (cuts.has(place))
      correlator = createCorrelator({ limits, rules, memory: writtenAndRead(correlator.memory) });
    const told = take(correlator, step);
    if (step.do === 'take') changed.push(told.map(({ id, lastMs }) => `${id} ${lastMs}`).join(', '));
  }
  return { changed, correlator };
}

/** All that the correlator can be asked, and all that it remembers, by name. */
function answers({ changed, correlator }: Told): Record<string, string> {
  const { facts, identities, memory } = correlator;
  const subjects = [...memory.identities.index.byUse];
  const nodes = [...memory.watermark.keys(), ''];
  const asked = {
    changed,
    episodes: [...correlator.all()],
    causes: subjects.map((subject) => correlator.causesOf(subject)),
    links: subjects.map((subject) => correlator.linkOf(subject)),
    pods: subjects.map((subject) => [identities.podOf(subject), identities.podKey(subject)]),
    sandboxes: subjects.map((subject) => identities.sandboxOf(subject)?.id),
    nows: nodes.map((node) => [facts.nameOf(node), correlator.nowOf(node)]),
    troubles: nodes.map((node) => facts.troubles.of(node)),
    evidence: nodes.map((node) => correlator.evidence.of(node, 'functions', null)),
    counts: [correlator.evicted, correlator.suppressed, facts.dropped, identities.counts],
  };
  return Object.fromEntries(
    [...Object.entries(asked), ...Object.entries(memory)].map(([name, value]) => [name, printed(value)]),
  );
}

function printed(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof Map) return { map: [...part] };
    if (part instanceof Set) return { set: [...part] };
    return typeof part === 'number' && !Number.isFinite(part) ? String(part) : part;
  });
}

t.test('cut before every event of a log', async (t) => {
  for (const name of [
    'captures/dockerd-19.03.15-stop-stuck-resolved.raw-info.log',
    'captures/cri-stop-stuck-resolved.raw.log',
    'scenarios/exit-not-handled.log',
    'scenarios/log-ends-while-loading.log',
    'scenarios/memcg-oom-named.log',
    'scenarios/health-check-failures.log',
    'corpus/100-m-dockerd-oom-27-4-0.log',
  ]) {
    const events = eventsOfLog(matcher, name, readFileSync(new URL(name, FIXTURES)));
    t.not(events.length, 0, `${name} has events`);
    const steps = events.flatMap((event): Step[] => [{ do: 'push', event }, { do: 'take' }]);
    const whole = answers(told(steps, DEFAULT_LIMITS));
    const cuts = new Set(steps.keys());
    t.same(differing(whole, answers(told(steps, DEFAULT_LIMITS, cuts))), [], name);
  }
});

t.test('cut anywhere in logs that run into each other', async (t) => {
  const seed = seedOf();
  t.comment(`LEAKTRAIL_SEED=${seed}`);
  const random = randomOf(seed);
  const reached = { evicted: 0, dropped: 0, daemons: 0, ended: 0 };
  for (let round = 0; round < 24; round++) {
    const limits = round % 2 === 0 ? SMALL : DEFAULT_LIMITS;
    const steps = storm(logs, rules, random);
    const uninterrupted = told(steps, limits);
    const cuts = new Set(Array.from({ length: 5 }, () => Math.floor(random() * steps.length)));
    const interrupted = told(steps, limits, cuts);
    t.same(
      differing(answers(uninterrupted), answers(interrupted)),
      [],
      `round ${round}, cut at ${[...cuts]} of ${steps.length}`,
    );
    const { correlator } = uninterrupted;
    const fault = firstFault(correlator.memory);
    if (fault !== null) t.equal(fault, null, 'plain data');
    reached.evicted += correlator.evicted;
    reached.dropped += correlator.facts.dropped;
    for (const episode of correlator.all()) {
      if (episode.kind === 'daemon') reached.daemons++;
      if (episode.end !== null) reached.ended++;
    }
  }
  for (const [what, count] of Object.entries(reached)) t.not(count, 0, `some ${what}`);
});

t.test('what is remembered is plain data from the beginning', async (t) => {
  assertPlainData(t, newCorrelatorMemory());
});

t.test('what is not plain data is found wherever it is', async (t) => {
  const faults: readonly (readonly [unknown, string])[] = [
    [{ a: [() => 1] }, 'value.a[0] is a function'],
    [new Map([['k', new Date()]]), 'value.get(k) is of the class Date'],
    [new Map([[new (class Key {})(), 1]]), 'value.key(0) is of the class Key'],
    [new Set([/x/]), 'value{0} is of the class RegExp'],
    [{ a: new WeakSet() }, 'value.a is of the class WeakSet'],
    [[1].values(), 'value is of the class Iterator'],
    [{ a: Object.create(null) as object }, 'value.a is an object without a prototype'],
    [
      {
        get a() {
          return 1;
        },
      },
      'value.a has an accessor',
    ],
    [{ [Symbol.iterator]: 1 }, 'value has the symbol Symbol(Symbol.iterator)'],
  ];
  for (const [value, fault] of faults)
    t.equal(firstFault(value)?.replace('class Object', 'class Iterator'), fault);
  let chain: unknown = null;
  for (let i = 0; i < 200; i++) chain = { chain };
  t.match(firstFault(chain), /nests deeper/);
  const cycle: { self?: unknown } = {};
  cycle.self = [cycle, new Map([[1, new Set(['a', null, undefined, Number.NaN])]])];
  t.equal(firstFault(cycle), null);
});

t.test('a chain of sandboxes, however long, can be written down', async (t) => {
  const memory = newIdentitiesMemory();
  const identities = createIdentities({ memory });
  const id = (n: number): string => n.toString(16).padStart(12, '0').padEnd(64, 'b');
  for (let n = 0; n < 10_000; n++) identities.note({ container: id(n), sandbox: id(n + 1) });
  assertPlainData(t, memory);
  const again = createIdentities({ memory: deserialize(serialize(memory)) as typeof memory });
  const last = again.find(id(9_999));
  t.equal(last === null ? null : again.sandboxOf(last)?.id, id(10_000));
});

t.test('an event that waits for its meaning holds no more of its line than a proof shows', async (t) => {
  const file = 'scenarios/log-ends-while-loading.log';
  const [first] = eventsOfLog(matcher, file, readFileSync(new URL(file, FIXTURES))).filter(
    ({ event }) => event.pattern.means === 'loading-started',
  );
  const { event } = first as TimedEvent;
  const long = { ...event, record: { ...event.record, text: event.record.text.padEnd(60_000, 'x') } };
  const correlator = createCorrelator();
  correlator.push({ ...(first as TimedEvent), event: long });
  t.ok(serialize(correlator.memory).length < 8_192);
  correlator.advance((first as TimedEvent).node, (first as TimedEvent).ms + 200_000);
  const [episode] = correlator.all();
  t.equal(episode?.proof[0]?.text.length, DEFAULT_LIMITS.proofText);
  t.ok(episode?.proof[0]?.text.endsWith('…'), 'the proof says that it was cut');
});
