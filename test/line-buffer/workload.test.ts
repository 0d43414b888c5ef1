import type { Readable } from 'node:stream';
import t from 'tap';
import { measure, model, simulate, workloadOf } from '../../bench/line-buffer/index.js';

t.test('what is left out of a workload is a long line into containerd without a limit', async (t) => {
  t.match(workloadOf(), { runtime: 'containerd', limitBytes: -1, readerBytes: 4096, end: 'newline' });
  t.match(workloadOf({ runtime: 'docker' }), { limitBytes: 16_384, readerBytes: 16_384 });
  t.equal(workloadOf({ lineBytes: 5 }).lineBytes, 5);
});

t.test('the model, the simulator and a sink take a part of a workload, or none', async (t) => {
  t.same(model(), model(workloadOf()));
  t.equal((await simulate({ lineBytes: 5000 })).outcome.fullRecords, 1);
  let bytes = 0;
  const { end } = await measure(async (input: Readable) => {
    for await (const chunk of input) bytes += chunk.length;
  });
  t.equal(end.kind, 'finished');
  t.equal(bytes, workloadOf().lineBytes + 1);
});
