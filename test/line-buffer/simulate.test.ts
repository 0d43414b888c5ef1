import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import t from 'tap';
import { createLineSource } from '../../bench/line-buffer/line-source.js';
import { type LogFile, openLogFile } from '../../bench/line-buffer/log-file.js';
import { readStream } from '../../bench/line-buffer/read-stream.js';
import type { ProcessSample } from '../../bench/line-buffer/recorder.js';
import { simulate } from '../../bench/line-buffer/simulate.js';
import type { StreamCounts } from '../../bench/line-buffer/stream-counts.js';
import type { Workload } from '../../bench/line-buffer/types.js';
import { FIXTURES } from '../root.js';
import { context, STILL, TIME, workload } from './printed.js';

const MiB = 2 ** 20;
/** The largest line of the calibration that is written to the disk here, too. */
const LARGEST_ON_DISK = 4 * MiB;
/** Without a limit a larger line is one record as well, and takes only time. */
const LARGEST_UNLIMITED = 16 * MiB;
/** Writes of a line; where the calibration had more and smaller ones, they are made larger. */
const MOST_WRITES = 256;

interface CalibrationRow {
  readonly name: string;
  readonly workload: Workload;
  readonly p_records: number;
  readonly f_records: number;
  readonly disk_bytes: number;
  readonly max_record_bytes: number;
}

function calibration(): CalibrationRow[] {
  const path = new URL('calibration/redirectlogs.csv', FIXTURES);
  const [header = '', ...rows] = readFileSync(path, 'utf8').trim().split('\n');
  return rows.map((row) => {
    const cells = row.split(',');
    const cell = (name: string): string => cells[header.split(',').indexOf(name)] ?? '';
    const number = (name: string): number => Number(cell(name));
    return {
      name: cells.slice(0, 4).join(' '),
      workload: workload({
        lineBytes: number('n'),
        limitBytes: number('max_len'),
        writeBytes: number('write_chunk'),
        end: cell('end') as Workload['end'],
      }),
      p_records: number('p_records'),
      f_records: number('f_records'),
      disk_bytes: number('disk_bytes'),
      max_record_bytes: number('max_record_bytes'),
    };
  });
}

const DISCARD: LogFile = {
  path: 'nowhere',
  bytes: 0,
  append: () => undefined,
  close: async () => {},
};

async function counted(printed: Workload, path: string): Promise<StreamCounts> {
  const log = printed.lineBytes <= LARGEST_ON_DISK ? await openLogFile(path) : DISCARD;
  const { counts, done } = readStream(createLineSource(printed, { clock: STILL }), printed, context(log));
  await done;
  await log.close();
  if (log !== DISCARD) t.equal(statSync(path).size, counts.outputBytes, 'written as counted');
  return counts;
}

t.test('records and sizes on disk are those of the real redirectLogs', async (t) => {
  const path = join(t.testdir(), '0.log');
  const rows = calibration();
  t.equal(rows.length, 51);
  /** Of lines so large that one row writes as another does, made larger as its writes are. */
  const done = new Map<string, StreamCounts>();
  for (const row of rows) {
    const { lineBytes, limitBytes, writeBytes } = row.workload;
    if (limitBytes <= 0 && lineBytes > LARGEST_UNLIMITED) {
      t.match(row, { p_records: row.workload.end === 'eof' ? 1 : 0, disk_bytes: lineBytes + 41 }, row.name);
      continue;
    }
    const printed = { ...row.workload, writeBytes: Math.max(writeBytes, lineBytes / MOST_WRITES) };
    const counts = done.get(JSON.stringify(printed)) ?? (await counted(printed, path));
    done.set(JSON.stringify(printed), counts);
    t.match(counts, { partialRecords: row.p_records, fullRecords: row.f_records }, row.name);
    // Ours have all nine digits; the real ones lack a trailing zero in one of ten records.
    const shorter = counts.outputBytes - row.disk_bytes;
    t.ok(shorter >= 0 && shorter <= Math.max(4, counts.outputEntries / 4), `${row.name}: ${shorter} shorter`);
    const longest = counts.longestRecordBytes - row.max_record_bytes;
    t.ok(longest >= 0 && longest <= 4, `${row.name}: longest ${longest} shorter`);
  }
});

t.test('two streams of two containers at once, each container in a file of its own', async (t) => {
  const logDirectory = t.testdir();
  const run = await simulate(
    workload({
      lineBytes: 50_000,
      containers: 2,
      streams: 2,
      before: { count: 30, lengths: { kind: 'uniform', minBytes: 0, maxBytes: 9000 } },
      writeBytes: 5000,
    }),
    { logDirectory, clock: STILL },
  );
  t.equal(run.logDirectory, logDirectory);
  t.equal(run.streams.length, 4);
  const paths = [...new Set(run.streams.map(({ path }) => path))];
  for (const path of paths)
    t.match(relative(logDirectory, path), /^line-buffer_printer-\d_[0-9a-f-]{36}\/printer\/0\.log$/);
  t.equal(paths.length, 2);
  for (const path of paths) {
    const records = readFileSync(path, 'latin1').split('\n').slice(0, -1);
    const format = new RegExp(`^${TIME} (stdout|stderr) [PF] [A-Za-z0-9 .]*$`);
    t.ok(
      records.every((record) => format.test(record)),
      'no record lies in another',
    );
    for (const stream of ['stdout', 'stderr']) {
      const own = records.filter((record) => record.includes(` ${stream} `));
      const { counts } = run.streams.find((each) => each.path === path && each.stream === stream) ?? {};
      t.equal(own.length, counts?.outputEntries);
      t.equal(own.filter((record) => record.includes(` ${stream} F `)).length, 31);
      t.equal(own.at(-1)?.length, TIME.length + 10 + (50_000 - 3 * 16384), 'the long line is the last');
    }
  }
  t.equal(
    run.outcome.diskBytes,
    paths.reduce((sum, path) => sum + statSync(path).size, 0),
  );
  t.match(run.outcome, { fullRecords: 4 * 31, partialRecords: run.counts.splitEntries });
});

t.test('what is held grows with the line without a limit, and not with one', async (t) => {
  const points: ProcessSample[] = [];
  const lineBytes = 16 * MiB;
  const { outcome, process, curve } = await simulate(workload({ lineBytes, limitBytes: -1 }), {
    onSample: (sample) => points.push(sample),
    samples: 10,
  });
  t.strictSame(points, curve);
  const held = outcome.heldBytes;
  t.ok(held > lineBytes && held < 1.01 * lineBytes, `held ${held}`);
  t.equal(outcome.retainedBytes, 20_971_520, 'the capacity of a bytes.Buffer of go1.19');
  t.ok(outcome.peakHeapBytes >= held + 1.5 * 20_971_520, `peak ${outcome.peakHeapBytes}`);
  t.ok(
    process.open.arrayBuffersBytes >= lineBytes && process.open.arrayBuffersBytes < 1.02 * lineBytes,
    `this process holds ${process.open.arrayBuffersBytes}`,
  );
  t.ok(process.after.arrayBuffersBytes >= 20_971_520 && process.after.arrayBuffersBytes < 1.1 * 20_971_520);
  const open = curve.filter(({ phase }) => phase === 'open');
  t.ok(open.length >= 10 && open.length <= 13);
  for (const { fedBytes, heldBytes } of open)
    t.ok(
      heldBytes >= fedBytes - 65_536 && heldBytes <= 1.02 * fedBytes + 8192,
      `${heldBytes} at ${fedBytes}`,
    );
  t.ok(curve.some(({ phase }) => phase === 'flush'));
  t.match(curve.at(-1), { phase: 'after', fedBytes: lineBytes + 1, heldBytes: 20_971_520 });

  const limited = await simulate(workload({ lineBytes }), { samples: 10 });
  for (const { heldBytes } of limited.curve)
    t.ok(heldBytes < 60_000, `${heldBytes} held with a limit of 16 KiB`);
  t.equal(limited.outcome.retainedBytes, 20_480);
});

t.test('nothing is retained by a join, nor by a stream that is closed', async (t) => {
  const lineBytes = MiB;
  const join14 = await simulate(workload({ lineBytes, limitBytes: -1, version: '1.4.13' }));
  t.equal(join14.outcome.retainedBytes, 0);
  t.ok(join14.outcome.peakHeapBytes > 3 * MiB);
  for (const end of ['eof', 'kill'] as const) {
    const { outcome } = await simulate(workload({ lineBytes, limitBytes: -1, end }));
    t.match(outcome, { retainedBytes: 0, partialRecords: 1, fullRecords: 0 });
    t.ok(outcome.heldBytes > lineBytes);
  }
});

t.test('dockerd and conmon hold next to nothing, and write where they write', async (t) => {
  const logDirectory = t.testdir();
  const lineBytes = MiB;
  const docker = await simulate(
    workload({ runtime: 'docker', version: '27.4.1', readerBytes: 16384, lineBytes, limitBytes: -1 }),
    { logDirectory, clock: STILL },
  );
  t.ok(docker.curve.every(({ heldBytes }) => heldBytes <= 16384));
  t.match(docker.outcome, { partialRecords: 64, fullRecords: 1, retainedBytes: 0 });
  t.match(docker.streams[0]?.path, /\/([0-9a-f]{64})\/\1-json\.log$/);
  const crio = await simulate(
    workload({ runtime: 'cri-o', version: '1.31.0', readerBytes: 8192, lineBytes, limitBytes: -1 }),
    { logDirectory, clock: STILL },
  );
  t.match(crio.outcome, { heldBytes: 0, partialRecords: 128, fullRecords: 1, retainedBytes: 0 });
  t.match(crio.streams[0]?.path, /\/printer\/0\.log$/);
});

t.test('a temporary directory is removed', async (t) => {
  const temporaryParent = t.testdir();
  const gone = await simulate(workload({ lineBytes: 10 }), { temporaryParent });
  t.equal(gone.logDirectory, null);
  t.match(gone.streams[0]?.path, temporaryParent);
  t.strictSame(readdirSync(temporaryParent), []);
});

t.test('an abort stops at once and leaves nothing', async (t) => {
  const temporaryParent = t.testdir();
  const reason = new Error('enough');
  const lineBytes = 4 * MiB;
  for (const phase of ['open', 'flush'] as const) {
    const stop = new AbortController();
    let last = 0;
    const running = simulate(workload({ lineBytes, limitBytes: -1, containers: 2 }), {
      temporaryParent,
      signal: stop.signal,
      onSample(sample) {
        last = sample.fedBytes;
        if (sample.phase === phase) stop.abort(reason);
      },
    });
    t.equal(await running.catch((error: unknown) => error), reason);
    if (phase === 'open') t.ok(last < lineBytes, `${last} bytes were fed`);
  }
  await t.rejects(simulate(workload(), { temporaryParent, signal: AbortSignal.abort(reason) }), reason);
  t.strictSame(readdirSync(temporaryParent), []);
});

t.test('an abort while the directory is being made is heard', async (t) => {
  const temporaryParent = t.testdir();
  const stop = new AbortController();
  const reason = new Error('enough');
  const points: ProcessSample[] = [];
  const running = simulate(workload(), {
    temporaryParent,
    signal: stop.signal,
    onSample: (sample) => points.push(sample),
  });
  stop.abort(reason);
  t.equal(await running.catch((error: unknown) => error), reason);
  t.same(points, []);
  t.strictSame(readdirSync(temporaryParent), []);
});

t.test('a stream that fails ends all of them', async (t) => {
  const temporaryParent = t.testdir();
  // The clock breaks at the third record; the other streams wait at their open lines.
  let records = 0;
  const nanoseconds = (): bigint => {
    records += 1;
    if (records > 2) throw new Error('the clock is broken');
    return STILL.nanoseconds();
  };
  const clock = { ...STILL, nanoseconds };
  await t.rejects(simulate(workload({ containers: 3 }), { temporaryParent, clock }), /the clock is broken/);
  t.strictSame(readdirSync(temporaryParent), []);
  await t.rejects(simulate(workload(), { logDirectory: '/dev/null' }), /ENOTDIR|EEXIST/);
});

t.test('what would never end, or is nothing, is refused before it begins', async (t) => {
  for (const impossible of [
    { limitBytes: 16.5 },
    { limitBytes: Number.NaN },
    { limitBytes: 10 },
    { containers: 0 },
  ])
    await t.rejects(simulate(workload(impossible)), { name: 'WorkloadError' });
});
