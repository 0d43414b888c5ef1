/**
 * A run that is broken off after any piece of its input, and another that goes on from what it left: together they
 * say and count what one run would have.
 */
import { readFileSync } from 'node:fs';
import t from 'tap';
import type { Incident } from '../../lib/diagnose/types.js';
import { FIXTURES } from '../root.js';
import { gistOf, piecesOf, runLeg } from './followed-run.js';
import { randomOf, seedOf } from './random.js';
import { essence, outcomeOf } from './run.js';

const logs = [
  'captures/dockerd-19.03.15-stop-stuck-resolved.rsyslog-rfc3164.log',
  'captures/cri-stop-stuck-resolved.journal-json.log',
  'captures/docker-stop-stuck-resolved.journal-export.log',
  'cases/dockerd-stuck-stop.messages.log',
  'corpus/071-m-direct-sigkill-then-exit-later.log',
  'scenarios/exit-not-handled.log',
  'corpus/100-m-dockerd-oom-27-4-0.log',
  'scenarios/memcg-oom-named.log',
];

for (const log of logs) {
  t.test(`broken off after any piece of ${log}`, async (t) => {
    const seed = seedOf();
    t.comment(`LEAKTRAIL_SEED=${seed}`);
    const random = randomOf(seed);
    const bytes = readFileSync(new URL(log, FIXTURES));
    const pieces = piecesOf('messages', bytes, 6, random);
    const whole = await runLeg(pieces, { all: true });
    const wholeTold = whole.told.map(gistOf);
    t.not(whole.finals.length, 0, 'there are incidents');
    const batch = await outcomeOf([bytes], { all: true });
    t.strictSame(whole.finals.map(essence), batch.incidents.map(essence), 'live as read from a file');
    for (let cut = 1; cut < pieces.length; cut++) {
      const first = await runLeg(pieces, { all: true, until: cut });
      const { saved } = first;
      const second = await runLeg(pieces, { all: true, from: cut, ...(saved && { saved }) });
      const place = `after ${cut} of ${pieces.length} pieces`;
      const told = [...first.told, ...second.told].map(gistOf);
      t.strictSame(
        told.filter((gist, at) => told.indexOf(gist) < at && timesIn(told, gist) > timesIn(wholeTold, gist)),
        [],
        `nothing told twice ${place}`,
      );
      // What only time tells may be told by a look before the end, or by the report at the end.
      t.strictSame(allOf(told, second.finals), allOf(wholeTold, whole.finals), `told ${place}`);
      t.strictSame(second.finals.map(essence), whole.finals.map(essence), `found ${place}`);
      t.strictSame(countsOf(second.summary), countsOf(whole.summary), `counted ${place}`);
    }
  });
}

function timesIn(told: readonly string[], gist: string): number {
  return told.filter((each) => each === gist).length;
}

function allOf(told: readonly string[], finals: readonly Incident[]): readonly string[] {
  return [...new Set([...told, ...finals.map((incident) => gistOf({ incident, stillMs: null }))])].toSorted();
}

function countsOf(summary: object | null): unknown {
  return { ...summary, suspected: null };
}
