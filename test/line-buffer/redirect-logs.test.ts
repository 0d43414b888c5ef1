import { readFileSync } from 'node:fs';
import t from 'tap';
import { redirectLogs } from '../../bench/line-buffer/redirect-logs.js';
import { createRandom } from '../../bench/random.js';
import { FIXTURES } from '../root.js';
import { chunked, context, EXACT_MEMORY, inShort, keepLog, redirect, text } from './printed.js';
import { referenceRecords } from './reference-redirect-logs.js';

const LIMIT = 16384;
const lines = (...parts: readonly (Buffer | string)[]): Buffer =>
  Buffer.concat(parts.map((part) => Buffer.from(part)));

t.test('a line around the limit', async (t) => {
  const cases: readonly (readonly [number, string])[] = [
    [LIMIT - 1, 'F16383'],
    [LIMIT, 'F16384'],
    [LIMIT + 1, 'P16384 F1'],
    [2 * LIMIT, 'P16384 F16384'],
    [2 * LIMIT + 1, 'P16384*2 F1'],
  ];
  for (const [bytes, expected] of cases) {
    const { records } = await redirect(lines(text(bytes), '\n'), LIMIT);
    t.equal(inShort(records), expected, `${bytes} bytes`);
    t.equal(records.map((record) => record.slice(2)).join(''), text(bytes).toString(), 'nothing is lost');
  }
});

t.test('a limit of 0 or below is none', async (t) => {
  for (const limit of [0, -1, -16384])
    t.equal(inShort((await redirect(lines(text(100_000), '\n'), limit)).records), 'F100000');
});

t.test('a CR LF is stripped wherever the reader is when it comes', async (t) => {
  for (const bytes of [4094, 4095, 4096, 4097, 8191, 8192]) {
    const { records } = await redirect(lines(text(bytes), '\r\n', 'ok\n'), -1);
    t.equal(inShort(records), `F${bytes} F2`, `CR as byte ${bytes + 1}`);
  }
});

t.test('a CR without LF is content, at the edge of the reader too', async (t) => {
  for (const bytes of [4094, 4095, 4096]) {
    const input = lines(text(bytes), '\rX\n');
    t.strictSame((await redirect(input, -1)).records, [`F ${input.toString().slice(0, -1)}`]);
    t.strictSame((await redirect(lines(text(bytes), '\r'), -1)).records, [`P ${text(bytes)}\r`]);
  }
  t.strictSame((await redirect(lines('a\r\r\n', '\r\n', '\r'), -1)).records, ['F a\r', 'F ', 'P \r']);
});

t.test('the reader takes one byte less where a CR is the last that fits', async (t) => {
  const { counts } = await redirect(lines(text(4095), '\r', text(10), '\n'), -1);
  t.match(counts, { inputEntries: 2, inputBytes: 4106 });
  t.match((await redirect(lines(text(4096), text(10), '\n'), -1)).counts, { inputEntries: 2 });
});

t.test('empty lines are records, and count as no input', async (t) => {
  const { records, counts } = await redirect(Buffer.from('\n\r\na\n\n'), LIMIT);
  t.strictSame(records, ['F ', 'F ', 'F a', 'F ']);
  t.match(counts, { inputEntries: 1, inputBytes: 1, outputEntries: 4, fullRecords: 4, takenBytes: 6 });
});

t.test('an end without a newline is a partial record, and nothing at all is none', async (t) => {
  t.strictSame((await redirect(Buffer.from('a\nb'), LIMIT)).records, ['F a', 'P b']);
  t.strictSame((await redirect(Buffer.from('a\n'), LIMIT)).records, ['F a']);
  t.strictSame((await redirect(Buffer.alloc(0), LIMIT)).records, []);
  t.equal(
    inShort((await redirect(text(4096), -1)).records),
    'P4096',
    'the end is right behind a full buffer',
  );
  t.equal(inShort((await redirect(text(LIMIT + 1), LIMIT)).records), 'P16384 P1');
});

t.test('a limit below the read buffer takes its place', async (t) => {
  const { records, counts } = await redirect(lines(text(250), '\n'), 100);
  t.equal(inShort(records), 'P100*2 F50');
  t.match(counts, { inputEntries: 3, splitEntries: 2 });
});

t.test(
  'a limit below what bufio reads at least is not kept, and a longer line is where containerd panics',
  async (t) => {
    // 15 bytes and the newline fit into the least buffer of 16: the excess of the first piece is one record.
    t.equal(inShort((await redirect(lines(text(15), '\n'), 10)).records), 'P10 F5');
    t.equal(inShort((await redirect(lines(text(15), '\n'), 1)).records), 'P1 F14');
    await t.rejects(redirect(lines(text(48), '\n'), 10), /at least 16 bytes .* found 10: .*panics/);
  },
);

t.test('counts are those of the metrics', async (t) => {
  const { counts } = await redirect(lines(text(40_000), '\n', 'b\n'), LIMIT);
  t.match(counts, {
    takenBytes: 40_003,
    inputEntries: 11,
    inputBytes: 40_001,
    outputEntries: 4,
    outputBytes: 40_001 + 4 * 41,
    splitEntries: 2,
    partialRecords: 2,
    fullRecords: 2,
    longestRecordBytes: LIMIT + 41,
  });
});

t.test('what is held', async (t) => {
  /** Counts at the moment when all of `input` was taken and the stream is still open. */
  async function whileOpen(
    input: Buffer,
    limitBytes: number,
    flush: 'join' | 'line-buffer',
  ): Promise<{ heldBytes: number; retainedBytes: number; peakBytes: number }> {
    let taken = 0;
    const seen = { heldBytes: 0, retainedBytes: 0, peakBytes: 0 };
    const { counts, done } = redirectLogs(
      chunked(input, [4096]),
      { limitBytes, flush, memory: EXACT_MEMORY },
      {
        ...context(keepLog()),
        onTaken(bytes) {
          taken += bytes;
          if (taken === input.length && bytes > 0) Object.assign(seen, counts);
        },
      },
    );
    await done;
    t.match(counts, { heldBytes: 0, retainedBytes: 0 }, 'everything is given back at the end');
    return seen;
  }
  const MiB = 2 ** 20;

  t.test('without a limit: every byte, and a header of 24 for each piece', async (t) => {
    t.match(await whileOpen(text(MiB), -1, 'line-buffer'), {
      heldBytes: MiB + 256 * 24,
      retainedBytes: 0,
      // The list was copied when it grew to 256.
      peakBytes: MiB + 256 * 24,
    });
  });
  t.test('with a limit: no more than it, and the whole piece that its excess lies in', async (t) => {
    t.match(await whileOpen(text(16_384), 10_000, 'line-buffer'), {
      // 2288 bytes of the third piece and all of the fourth.
      heldBytes: 2 * 4096 + 2 * 24,
    });
    const { heldBytes, peakBytes } = await whileOpen(text(MiB + 4096), LIMIT, 'line-buffer');
    t.equal(heldBytes, 4096 + 24);
    t.ok(peakBytes < 5 * LIMIT, `peak of ${peakBytes}`);
  });
  t.test('a line buffer keeps the longest record, a join nothing', async (t) => {
    const input = lines(text(MiB), '\nshort\n');
    const kept = await whileOpen(input, -1, 'line-buffer');
    t.equal(kept.heldBytes, 0);
    t.ok(kept.retainedBytes >= MiB + 41 && kept.retainedBytes <= 2 * (MiB + 41), `${kept.retainedBytes}`);
    t.ok(kept.peakBytes >= 2 * MiB + kept.retainedBytes / 2, `peak of ${kept.peakBytes}`);
    const joined = await whileOpen(input, -1, 'join');
    t.match(joined, { heldBytes: 0, retainedBytes: 0 });
    // Pieces, line, line with head, and that with room for the newline.
    t.equal(joined.peakBytes, MiB + 256 * 24 + MiB + (MiB + 40) + 2 * (MiB + 40));
  });
});

t.test('both eras write the same', async (t) => {
  const input = lines(text(100_000), '\n\nshort\r\n', text(20_000));
  for (const limit of [-1, LIMIT, 100])
    t.strictSame(
      (await redirect(input, limit, [65536], { flush: 'join' })).records,
      (await redirect(input, limit)).records,
    );
});

interface Truth {
  readonly limit: number;
  readonly text: number;
  readonly end: string;
  /** See `inShort`. */
  readonly records: string;
  readonly entries: number;
  readonly splits: number;
  readonly panics?: boolean;
}

t.test('the records of the same algorithm over the bufio of go1.19', async (t) => {
  const path = new URL('line-buffer/redirect-logs-go1.19.json', FIXTURES);
  const truths = JSON.parse(readFileSync(path, 'utf8')) as readonly Truth[];
  t.ok(truths.length > 1000);
  for (const [index, truth] of truths.entries()) {
    const input = lines(text(truth.text), truth.end, truth.end.endsWith('\n') ? 'ok\n' : '');
    const sizes = [[1 << 20], [4096], [1000, 24], [input.length < 200 ? 1 : 61]][index % 4] ?? [];
    const name = JSON.stringify(truth);
    const redirected = await redirect(input, truth.limit, sizes).catch((error: Error) => error);
    if (redirected instanceof Error) {
      if (truth.panics !== true) t.fail(name, { error: redirected.message });
      continue;
    }
    const { records, counts } = redirected;
    const same =
      truth.panics === undefined &&
      inShort(records) === truth.records &&
      counts.inputEntries === truth.entries &&
      counts.splitEntries === truth.splits;
    if (!same) t.fail(name, { found: inShort(records), counts });
    const printed = records.map((record) => record.slice(2)).join('');
    if (printed !== input.toString('latin1').replaceAll(/\r?\n/g, '')) t.fail(`${name}: content differs`);
  }
});

t.test('any bytes in any chunks: as worked out over the whole input', async (t) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
  t.comment(`SEED=${seed}`);
  const random = createRandom(seed);
  for (let round = 0; round < 40; round++) {
    const limit = random.pick([-1, 0, 16, 17, 100, 4095, 4096, 4097, 10_000, LIMIT]);
    const parts: string[] = [];
    for (let count = random.int(12); count >= 0; count--) {
      const length = random.pick([
        0,
        1,
        15,
        16,
        17,
        4095,
        4096,
        4097,
        limit,
        limit + 1,
        2 * limit,
        random.int(9000),
      ]);
      parts.push(text(Math.max(length, 0)).toString(), random.pick(['\n', '\r\n', '\r', '\r\r\n', '']));
    }
    const input = Buffer.from(parts.join(''));
    const sizes = Array.from({ length: 1 + random.int(5) }, () =>
      random.pick([1, 16, 4095, 4096, 65536, 1 << 20]),
    );
    const { records } = await redirect(input, limit, [...sizes, 4096]);
    const expected = referenceRecords(input, limit);
    if (records.join('\n') !== expected.join('\n'))
      t.fail(`SEED=${seed} round ${round}`, {
        limit,
        sizes,
        found: inShort(records),
        wanted: inShort(expected),
      });
  }
});
