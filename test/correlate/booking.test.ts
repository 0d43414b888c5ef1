/**
 * Live booking: lines that come late, in batches of any size and with looks between them, give the incidents that
 * they give in good order, and nothing is told on the way that good order would not tell.
 */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { runLeg, type TextPiece } from '../analyze/followed-run.js';
import { randomOf, seedOf } from '../analyze/random.js';
import { essence } from '../analyze/run.js';
import { FIXTURES } from '../root.js';

const logs = [
  'captures/dockerd-19.03.15-stop-stuck-resolved.rsyslog-rfc3164.log',
  'captures/dockerd-19.03.15-lost-exit.info.rsyslog-rfc3164.log',
  'captures/cri-stop-stuck-resolved.journal-json.log',
  'corpus/071-m-direct-sigkill-then-exit-later.log',
];

/** Event time of a line, ms. */
function timeOf(line: string): number {
  const journal = /__REALTIME_TIMESTAMP\W+(\d+)/.exec(line)?.[1];
  if (journal !== undefined) return Number(journal) / 1000;
  const inner = /time=\\?"([^"\\]+)/.exec(line)?.[1];
  if (inner !== undefined) return Date.parse(inner);
  const klog = /[EIW](\d\d)(\d\d) (\d\d:\d\d:\d\d\.\d+)/.exec(line);
  if (klog) return Date.parse(`2026-${klog[1]}-${klog[2]}T${klog[3]}Z`);
  const stamp = Date.parse(`${line.slice(0, 15)} 2026 UTC`);
  if (Number.isNaN(stamp)) throw new Error(`no time in ${line.slice(0, 200)}`);
  return stamp;
}

function inBatches(lines: readonly string[], random: () => number): TextPiece[] {
  const pieces: TextPiece[] = [];
  for (let at = 0; at < lines.length; ) {
    const size = 1 + Math.floor(random() * 6);
    const bytes = Buffer.from(`${lines.slice(at, at + size).join('\n')}\n`);
    pieces.push({ name: 'messages', bytes, more: random() < 0.2 });
    at += size;
  }
  return pieces;
}

t.test('lines up to five seconds late', async (t) => {
  const seed = seedOf();
  t.comment(`LEAKTRAIL_SEED=${seed}`);
  const random = randomOf(seed);
  for (const log of logs) {
    const lines = readFileSync(new URL(log, FIXTURES), 'utf8').trimEnd().split('\n');
    const times = lines.map(timeOf);
    const inOrder = await runLeg(inBatches(lines, random), { all: true, stepMs: 50 });
    t.not(inOrder.finals.length, 0, `${log} has incidents`);
    for (let round = 0; round < 4; round++) {
      const late = lines
        .map((line, i) => ({ line, key: (times[i] as number) + random() * 5_000 }))
        .toSorted((a, b) => a.key - b.key)
        .map(({ line }) => line);
      // Fast enough that nothing is taken to be settled because of the wall clock.
      const run = await runLeg(inBatches(late, random), { all: true, stepMs: 50 });
      t.strictSame(run.finals.map(essence), inOrder.finals.map(essence), `${log}, round ${round}`);
      const known = new Set(inOrder.finals.map(({ id }) => id));
      t.strictSame(
        run.told.filter(({ incident }) => !known.has(incident.id)),
        [],
        'nothing is told that is none in good order',
      );
    }
  }
});
