/**
 * The benchmarks of following: that they run, and that their figures are worked out right. How large these are depends
 * on the machine and is no matter here.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { runBurst } from '../../bench/follow/burst-writer.js';
import { medianRun } from '../../bench/follow/median-run.js';
import { cpuSecondsOf, usageOf } from '../../bench/follow/process-usage.js';
import { machine } from '../../bench/follow/results.js';
import { stolenSecondsOf, watchStolen } from '../../bench/follow/stolen-time.js';
import { renderBursts } from '../../bench/follow/table.js';
import { delaysOf } from '../../bench/latency/delays.js';
import { asJournalEntry, createNodeLife, inEnvelope } from '../../bench/latency/node-life.js';
import { quantilesOf } from '../../bench/latency/quantiles.js';
import { renderLatency } from '../../bench/latency/table.js';
import { runWriter, type WriterTimes } from '../../bench/latency/writer.js';
import { createRandom } from '../../bench/random.js';

const directory = mkdtempSync(join(tmpdir(), 'leaktrail-bench-'));
t.teardown(() => rmSync(directory, { recursive: true }));

t.test('a quantile is a value that was measured', async (t) => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
  t.same(quantilesOf(hundred), { count: 100, p50: 50, p90: 90, p99: 99, max: 100 });
  t.same(quantilesOf([7]), { count: 1, p50: 7, p90: 7, p99: 7, max: 7 });
  t.same(quantilesOf([]), { count: 0, p50: Number.NaN, p90: Number.NaN, p99: Number.NaN, max: Number.NaN });
});

t.test('a delay is from the writing to the arrival, and none where nothing arrived', async (t) => {
  const written = { a: '1000000000', b: '5999999999', c: '6000000000', d: '7000000000' };
  const arrivals = new Map([
    ['a', 1_020_000_000n],
    ['b', 6_000_499_999n],
    ['c', 6_001_500_000n],
  ]);
  t.same(delaysOf({ began: '1000000000', written }, arrivals, 5), {
    cold: [20, 0.5],
    warm: [1.5],
    missing: 1,
  });
});

t.test('of several runs the one in the middle counts, of two the lower', async (t) => {
  const by = (run: { readonly of: number }): number => run.of;
  t.same(medianRun([{ of: 3 }, { of: 1 }, { of: 2 }], by), { of: 2 });
  t.same(medianRun([{ of: 9 }, { of: 4 }], by), { of: 4 });
  t.throws(() => medianRun([], by), /expected a run/);
});

t.test('processor time is read behind a name that holds anything', async (t) => {
  const fields = Array.from({ length: 20 }, (_, i) => String(i + 3)).join(' ');
  t.equal(cpuSecondsOf(`17 (a) b (c) ${fields}`), (14 + 15) / 100);
  const { peakBytes, rssBytes } = usageOf(process.pid);
  t.ok(peakBytes >= rssBytes && rssBytes > 1e6);
});

t.test('a result names the machine, the version of Node and the day', async (t) => {
  const { cores, date, node, waitedShare } = machine();
  t.ok(cores > 0);
  t.match(date, /^\d{4}-\d\d-\d\d$/);
  t.equal(node, process.version);
  t.ok(waitedShare === null || (waitedShare >= 0 && waitedShare <= 1));
});

t.test('the writer leaves the times of the lines that decide, and those alone', async (t) => {
  const [log, times] = [join(directory, 'life.log'), join(directory, 'times.json')];
  runWriter({
    targets: [log],
    form: 'syslog',
    seconds: 0.3,
    linesPerSecond: 4_000,
    incidentsPerSecond: 400,
    seed: 1,
    times,
  });
  const { began, bytes, lines, written } = JSON.parse(readFileSync(times, 'utf8')) as WriterTimes;
  const text = readFileSync(log, 'latin1');
  t.equal(text.length, bytes);
  t.equal(text.trimEnd().split('\n').length, lines);
  const ids = Object.entries(written);
  t.not(ids.length, 0);
  for (const [id, at] of ids) {
    if (!new RegExp(`${id}.*(?:DeadlineExceeded|deadline exceeded)|DeadlineExceeded.*${id}`).test(text))
      t.fail(`${id} decides nothing`);
    if (BigInt(at) < BigInt(began)) t.fail(`${id} was written before the beginning`);
  }
});

t.test('the same life in every envelope', async (t) => {
  const life = createNodeLife({ random: createRandom(1), incidents: 0.05, stops: 0.2 });
  const line = life.next(new Date('2026-11-21T10:00:00.250Z'));
  t.match(inEnvelope('rfc3164', line), / node-17 .*\n$/);
  t.match(inEnvelope('iso', line), /^2026-11-21T10:00:00\.\d{6}\+00:00 node-17 .*\n$/);
  t.match(inEnvelope('rfc5424', line), /^<30>1 2026-11-21T10:00:00\.\d{6}Z node-17 .*\n$/);
  t.match(JSON.parse(asJournalEntry(line, 1)), { MESSAGE: line.message, _HOSTNAME: 'node-17' });
});

t.test('a burst is as large as it says, and its last line decides', async (t) => {
  const file = join(directory, 'burst.log');
  const last = 'f'.repeat(64);
  const plan = { file, seconds: 0.2, perSecond: 20e6, interesting: 0.001, rotateBytes: 2e6, seed: 1, last };
  const { bytes, lines, rotations } = runBurst({ ...plan, report: '' });
  t.ok(rotations > 0 && existsSync(`${file}.1`));
  const written = [file, ...Array.from({ length: rotations }, (_, i) => `${file}.${i + 1}`)].map((name) =>
    readFileSync(name, 'latin1'),
  );
  t.equal(
    written.reduce((sum, text) => sum + text.length, 0),
    bytes,
  );
  const newlines = written.join('').split('\n').length - 1;
  t.ok(Math.abs(newlines - lines) / lines < 0.02, `${newlines} lines, said to be ${lines}`);
  t.match(written[0]?.trimEnd().split('\n').at(-1), new RegExp(`${last}.*DeadlineExceeded`));
});

t.test('the tables show what there is, and say what there is not', async (t) => {
  const none = { count: 0, p50: Number.NaN, p90: Number.NaN, p99: Number.NaN, max: Number.NaN };
  const table = renderLatency([
    {
      name: 'one file',
      milliseconds: { count: 9, p50: 1, p90: 2, p99: 3.25, max: 4 },
      coldMilliseconds: none,
      missing: 2,
      linesPerSecond: 2000,
      cpuShare: 0.123,
      stolenShare: 0.042,
      peakMegabytes: 80.4,
      drained: false,
    },
  ]);
  t.match(table, /one file +9 +1\.0 +2\.0 +3\.3 +4\.0 +none +2 +12 % +4 % +80 +none$/);
  const bursts = renderBursts([
    {
      name: 'ordinary lines',
      seconds: 60.02,
      megabytesPerSecond: 99.6,
      rotations: 0,
      mostLagMegabytes: 12.2,
      catchUpSeconds: null,
      peakMegabytes: 79.9,
      cpuSeconds: 30,
      incidents: 2,
      missingBytes: null,
    },
  ]);
  t.match(bursts, /ordinary lines +100 +60 +0 +12 +never +80 +30\.0 +2 +not known$/);
});

t.test('time that a host gave to others', async (t) => {
  const stat = 'cpu  7005257 1273977 1196541 6247559 21256 0 9161 130137 0 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n';
  t.equal(stolenSecondsOf(stat), 1301.37);
  t.equal(stolenSecondsOf('cpu  1 2 3 4\n'), 0, 'a kernel that keeps none');
  const share = watchStolen()();
  t.ok(share >= 0 || Number.isNaN(share));
});

t.test('the whole of it, from a line to its incident and to the table', async (t) => {
  const run = fileURLToPath(new URL('../../bench/latency/run.js', import.meta.url));
  const args = '--seconds 1 --warm-up 0 --runs 1 --lines 200 --incidents 20 --no-store'.split(' ');
  const { stdout, stderr } = spawnSync(process.execPath, [run, ...args, '--only=tail'], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  t.match(stdout, /^tail -f FILE \| analyze +\d+ +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+ +none +0 .* yes$/m, stderr);
});
