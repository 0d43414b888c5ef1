/** The model and the simulator were written apart; where both count the same thing they must agree. */
import t from 'tap';
import { createLineSource } from '../../bench/line-buffer/line-source.js';
import { model } from '../../bench/line-buffer/model/model.js';
import { readStream } from '../../bench/line-buffer/read-stream.js';
import { ENDS, type LineLengths, RUNTIMES, type Workload } from '../../bench/line-buffer/types.js';
import { OWN_READER_BYTES } from '../../bench/line-buffer/workload.js';
import { createRandom } from '../../bench/random.js';
import { differs } from '../differs.js';
import { workload } from './calibration.js';
import { STILL } from './printed.js';

const DISCARD = {
  path: 'nowhere',
  bytes: 0,
  append: () => undefined,
  close: async () => {},
};
const LENGTHS: readonly LineLengths[] = [
  { kind: 'fixed', bytes: 8191 },
  { kind: 'uniform', minBytes: 0, maxBytes: 40_000 },
  { kind: 'lognormal', medianBytes: 300, sigma: 2, maxBytes: 50_000 },
];

/** What the simulator counts of one stream: while the line is open, and at the end. */
async function simulated(printed: Workload) {
  let open: number | null = null;
  const input = createLineSource(printed, {
    clock: STILL,
    // A turn of the event loop at a time, until the reader has taken what was printed.
    async beforeEnd() {
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      open = run.counts.heldBytes + run.counts.retainedBytes;
    },
  });
  const run = readStream(input, printed, { stream: 'stdout', log: DISCARD, now: STILL.nanoseconds });
  await run.done;
  return { open: Number(open), counts: run.counts };
}

for (const runtime of RUNTIMES)
  t.test(`records and bytes on disk are the simulator's for ${runtime}`, async (t) => {
    const random = createRandom(11);
    for (let i = 0; i < 25; i++) {
      const printed = workload({
        runtime,
        version: runtime === 'containerd' ? random.pick(['1.4.3', '1.6.10', '1.6.20', '2.1.4']) : '1.0.0',
        readerBytes: OWN_READER_BYTES[runtime],
        limitBytes: random.pick([-1, 16, 1000, 4096, 5000, 16_384, 100_000]),
        lineBytes: random.pick([0, 1, 4096, 8192, 16_384, 65_536, random.int(200_000)]),
        writeBytes: random.pick([1000, 4096, 65_536]),
        end: random.pick(ENDS),
        before: random.int(3) === 0 ? null : { count: random.int(20), lengths: random.pick(LENGTHS) },
        seed: i,
      });
      const { counts } = await simulated(printed);
      const { partialRecords, fullRecords, diskBytes } = model(printed);
      const expected = [counts.partialRecords, counts.fullRecords, counts.outputBytes];
      if (differs(t, [partialRecords, fullRecords, diskBytes], expected, JSON.stringify(printed))) return;
    }
    t.pass('25 workloads');
  });

t.test('what an open line holds in containerd is what the simulator counts', async (t) => {
  const random = createRandom(12);
  for (let i = 0; i < 25; i++) {
    const printed = workload({
      version: random.pick(['1.4.3', '1.5.11', '1.6.10', '1.6.20', '1.7.0', '2.1.4']),
      limitBytes: random.pick([-1, 1000, 4096, 16_384, 65_536, 100_000]),
      lineBytes: random.int(400_000),
    });
    const { open } = await simulated(printed);
    const { heldBytes } = model(printed);
    const first = heldBytes === 0 ? 0 : 256;
    t.ok(Math.abs(heldBytes - open) <= first, `${JSON.stringify(printed)}: ${heldBytes}, simulated ${open}`);
  }
});

t.test('a workload of several streams has the records of each, which draw their own lines', async (t) => {
  const printed = workload({
    limitBytes: 4096,
    lineBytes: 10_000,
    containers: 2,
    streams: 2,
    before: { count: 10, lengths: { kind: 'uniform', minBytes: 0, maxBytes: 20_000 } },
  });
  let partial = 0;
  for (let index = 0; index < 4; index++)
    partial += (await simulated({ ...printed, seed: printed.seed + index })).counts.partialRecords;
  t.equal(model(printed).partialRecords, partial);
});
