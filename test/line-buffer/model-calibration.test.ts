/** The model against what Go really did: the function alone, and the whole daemon. */
import t, { type Test } from 'tap';
import { model } from '../../bench/line-buffer/model/model.js';
import type { ModelOutcome } from '../../bench/line-buffer/model/types.js';
import { calibrationRows, calibrationTable, off, type Row, workload } from './calibration.js';

/** The time of a record may lose all nine digits of its fraction, and the point. */
const TIME_SLACK_BYTES = 10;

function sameRecords(test: Test, found: ModelOutcome, row: Row): void {
  test.equal(found.partialRecords, row.partialRecords, 'P records');
  test.equal(found.fullRecords, row.fullRecords, 'F records');
  const shorter = found.diskBytes - row.diskBytes;
  const most = TIME_SLACK_BYTES * (row.partialRecords + row.fullRecords);
  test.ok(shorter >= 0 && shorter <= most, `bytes on disk: ${shorter} of at most ${most} fewer`);
}

function near(test: Test, what: string, found: number, expected: number, within: number): void {
  const percent = (100 * off(found, expected)).toFixed(2);
  test.ok(off(found, expected) <= within, `${what}: ${found}, measured ${expected}, ${percent} % off`);
}

for (const row of calibrationRows('redirectlogs.csv')) {
  t.test(`the model is as calibrated: ${row.name}`, async (t) => {
    const { lineBytes, limitBytes, end } = row;
    const found = model(workload({ lineBytes, limitBytes, end }));
    sameRecords(t, found, row);
    near(t, 'held', found.heldBytes, row.heldBytes, limitBytes > 0 ? 0.1 : 0.02);
    if (end === 'eof') t.equal(found.retainedBytes, 0, 'nothing is retained');
    else near(t, 'retained', found.retainedBytes, row.retainedBytes, limitBytes > 0 ? 0.1 : 0.05);
    if (limitBytes > 0) t.ok(found.peakRssBytes <= 32 * 2 ** 20 + 6 * limitBytes, 'resident memory is flat');
    if (limitBytes > 0 && lineBytes > limitBytes) return;
    near(t, 'peak of the heap', found.peakHeapBytes, row.peakHeapBytes, 0.02);
    near(t, 'peak of resident memory', found.peakRssBytes, row.peakRssBytes, 0.1);
    near(t, 'resident while open', found.openRssBytes, row.openRssBytes, 0.1);
  });
}

for (const row of calibrationRows('redirectlogs-more.csv')) {
  t.test(`the model holds beyond its calibration: ${row.name}`, async (t) => {
    const { lineBytes, limitBytes, end } = row;
    const found = model(workload({ lineBytes, limitBytes, end }));
    sameRecords(t, found, row);
    const split = limitBytes > 0 && lineBytes > limitBytes;
    // A few threads that start while it runs are more than what a small limit holds.
    const threads = split ? 12_000 : 0;
    const room = (expected: number, within: number): number => Math.max(within, threads / expected);
    near(t, 'held', found.heldBytes, row.heldBytes, room(row.heldBytes, split ? 0.1 : 0.02));
    if (end === 'eof') t.equal(found.retainedBytes, 0, 'nothing is retained');
    else
      near(
        t,
        'retained',
        found.retainedBytes,
        row.retainedBytes,
        room(row.retainedBytes, split ? 0.1 : 0.05),
      );
    if (split) t.ok(found.peakRssBytes <= 32 * 2 ** 20 + 6 * limitBytes, 'resident memory is flat');
    else near(t, 'peak of resident memory', found.peakRssBytes, row.peakRssBytes, 0.05);
    // Whether the last collection is over when the file is written is a race; both ways are this near.
    near(t, 'peak of the heap', found.peakHeapBytes, row.peakHeapBytes, 0.25);
  });
}

t.test('the whole daemon, killed with 1312 MiB of a line open, grows as the model says', async (t) => {
  const rows = calibrationTable('containerd-rss-unlimited.csv');
  const rss = (phase: string): number[] =>
    rows.filter((row) => row.phase === phase).map((row) => Number(row.rss_kb) * 1024);
  const idle = Math.min(...rss('idle'));
  const found = model(workload({ lineBytes: 1312 * 2 ** 20, end: 'kill' }));
  near(t, 'resident while open', found.openRssBytes, Math.max(...rss('open')) - idle, 0.15);
  near(t, 'resident in the flush', found.peakRssBytes, Math.max(...rss('killed')) - idle, 0.05);
  near(t, 'resident when all was given back', found.retainedRssBytes, Math.max(...rss('end')) - idle, 0.15);
});

t.test('the whole daemon with the default limit is flat, and so is the model', async (t) => {
  const rows = calibrationTable('containerd-rss-16384.csv').map((row) => Number(row.rss_kb) * 1024);
  const lineBytes = 1_250_951_168;
  const found = model(workload({ lineBytes, limitBytes: 16_384 }));
  t.ok(Math.max(...rows) - Math.min(...rows) < 32 * 2 ** 20);
  t.ok(found.peakRssBytes < 32 * 2 ** 20);
});
