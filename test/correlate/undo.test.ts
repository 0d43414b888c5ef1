/**
 * Whatever a correlator has booked can be taken back: it remembers what it remembered before, and what it books again
 * leads where it would have led at once, also where caps are reached.
 */
import { deserialize, serialize } from 'node:v8';
import t from 'tap';
import { type Correlator, createCorrelator, newCorrelatorMemory } from '../../lib/correlate/correlate.js';
import { DEFAULT_LIMITS } from '../../lib/correlate/types.js';
import { type Change, createUndoLog } from '../../lib/correlate/undo.js';
import { loadDefects } from '../../lib/diagnose/load-defects.js';
import { signRulesOf } from '../../lib/diagnose/sign-rules.js';
import { loadPatterns } from '../../lib/match/load.js';
import { createMatcher } from '../../lib/match/match.js';
import { randomOf, seedOf } from '../analyze/random.js';
import { firstFault } from '../plain-data.js';
import { allLogs, differing, SMALL, storm, take } from './steps.js';

const library = await loadPatterns();
const rules = signRulesOf((await loadDefects()).values());
const logs = allLogs(createMatcher(library, library.compileLinear));

/** What is remembered, part by part; `ordered`: also in which order. What has changed is asked for in between. */
function printed(correlator: Correlator, ordered: boolean): Record<string, string> {
  const inOrder = (parts: readonly unknown[]): unknown =>
    ordered ? parts : parts.map((part) => text(part)).sort();
  const text = (value: unknown): string =>
    JSON.stringify(value, (_, part: unknown) => {
      if (part instanceof Map) return { map: inOrder([...part]) };
      if (part instanceof Set) return { set: inOrder([...part]) };
      return typeof part === 'number' && !Number.isFinite(part) ? String(part) : part;
    });
  return Object.fromEntries(
    Object.entries(correlator.memory)
      .filter(([name]) => name !== 'changed')
      .map(([name, part]) => [name, text(part)]),
  );
}

t.test('taken back, and booked again', async (t) => {
  const seed = seedOf();
  t.comment(`LEAKTRAIL_SEED=${seed}`);
  const random = randomOf(seed);
  let changes = 0;
  for (let round = 0; round < 12; round++) {
    const limits = round % 2 === 0 ? SMALL : DEFAULT_LIMITS;
    const steps = storm(logs, rules, random);
    const plain = createCorrelator({ limits, rules });
    for (const step of steps) take(plain, step);
    const undo = createUndoLog();
    const correlator = createCorrelator({ limits, rules, undo });
    for (let at = 0; at < steps.length; ) {
      const behind = at + Math.floor(random() * 80);
      const before = printed(correlator, false);
      const noted: Change[][] = [];
      for (const step of steps.slice(at, behind)) {
        if (noted.length === 0 || random() < 0.7) {
          const last: Change[] = [];
          noted.push(last);
          undo.into(last);
        }
        take(correlator, step);
      }
      changes += noted.flat().length;
      undo.takeBack(noted.flat());
      t.same(differing(before, printed(correlator, false)), [], `round ${round}: ${at} to ${behind}`);
      for (const step of steps.slice(at, behind + 20)) take(correlator, step);
      at = behind + 20;
    }
    t.same(differing(printed(plain, true), printed(correlator, true)), [], `round ${round}`);
  }
  t.not(changes, 0);
});

t.test('by another process, from what was written down', async (t) => {
  const random = randomOf(seedOf());
  const steps = storm(logs, rules, random);
  const memory = newCorrelatorMemory();
  const undo = createUndoLog();
  const correlator = createCorrelator({ limits: SMALL, rules, memory, undo });
  for (const step of steps.slice(0, 200)) take(correlator, step);
  const before = printed(correlator, false);
  const noted: Change[] = [];
  undo.into(noted);
  for (const step of steps.slice(200, 300)) take(correlator, step);
  t.equal(firstFault(noted), null, 'what is noted is plain data');
  const read = deserialize(serialize({ memory, noted })) as { memory: typeof memory; noted: Change[] };
  const later = createUndoLog();
  const other = createCorrelator({ limits: SMALL, rules, memory: read.memory, undo: later });
  later.takeBack(read.noted);
  t.same(differing(before, printed(other, false)), []);
});
