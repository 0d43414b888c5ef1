/** What must be true of the model for every workload, and what the versions of Go change. */
import t from 'tap';
import { course } from '../../bench/line-buffer/model/course.js';
import { goRules } from '../../bench/line-buffer/model/go-rules.js';
import { growthSteps } from '../../bench/line-buffer/model/line-buffer-growth.js';
import { model } from '../../bench/line-buffer/model/model.js';
import { recordsOfLine } from '../../bench/line-buffer/model/records.js';
import { roundUpSize } from '../../bench/line-buffer/model/size-classes.js';
import { ENDS } from '../../bench/line-buffer/types.js';
import { createRandom } from '../../bench/random.js';
import { off, workload } from './calibration.js';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** The rule itself, piece by piece, as slow as it is plain. */
function recordsPieceByPiece(lineBytes: number, limitBytes: number, ended: boolean) {
  const reader = limitBytes > 0 ? Math.min(4096, limitBytes) : 4096;
  let partial = 0;
  let length = 0;
  for (let left = lineBytes; left > 0; ) {
    const piece = Math.min(left, reader);
    left -= piece;
    length += piece;
    if (limitBytes > 0 && length > limitBytes) {
      partial++;
      length -= limitBytes;
    }
  }
  if (ended) return { partial, full: 1 };
  return { partial: partial + (length > 0 ? 1 : 0), full: 0 };
}

t.test('the closed form of the records counts what reading piece by piece does', async (t) => {
  const random = createRandom(4);
  for (let i = 0; i < 500; i++) {
    const limitBytes = random.int(4) === 0 ? -random.int(2) : 16 + random.int(20_000);
    const lineBytes = random.int(3) === 0 ? Math.max(1, limitBytes) * random.int(9) : random.int(200_000);
    for (const end of ENDS) {
      const { partial, full, bytes } = recordsOfLine(lineBytes, limitBytes, end);
      const expected = recordsPieceByPiece(lineBytes, limitBytes, end === 'newline');
      if (partial !== expected.partial || full !== expected.full)
        t.same({ partial, full }, expected, `${lineBytes} bytes, limit ${limitBytes}, ${end}`);
      t.equal(bytes, lineBytes + 41 * (expected.partial + expected.full));
    }
  }
});

t.test('a request becomes a size class up to 32 KiB and whole pages above', async (t) => {
  const given = [0, 1, 8, 9, 1025, 4096, 4097, 4136, 32_768, 32_769, 40_961].map(roundUpSize);
  t.same(given, [0, 8, 8, 16, 1152, 4096, 4864, 4864, 32_768, 40_960, 49_152]);
});

t.test('the line buffer doubles from the first piece on, rounded since go1.19', async (t) => {
  const steps = (goMinor: number): number[] =>
    growthSteps({ capacity: 0, contentBytes: 70_000, pieceBytes: 4096 }, goRules(goMinor)).map(
      ({ capacity }) => capacity,
    );
  t.same(steps(19), [64, 4864, 9728, 20_480, 40_960, 81_920]);
  t.same(steps(18), [64, 4224, 12_544, 29_184, 62_464, 129_024]);
});

t.test(
  'the list of pieces grows by a quarter from 1024 on before go1.18, and more smoothly since',
  async (t) => {
    const after = (goMinor: number, capacity: number): number => goRules(goMinor).growSlice(capacity, 24);
    t.equal(after(17, 512), 1024);
    t.equal(after(18, 512), 853);
    t.ok(Math.abs(after(17, 1_000_000) / 1_250_000 - 1) < 0.001);
    t.ok(Math.abs(after(19, 1_000_000) / 1_250_192 - 1) < 0.001);
  },
);

t.test('without a limit what is held grows with the line, and is hardly more than it', async (t) => {
  let before = 0;
  for (let lineBytes = MIB; lineBytes <= 64 * GIB; lineBytes = Math.ceil(lineBytes * 1.37)) {
    const { heldBytes, peakRssBytes, retainedBytes } = model(workload({ lineBytes }));
    if (heldBytes < before || heldBytes > lineBytes * 1.011) t.fail(`${lineBytes}: holds ${heldBytes}`);
    if (retainedBytes < lineBytes || retainedBytes > 2.05 * lineBytes + 40_960)
      t.fail(`${lineBytes}: retains ${retainedBytes}`);
    if (peakRssBytes < 3 * lineBytes || peakRssBytes > 5.6 * lineBytes)
      t.fail(`${lineBytes}: peaks at ${peakRssBytes}`);
    before = heldBytes;
  }
  t.ok(before > 0);
});

t.test('with a limit nothing depends on the length of the line once it is over the limit', async (t) => {
  for (const limitBytes of [16, 100, 1000, 4096, 4097, 16_384, 65_536, 100_000, MIB, 10 * MIB]) {
    const bound = 2 * limitBytes + roundUpSize(2 * (limitBytes + 41)) + 16_384;
    for (const lineBytes of [limitBytes + 1, 10 * limitBytes, 3 * GIB + 7, 64 * GIB]) {
      const { heldBytes, peakRssBytes, retainedBytes } = model(workload({ limitBytes, lineBytes }));
      const name = `limit ${limitBytes}, ${lineBytes} bytes`;
      if (heldBytes > bound || retainedBytes > bound)
        t.fail(`${name}: ${heldBytes} held, ${retainedBytes} stay`);
      if (peakRssBytes > 32 * MIB + 6 * limitBytes) t.fail(`${name}: ${peakRssBytes} resident`);
    }
  }
  t.pass();
});

t.test('a line of just the limit is held whole, and one byte more is cut', async (t) => {
  const at = (lineBytes: number) => model(workload({ limitBytes: MIB, lineBytes }));
  t.equal(at(MIB).partialRecords, 0);
  t.equal(at(MIB + 1).partialRecords, 1);
  t.ok(at(MIB).heldBytes >= MIB);
  t.ok(off(at(4 * MIB).heldBytes, MIB + at(4 * MIB).retainedBytes) < 0.01, 'a part and the line buffer');
});

t.test('64 GiB take hardly more steps than 64 MiB: none is walked by piece', async (t) => {
  for (const limitBytes of [-1, 1000, 16_384, MIB, GIB]) {
    const { steps } = course(workload({ limitBytes, lineBytes: 64 * GIB }), 1);
    t.ok(
      steps > 10 && steps < 50_000,
      `${steps} steps with a limit of ${limitBytes}; there are 16,777,216 pieces`,
    );
  }
});

t.test('a kill and the end of the output come to the same, and leave nothing', async (t) => {
  const lineBytes = 48 * MIB;
  const [kill, eof, newline] = (['kill', 'eof', 'newline'] as const).map((end) =>
    model(workload({ lineBytes, end })),
  );
  t.same(kill, eof);
  t.equal(kill?.retainedBytes, 0);
  t.equal(kill?.released.retainedUntil, null);
  t.equal(kill?.partialRecords, 1);
  t.equal(newline?.released.retainedUntil, 'stream-close');
  t.ok((newline?.retainedBytes ?? 0) >= lineBytes);
  t.equal(kill?.peakRssBytes, newline?.peakRssBytes);
});

t.test('containerd up to 1.4 copies the line three times and keeps nothing', async (t) => {
  const lineBytes = 256 * MIB;
  const { heldBytes, retainedBytes, peakHeapBytes } = model(workload({ version: '1.4.3', lineBytes }));
  t.ok(off(peakHeapBytes, heldBytes + 3.25 * lineBytes) < 0.01);
  t.ok(retainedBytes < 4000);
});

t.test('the heap bitmap of older Go makes the same line cost more resident memory', async (t) => {
  const [go119, go120, go124] = ['1.6.20', '1.7.0', '2.1.4'].map(
    (version) => model(workload({ version, lineBytes: GIB })).peakRssBytes,
  );
  t.ok(Number(go119) > Number(go120) && Number(go120) > Number(go124));
});

t.test('before go1.19 a grown buffer is resident only as far as it is written', async (t) => {
  const rules = goRules(18);
  const sizes = growthSteps({ capacity: 0, contentBytes: 300 * MIB, pieceBytes: 4096 }, rules);
  const [before, last] = sizes.slice(-2).map(({ capacity }) => capacity);
  // A record that is just too long for the buffer before: half of the last one stays untouched.
  const lineBytes = Number(before);
  const { openRssBytes, peakRssBytes } = model(workload({ version: '1.6.10', lineBytes }));
  const grown = sizes.reduce((sum, { heapBytes }) => sum + heapBytes, 0);
  t.ok(Number(last) > 1.9 * lineBytes);
  t.ok(off(peakRssBytes, openRssBytes + (33 / 32) * (grown - Number(last) + lineBytes)) < 0.01);
});

t.test('streams of all containers add up; at different times they take less than at once', async (t) => {
  const lineBytes = 60 * MIB;
  const one = model(workload({ lineBytes }));
  const six = model(workload({ lineBytes, containers: 3, streams: 2 }));
  t.ok(off(six.heldBytes, 6 * one.heldBytes) < 0.001);
  t.ok(off(six.retainedBytes, 6 * one.retainedBytes) < 0.001);
  t.ok(off(six.peakRssBytes, 6 * one.peakRssBytes) < 0.05);
  t.ok(six.peakRssOneAtATimeBytes < six.peakRssBytes / 1.5);
  t.equal(six.diskBytes, 6 * one.diskBytes);
  t.equal(one.peakRssOneAtATimeBytes, one.peakRssBytes);
});

t.test('the longest line so far decides what stays, and its buffer need not grow again', async (t) => {
  const before = { count: 3, lengths: { kind: 'fixed' as const, bytes: 64 * MIB } };
  const fresh = model(workload({ lineBytes: MIB }));
  const used = model(workload({ lineBytes: MIB, before }));
  t.ok(used.retainedBytes > 64 * MIB);
  t.ok(used.heldBytes > fresh.heldBytes + 64 * MIB);
  t.equal(used.fullRecords, 4);
  t.equal(used.diskBytes, 3 * 64 * MIB + MIB + 4 * 41);
});

t.test('the curve rises while the line is open, jumps in the flush and says what is left', async (t) => {
  const lineBytes = 100 * MIB;
  const outcome = model(workload({ lineBytes, containers: 2, paceBytesPerSecond: MIB }));
  const open = outcome.curve.filter(({ phase }) => phase === 'open');
  t.ok(open.length >= 90 && open.length <= 120);
  t.equal(open.at(-1)?.fedBytes, 2 * lineBytes);
  t.equal(open.at(-1)?.seconds, 100);
  t.ok(off(open.at(-1)?.heldBytes ?? 0, outcome.heldBytes) < 0.001);
  open.reduce((earlier, later) => {
    if (later.fedBytes < earlier.fedBytes || Number(later.rssBytes) < Number(earlier.rssBytes))
      t.fail(`falls at ${later.fedBytes}`);
    return later;
  });
  const flush = outcome.curve.filter(({ phase }) => phase === 'flush');
  t.ok(Number(flush.at(-1)?.rssBytes) > 3 * Number(open.at(-1)?.rssBytes));
  const after = outcome.curve.filter(({ phase }) => phase === 'after');
  t.equal(after.at(-1)?.rssBytes, outcome.retainedRssBytes);
  t.equal(after.at(-1)?.heldBytes, outcome.retainedBytes);
});

t.test('the curve of a limited line is as fine, and flat', async (t) => {
  for (const limitBytes of [1000, 16_384, MIB]) {
    const { curve, heldBytes } = model(workload({ limitBytes, lineBytes: 64 * GIB }));
    const open = curve.filter(({ phase }) => phase === 'open');
    t.ok(open.length >= 90 && open.length <= 120, `${open.length} samples`);
    t.ok(open.every((sample) => Number(sample.heldBytes) <= heldBytes + 8192));
    t.equal(open.at(-1)?.fedBytes, 64 * GIB);
  }
});

t.test('nothing printed is nothing held, and an empty line is one record', async (t) => {
  const none = model(workload({ lineBytes: 0, end: 'eof' }));
  t.same([none.heldBytes, none.retainedBytes, none.partialRecords, none.diskBytes], [0, 0, 0, 0]);
  const empty = model(workload({ lineBytes: 0 }));
  t.same([empty.heldBytes, empty.fullRecords, empty.diskBytes], [0, 1, 41]);
  t.ok(empty.retainedBytes > 0 && empty.retainedBytes < 1000);
});

t.test('dockerd and conmon are flat', async (t) => {
  const docker = { runtime: 'docker', version: '27.4.1', readerBytes: 16_384 } as const;
  const conmon = { runtime: 'cri-o', version: '1.30.0', readerBytes: 8192 } as const;
  for (const runtime of [docker, conmon]) {
    const small = model(workload({ ...runtime, lineBytes: MIB }));
    const large = model(workload({ ...runtime, lineBytes: 16 * GIB }));
    t.equal(large.peakRssBytes, small.peakRssBytes);
    t.ok(large.peakRssBytes < 100_000);
    t.equal(large.retainedBytes, 0);
  }
  const { partialRecords, fullRecords } = model(workload({ ...docker, lineBytes: 3 * 16_384 }));
  t.same({ partialRecords, fullRecords }, { partialRecords: 3, fullRecords: 1 });
});

t.test('what cannot be is refused with what was expected', async (t) => {
  t.throws(() => model(workload({ lineBytes: -1 })), {
    message: /lineBytes: expected a whole number from 0/,
  });
  t.throws(() => model(workload({ lineBytes: 1.5 })), { message: /found 1.5/ });
  t.throws(() => model(workload({ limitBytes: 15 })), { message: /expected 16 or more, or -1 for no limit/ });
  t.throws(() => model(workload({ containers: 0 })), {
    message: /containers: expected a whole number from 1/,
  });
  t.throws(() => model(workload({ version: '1.1.1' })), { message: /1.1.2 or later/ });
  t.doesNotThrow(() => model(workload({ runtime: 'docker', limitBytes: 15 })));
});
