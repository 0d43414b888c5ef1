/**
 * Makes what a correlator is given, and gives it: the events of real logs in event-time order, evidence that opens
 * incidents, time that passes.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { Correlator } from '../../lib/correlate/correlate.js';
import { createOrder } from '../../lib/correlate/order.js';
import type { SignRules } from '../../lib/correlate/sign.js';
import type { CorrelateLimits, Episode, TimedEvent } from '../../lib/correlate/types.js';
import { createClock } from '../../lib/envelope/clock.js';
import { createEnvelopeParser } from '../../lib/envelope/parse.js';
import type { Instant, LogRecord } from '../../lib/envelope/types.js';
import type { Bookable } from '../../lib/evidence/holding.js';
import type { Matcher } from '../../lib/match/match.js';
import { createScanner } from '../../lib/scan/scanner.js';
import { FIXTURES } from '../root.js';

const START = Date.UTC(2026, 0, 1);

/** One call of a correlator. */
export type Step =
  | { readonly do: 'push'; readonly event: TimedEvent }
  | { readonly do: 'evidence'; readonly item: Bookable; readonly node: string }
  | { readonly do: 'advance'; readonly node: string; readonly ms: number }
  | { readonly do: 'take' };

/** What `take` gives; empty for any other step. */
export function take(correlator: Correlator, step: Step): readonly Episode[] {
  switch (step.do) {
    case 'push':
      correlator.push(step.event);
      return [];
    case 'evidence':
      correlator.pushEvidence(step.item, step.node);
      return [];
    case 'advance':
      correlator.advance(step.node, step.ms);
      return [];
    case 'take':
      return correlator.takeChanged();
  }
}

/** Parts that differ, each with the place: what memories and answers are compared by once they are printed. */
export function differing(a: Record<string, string>, b: Record<string, string>): readonly string[] {
  return Object.keys(a).flatMap((name) => {
    const [one = '', other = ''] = [a[name], b[name]];
    if (one === other) return [];
    let at = 0;
    while (one[at] === other[at]) at++;
    return [`${name}: …${one.slice(at - 60, at + 60)}… is …${other.slice(at - 60, at + 60)}…`];
  });
}

/** The events of a log as the pipeline gives them to the correlator. */
export function eventsOfLog(matcher: Matcher, source: string, log: Buffer): readonly TimedEvent[] {
  const clock = createClock({
    tz: 'UTC',
    systemOffset: () => 0,
    now: () => Date.UTC(2026, 10, 21),
    fileDate: () => null,
  });
  const records: LogRecord[] = [];
  const parser = createEnvelopeParser();
  const scanner = createScanner({
    source,
    literals: matcher.literals,
    onCandidate: (candidate) => records.push(...parser.parse(candidate)),
  });
  scanner.push(log);
  scanner.end();
  records.push(...parser.flush());
  for (const record of records) clock.learn(record);
  const order = createOrder({ clock, heldEvents: 1e6, heldText: 1e9, latenessMs: 0 });
  for (const event of records.flatMap((record) => matcher.match(record))) order.push(event, 0);
  return order.drain();
}

/** The events as if they had come `byMs` later. */
export function shifted(events: readonly TimedEvent[], byMs: number): readonly TimedEvent[] {
  return events.map((event) => ({
    ...event,
    ms: event.ms + byMs,
    at: { ...event.at, ms: event.at.ms + byMs },
  }));
}

let read: readonly (readonly TimedEvent[])[] | null = null;

/** The events of every log of the tests, each beginning at one time; read once. */
export function allLogs(matcher: Matcher): readonly (readonly TimedEvent[])[] {
  read ??= ['captures/', 'cases/', 'corpus/', 'scenarios/'].flatMap((folder) =>
    readdirSync(new URL(folder, FIXTURES))
      // One spelling of each capture is enough: the events are the same.
      .filter((name) => name.endsWith('.log') && !/\.(rsyslog|journal)-/.test(name))
      .map((name) => {
        const events = eventsOfLog(matcher, name, readFileSync(new URL(folder + name, FIXTURES)));
        return shifted(events, START - (events[0]?.ms ?? 0));
      })
      .filter((events) => events.length > 0),
  );
  return read;
}

/** Several logs at once, evidence, and time that passes, in an order that a seed decides. */
export function storm(
  logs: readonly (readonly TimedEvent[])[],
  rules: readonly SignRules[],
  random: () => number,
): readonly Step[] {
  const some = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const picked = Array.from({ length: 5 }, () => {
    const events = some(logs);
    return shifted(events.slice(Math.floor(random() * events.length * 0.3)), Math.floor(random() * 1.8e6));
  });
  const nodes = [...new Set(picked.flat().map(({ node }) => node))];
  // Nearly in order: some come up to a minute late, as they may.
  const events = picked
    .flat()
    .map((event) => ({ event, place: event.ms + (random() < 0.1 ? random() * 60_000 : 0) }))
    .toSorted((a, b) => a.place - b.place);
  return events.slice(0, 800).flatMap(({ event }): Step[] => {
    const steps: Step[] = [{ do: 'push', event }];
    const chance = random();
    if (chance < 0.04)
      steps.push({ do: 'evidence', item: some(evidenceFor(rules, event.ms)), node: some(nodes) });
    else if (chance < 0.06) steps.push({ do: 'advance', node: some(nodes), ms: event.ms + 150_000 });
    if (random() < 0.2) steps.push({ do: 'take' });
    return steps;
  });
}

/** For every sign of every defect that evidence can give: a piece of evidence that gives it. */
export function evidenceFor(rules: readonly SignRules[], ms: number): readonly Bookable[] {
  const at: Instant = { ms, nanos: 0, digits: 3 };
  const of = { source: 'evidence.txt', line: 1, host: null, pid: null, at, text: 'evidence' };
  const line = { line: 1, text: 'as it was read' };
  return rules.flatMap(({ daemon, signs }) =>
    signs.flatMap(({ signature, setting, gauge, where, from }, i): Bookable[] => {
      const from1 = { ...of, source: `evidence-${i}.txt`, program: daemon };
      if (signature !== undefined) {
        const { host: _host, pid: _pid, ...origin } = from1;
        const values = new Map([[signature, { value: 60, bytes: 1e9, ...line }]]);
        const digest = { ...origin, ms, timeAssumed: false, total: 2e9, values, stopCalls: null };
        return [
          {
            kind: 'digest',
            digest: { ...digest, kind: 'functions', measure: 'inuse_space', modules: {}, lines: [line] },
          },
        ];
      }
      if (setting !== undefined) {
        const value = where?.['value']?.[0]?.replace(/\.\..*/, '') ?? '1';
        return [{ ...from1, kind: 'settings', settings: [{ ...setting, value, ...line }] }];
      }
      if (gauge === undefined) return [];
      const { product, name } = gauge;
      // Two looks, so that growth shows as well.
      return [1, 2].map((n) => ({
        ...from1,
        kind: 'gauges',
        at: { ...at, ms: ms + n * 60_000 },
        gauges: [{ product, name, value: n * (from?.value ?? from?.growth ?? 10), ...line }],
      }));
    }),
  );
}

/** Caps so small that every one of them is reached. */
export const SMALL: CorrelateLimits = {
  episodes: 6,
  containers: 5,
  attempts: 3,
  proof: 4,
  proofText: 80,
  heldEvents: 16,
  heldText: 1024,
  facts: 5,
};
