/** What was measured of following, as the page shows it: only what is stored, with its set-up and machine. */
import { join } from 'node:path';
import t from 'tap';
import type { BurstResult } from '../../bench/follow/burst.js';
import type { IdleResult } from '../../bench/follow/idle.js';
import type { Machine } from '../../bench/follow/results.js';
import type { Quantiles } from '../../bench/latency/quantiles.js';
import type { LatencyResult } from '../../bench/latency/table.js';
import { followTables } from '../../scripts/docs/follow-table.js';

const machine: Machine = {
  cpu: 'AMD EPYC',
  cores: 2,
  memoryBytes: 8e9,
  system: 'Linux 6.1',
  node: 'v20.20.2',
  load: 0.4,
  waitedShare: 0.031,
  date: '2026-11-21',
};

const NONE: Quantiles = { count: 0, p50: Number.NaN, p90: Number.NaN, p99: Number.NaN, max: Number.NaN };

const latency = {
  machine,
  setup: { seconds: 30, warmUpSeconds: 5, linesPerSecond: 2000, incidentsPerSecond: 20, runs: 3 },
  results: [
    {
      name: 'one file',
      milliseconds: { count: 600, p50: 4.21, p90: 8, p99: 21.96, max: 40 },
      coldMilliseconds: { count: 100, p50: 9, p90: 20, p99: 61.5, max: 80 },
      missing: 0,
      linesPerSecond: 2000,
      cpuShare: 0.11,
      stolenShare: 0.01,
      peakMegabytes: 71.2,
      drained: true,
    },
    {
      name: 'journal',
      milliseconds: NONE,
      coldMilliseconds: NONE,
      missing: 600,
      linesPerSecond: 2000,
      cpuShare: 0,
      stolenShare: 0.01,
      peakMegabytes: 60,
      drained: false,
    },
  ] satisfies readonly LatencyResult[],
};

const burst = {
  machine,
  setup: { seconds: 60, megabytesPerSecond: 100, interesting: 0.001, runs: 1 },
  results: [
    {
      name: 'renamed every GB',
      seconds: 60.1,
      megabytesPerSecond: 99.8,
      rotations: 5,
      mostLagMegabytes: 12.4,
      catchUpSeconds: 0.31,
      peakMegabytes: 88,
      cpuSeconds: 24.06,
      incidents: 1500,
      missingBytes: 0,
    },
  ] satisfies readonly BurstResult[],
};

const idle = {
  machine,
  setup: { files: 1000, seconds: 60, runs: 3 },
  results: [
    {
      name: 'idle',
      files: 1000,
      seconds: 60,
      startSeconds: 0.84,
      cpuShare: 0.0043,
      residentMegabytes: 70,
      peakMegabytes: 75,
      wakeUpMilliseconds: 12,
    },
  ] satisfies readonly IdleResult[],
};

t.test('each benchmark has a section with its set-up, its machine and its table', async (t) => {
  const directory = t.testdir({
    'latency.json': JSON.stringify(latency),
    'burst.json': JSON.stringify(burst),
    'idle.json': JSON.stringify(idle),
  });
  const text = await followTables(directory);
  const where =
    'AMD EPYC, 2 cores, load 0.4, 3 % of the time waited for a core, Linux 6.1, Node v20.20.2, 2026-11-21.';
  t.match(
    text,
    `### From a line to its incident\n\n2,000 lines and 20 incidents a second for 30 s, behind 5 s (cold); the median of 3 runs; ${where}`,
  );
  t.match(text, /^one file +600 +4\.2 +8\.0 +22\.0 +40\.0 +61\.5 +0 +11 % +1 % +71 +yes$/m);
  t.match(text, /^journal +0 +none .*600 .*none$/m, 'where nothing came');
  t.match(
    text,
    `### A burst\n\n100 MB/s for 60 s; in the storm 0.1 % of lines tell of stuck containers; one run; ${where}`,
  );
  t.match(text, /^renamed every GB +100 +60 +5 +12 +0\.31 +88 +24\.1 +1500 +0$/m);
  t.match(text, `### Many files\n\n1,000 files for 60 s; the median of 3 runs; ${where}`);
  t.match(text, /^idle +1000 +60 +0\.8 +0\.43 % +70 +75 +12$/m);
  t.equal(text.split('```text').length, 4);
});

t.test('what is not stored is left out, and nothing at all is said so', async (t) => {
  const text = await followTables(t.testdir({ 'idle.json': JSON.stringify(idle) }));
  t.match(text, /^### Many files/);
  t.notMatch(text, 'burst');
  t.equal(await followTables(join(t.testdir({}), 'none')), 'This checkout holds no stored results.');
});

t.test('a damaged file is an error, not a table that is missing', async (t) => {
  await t.rejects(followTables(t.testdir({ 'burst.json': '{' })));
});
