/** Long runs do not carry what is over for ever, and lose nothing that is not. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { createCorrelator } from '../../lib/correlate/correlate.js';
import type { TimedEvent } from '../../lib/correlate/types.js';
import { loadDefects } from '../../lib/diagnose/load-defects.js';
import { signRulesOf } from '../../lib/diagnose/sign-rules.js';
import { loadPatterns } from '../../lib/match/load.js';
import { createMatcher } from '../../lib/match/match.js';
import { FIXTURES } from '../root.js';
import { eventsOfLog, shifted } from './steps.js';

const library = await loadPatterns();
const matcher = createMatcher(library, library.compileLinear);
const rules = signRulesOf((await loadDefects()).values());
const DAY = 86_400_000;

function eventsOfFile(name: string): readonly TimedEvent[] {
  return eventsOfLog(matcher, name, readFileSync(new URL(name, FIXTURES)));
}

function after(...all: readonly (readonly TimedEvent[])[]) {
  const correlator = createCorrelator({ rules });
  for (const event of all.flat()) correlator.push(event);
  correlator.takeChanged();
  return correlator;
}

const idsOf = (correlator: ReturnType<typeof after>): readonly string[] =>
  [...correlator.all()].map(({ id }) => id);
const none = (): boolean => false;

const resolved = eventsOfFile('captures/dockerd-19.03.15-stop-stuck-resolved.raw-info.log');
const open = eventsOfFile('scenarios/dockerd-24.0-stuck.log');
const node = eventsOfFile('scenarios/node-ready-again.log');
const later = (events: readonly TimedEvent[]): number => (events.at(-1)?.ms ?? 0) + DAY;

t.test('what is over is dropped once, and is no loss', async (t) => {
  const correlator = after(resolved);
  const before = idsOf(correlator);
  const dropped = correlator.forgetBefore(later(resolved), none);
  t.not(dropped, 0);
  t.equal(idsOf(correlator).length, before.length - dropped);
  t.equal(correlator.forgetBefore(later(resolved), none), 0);
  t.equal(correlator.evicted, 0);
});

t.test('an exit line without an id counts as the end once no stop line followed', async (t) => {
  const correlator = after(resolved);
  const exited = [...correlator.all()].flatMap((episode) =>
    episode.kind === 'stop' && episode.end === null && episode.tentativeExit !== null ? [episode] : [],
  );
  t.not(exited.length, 0);
  const exitMs = exited[0]?.tentativeExit?.ms ?? 0;
  correlator.forgetBefore(exitMs + 10_000, none);
  t.ok(idsOf(correlator).includes(exited[0]?.id ?? ''));
  correlator.forgetBefore(exitMs + DAY, none);
  t.notOk(idsOf(correlator).includes(exited[0]?.id ?? ''));
});

t.test('what is open stays, however old', async (t) => {
  const correlator = after(open);
  const before = idsOf(correlator);
  t.not(before.length, 0);
  correlator.forgetBefore(later(open) + 365 * DAY, none);
  t.same(idsOf(correlator), before);
});

t.test('what ended after that time stays', async (t) => {
  const correlator = after(resolved);
  const before = idsOf(correlator);
  const lastEnd = Math.max(...[...correlator.all()].map(({ end }) => end?.at?.ms ?? 0));
  const dropped = correlator.forgetBefore(lastEnd, none);
  t.equal(dropped, before.length - idsOf(correlator).length);
  t.not(idsOf(correlator).length, 0);
});

t.test('what is asked to be kept stays', async (t) => {
  const correlator = after(resolved);
  const before = idsOf(correlator);
  t.equal(
    correlator.forgetBefore(later(resolved), () => true),
    0,
  );
  t.same(idsOf(correlator), before);
});

t.test('what has changed and was not taken yet stays', async (t) => {
  const correlator = createCorrelator({ rules });
  for (const event of resolved) correlator.push(event);
  t.equal(correlator.forgetBefore(later(resolved), none), 0);
  t.not(correlator.takeChanged().length, 0);
  t.not(correlator.forgetBefore(later(resolved), none), 0);
});

t.test('the next incident of the same container or node has an id of its own', async (t) => {
  for (const events of [resolved, node]) {
    const correlator = after(events);
    const first = [...correlator.all()].filter(({ end }) => end !== null).map(({ id }) => id);
    t.not(correlator.forgetBefore(later(events), none), 0);
    for (const event of shifted(events, 2 * DAY)) correlator.push(event);
    const second = idsOf(correlator).filter((id) => !first.includes(id));
    t.not(second.length, 0);
    t.same(
      first.filter((id) => idsOf(correlator).includes(id)),
      [],
    );
  }
});

t.test('nothing keeps hold of what was dropped', async (t) => {
  for (const events of [resolved, node, eventsOfFile('scenarios/remove-container-asked.log')]) {
    const correlator = after(events);
    const gone = [...correlator.all()].filter(({ end }) => end !== null);
    t.not(gone.length, 0);
    correlator.forgetBefore(later(events), none);
    const held = new Set(heldIn(correlator.memory));
    t.same(
      gone.filter((episode) => held.has(episode)).map(({ id }) => id),
      [],
    );
  }
});

/** Every object that can be reached. */
function heldIn(value: unknown, seen = new Set<unknown>()): Set<unknown> {
  if (typeof value !== 'object' || value === null || seen.has(value)) return seen;
  seen.add(value);
  if (value instanceof Map) for (const pair of value) heldIn(pair, seen);
  else if (value instanceof Set) for (const each of value) heldIn(each, seen);
  else for (const each of Object.values(value)) heldIn(each, seen);
  return seen;
}
