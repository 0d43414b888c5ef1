import { createHash } from 'node:crypto';
import { finished } from 'node:stream/promises';
import t from 'tap';
import type { Clock } from '../../bench/line-buffer/clock.js';
import { bytesBeforeEnd, createLineSource, type Printed } from '../../bench/line-buffer/line-source.js';
import { STILL } from './printed.js';

function printed(changes: Partial<Printed> = {}): Printed {
  return {
    lineBytes: 100_000,
    end: 'newline',
    before: null,
    writeBytes: 4096,
    paceBytesPerSecond: null,
    seed: 7,
    ...changes,
  };
}

async function writesOf(changes: Partial<Printed>, clock: Clock = STILL): Promise<Buffer[]> {
  const writes: Buffer[] = [];
  const source = createLineSource(printed(changes), { clock });
  await finished(source.on('data', (write: Buffer) => writes.push(write)));
  return writes;
}

const lineLengths = (writes: readonly Buffer[]): number[] =>
  Buffer.concat(writes)
    .toString('latin1')
    .split('\n')
    .map((line) => line.length);

t.test('the long line, in writes of the size asked for, then its end', async (t) => {
  const writes = await writesOf({ lineBytes: 10_000 });
  t.strictSame(
    writes.map((write) => write.length),
    [4096, 4096, 1808, 1],
  );
  t.match(Buffer.concat(writes).toString(), /^[A-Za-z0-9 .]{10000}\n$/);
  t.strictSame(lineLengths(await writesOf({ lineBytes: 10_000, end: 'eof' })), [10_000]);
  t.strictSame(await writesOf({ lineBytes: 0, end: 'kill' }), []);
  t.strictSame(lineLengths(await writesOf({ lineBytes: 0 })), [0, 0]);
});

t.test('lines in front have the lengths asked for, and share writes with the long one', async (t) => {
  const before = { count: 3, lengths: { kind: 'fixed', bytes: 5000 } } as const;
  const writes = await writesOf({ before, lineBytes: 300, end: 'eof' });
  t.strictSame(lineLengths(writes), [5000, 5000, 5000, 300]);
  t.strictSame(
    writes.map((write) => write.length),
    [4096, 4096, 4096, 3015],
  );
  t.equal(bytesBeforeEnd(printed({ before, lineBytes: 300 })), 15_303);
  for (const bytes of [0, 1, 4094, 4095, 4096, 4097])
    t.strictSame(
      lineLengths(await writesOf({ before: { count: 2, lengths: { kind: 'fixed', bytes } }, lineBytes: 9 })),
      [bytes, bytes, 9, 0],
    );
});

t.test('distributions keep their bounds', async (t) => {
  const uniform = lineLengths(
    await writesOf({ before: { count: 500, lengths: { kind: 'uniform', minBytes: 10, maxBytes: 20 } } }),
  ).slice(0, 500);
  t.equal(Math.min(...uniform), 10);
  t.equal(Math.max(...uniform), 20);
  const lengths = { kind: 'lognormal', medianBytes: 120, sigma: 1, maxBytes: 1000 } as const;
  const lognormal = lineLengths(await writesOf({ before: { count: 999, lengths } }))
    .slice(0, 999)
    .toSorted((a, b) => a - b);
  t.equal(lognormal.at(-1), 1000);
  const median = lognormal[499] ?? 0;
  t.ok(median > 100 && median < 140, `median ${median}`);
});

t.test('the same seed prints the same bytes, another one others', async (t) => {
  const hash = async (seed: number): Promise<string> =>
    createHash('sha256')
      .update(Buffer.concat(await writesOf({ seed })))
      .digest('hex');
  t.equal(await hash(1), await hash(1));
  t.not(await hash(1), await hash(2));
  t.equal(await hash(7), 'd9415ab28fb45e562562cfcd6d9c88cc5eb2026685449474af4a23266c374962');
});

t.test('a pace is kept by sleeping until the next write is due', async (t) => {
  const sleeps: number[] = [];
  let seconds = 100;
  const clock: Clock = {
    ...STILL,
    seconds: () => seconds,
    async sleep(duration) {
      sleeps.push(duration);
      seconds += duration;
    },
  };
  await writesOf({ lineBytes: 4096 * 3, paceBytesPerSecond: 8192, end: 'eof' }, clock);
  t.strictSame(sleeps, [0.5, 0.5], 'none before the first write, none behind the last');
});

t.test('the end waits for whoever reads the open line', async (t) => {
  const order: string[] = [];
  const source = createLineSource(printed({ lineBytes: 5 }), {
    clock: STILL,
    beforeEnd: async () => void order.push('open'),
    beforeClose: async () => void order.push('closing'),
  });
  await finished(source.on('data', (write: Buffer) => order.push(String(write.length))));
  t.strictSame(order, ['5', 'open', '1', 'closing']);
});

t.test('an abort ends a source that waits', async (t) => {
  const stop = new AbortController();
  const source = createLineSource(printed({ lineBytes: 5 }), {
    clock: STILL,
    signal: stop.signal,
    beforeEnd: () => {
      setImmediate(() => stop.abort(new Error('enough')));
      return new Promise(() => {});
    },
  });
  await t.rejects(source.resume().toArray(), { name: 'AbortError' });
});

t.test('impossible sizes are named', async (t) => {
  t.throws(() => createLineSource(printed({ lineBytes: -1 }), { clock: STILL }), /lineBytes: .* found -1/);
  t.throws(() => createLineSource(printed({ writeBytes: 0 }), { clock: STILL }), /writeBytes: .* found 0/);
  t.throws(
    () => createLineSource(printed({ paceBytesPerSecond: 0 }), { clock: STILL }),
    /paceBytesPerSecond/,
  );
});
