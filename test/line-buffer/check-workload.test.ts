/** What cannot be fed, computed or counted is refused by everyone, with the same error. */
import t from 'tap';
import { checkWorkload, WorkloadError } from '../../bench/line-buffer/check-workload.js';
import { measure, model, simulate } from '../../bench/line-buffer/index.js';
import { createLineReader } from '../../bench/line-buffer/read-line.js';
import type { Workload } from '../../bench/line-buffer/types.js';
import { workload } from './combinations.js';

const GIB = 2 ** 30;
const TIB = 2 ** 40;

function refusal(overrides: Partial<Workload>): WorkloadError | null {
  try {
    checkWorkload(workload(overrides));
    return null;
  } catch (error) {
    if (error instanceof WorkloadError) return error;
    throw error;
  }
}

t.test('what is asked for in earnest is not refused', async (t) => {
  const usual: Partial<Workload>[] = [
    {},
    { limitBytes: 16, lineBytes: GIB, writeBytes: 100 },
    { limitBytes: 64 * TIB, lineBytes: 64 * TIB },
    { limitBytes: 0, lineBytes: 0, readerBytes: 1, writeBytes: 1 },
    { containers: 100_000, streams: 2, lineBytes: GIB },
    { before: { count: 10_000_000, lengths: { kind: 'uniform', minBytes: 1, maxBytes: 2 } } },
    { runtime: 'docker', version: 'any', limitBytes: 7 },
    { lineBytes: 1024, paceBytesPerSecond: 0.5 },
  ];
  for (const each of usual) t.equal(refusal(each), null, JSON.stringify(each));
});

t.test('what cannot be is refused by the name of its field', async (t) => {
  const impossible: [keyof Workload, Partial<Workload>][] = [
    ['limitBytes', { limitBytes: 15 }],
    ['limitBytes', { limitBytes: 16.5 }],
    ['limitBytes', { limitBytes: Number.NaN }],
    ['limitBytes', { limitBytes: 2 ** 63 }],
    ['lineBytes', { lineBytes: -1 }],
    ['lineBytes', { lineBytes: 65 * TIB }],
    ['lineBytes', { limitBytes: 16, lineBytes: 64 * TIB, containers: 100_000, streams: 2 }],
    ['lineBytes', { runtime: 'cri-o', lineBytes: 2 * TIB, writeBytes: 1, containers: 100 }],
    ['writeBytes', { writeBytes: 64 * TIB }],
    ['readerBytes', { readerBytes: 6 * GIB }],
    ['readerBytes', { readerBytes: 0 }],
    ['containers', { containers: 100_001 }],
    ['version', { version: 'unknown' }],
    ['version', { version: '1.0.0' }],
    ['paceBytesPerSecond', { paceBytesPerSecond: 1, lineBytes: 64 * TIB }],
    ['paceBytesPerSecond', { paceBytesPerSecond: 0 }],
    ['before', { before: { count: 200, lengths: { kind: 'fixed', bytes: 1 } }, containers: 100_000 }],
    ['before', { before: { count: 1, lengths: { kind: 'uniform', minBytes: 5, maxBytes: 4 } } }],
    ['seed', { seed: 0.5 }],
  ];
  for (const [field, overrides] of impossible)
    t.equal(refusal(overrides)?.field, field, JSON.stringify(overrides));
  t.match(refusal({ limitBytes: 15 })?.message, /^limitBytes: expected 16 or more, .* panics .*, found 15$/);
});

t.test('the model, the simulator and a sink ask the same', async (t) => {
  const impossible = { limitBytes: 16.5 };
  t.throws(() => model(impossible), { name: 'WorkloadError' });
  await t.rejects(simulate(impossible), { name: 'WorkloadError' });
  await t.rejects(
    measure(() => undefined, impossible),
    { name: 'WorkloadError' },
  );
  t.throws(() => createLineReader(16.5), RangeError);
});

t.test('every sum that passes is exact', async (t) => {
  for (const runtime of ['containerd', 'docker', 'cri-o'] as const) {
    const most = workload({
      runtime,
      limitBytes: 16,
      readerBytes: 16,
      writeBytes: 16,
      containers: 20,
      lineBytes: 8 * TIB,
    });
    t.equal(refusal(most), null);
    const { diskBytes, partialRecords } = model(most);
    t.ok(Number.isSafeInteger(diskBytes) && Number.isSafeInteger(partialRecords), `${runtime} ${diskBytes}`);
  }
});
