/**
 * From a line being written to its incident on our output: `npm run bench:latency`. Each variant runs by itself for
 * `--seconds` (30) behind `--warm-up` (5) seconds, in which the program is compiled as it goes, with `--lines` (2,000)
 * and `--incidents` (20) a second, `--runs` (3) times: the run in the middle counts. A run in which the host of a virtual
 * machine took more than a tenth of the processors' time is made again, and at most as many more. `--only=TEXT` chooses
 * those whose name holds it. Writes bench/results/follow/latency.json.
 */
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { medianRun } from '../follow/median-run.js';
import { usageOf } from '../follow/process-usage.js';
import { machine, store } from '../follow/results.js';
import { openScratch } from '../follow/scratch.js';
import { watchStolen } from '../follow/stolen-time.js';
import { delaysOf } from './delays.js';
import { inEnvelope } from './node-life.js';
import { quantilesOf } from './quantiles.js';
import { type LatencyResult, renderLatency } from './table.js';
import { VARIANTS, type Variant } from './variants.js';
import type { WriterTimes } from './writer.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    lines: { type: 'string', default: '2000' },
    incidents: { type: 'string', default: '20' },
    'warm-up': { type: 'string', default: '5' },
    runs: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    'no-store': { type: 'boolean', default: false },
  },
});
const warmUp = Number(values['warm-up']);
const runs = Number(values.runs);
const seconds = Number(values.seconds) + warmUp;
const linesPerSecond = Number(values.lines);
const incidentsPerSecond = Number(values.incidents);

/** The wait for analyze to be there, and for the last incidents. */
const PATIENCE_MS = 20_000;
/** Behind the end of the writing nothing more comes after so long, ms. */
const LAST_MS = 2_000;
/** Share of the processors' time that others may have of a run. */
const MOST_STOLEN = 0.1;

const scratch = openScratch();

async function measureVariant(variant: Variant): Promise<LatencyResult> {
  const directory = scratch.room('latency');
  const files = Array.from({ length: variant.files }, (_, i) => join(directory, `${i}.log`));
  for (const file of files) writeFileSync(file, '');
  const times = join(directory, 'times.json');
  const plan = { seconds, linesPerSecond, incidentsPerSecond, seed: Number(values.seed), times };
  const started = variant.start({ scratch, directory, files, plan });
  const { analyze } = started;
  const [first] = files;
  if (first !== undefined) {
    // Its start-up is another matter: the writing begins when a first incident has come through.
    const container = '0'.repeat(63).concat('1');
    writeFileSync(first, firstLine(container), { flag: 'a' });
    await analyze.arrived(container, PATIENCE_MS);
  }
  const before = usageOf(analyze.pid).cpuSeconds;
  const stolen = watchStolen();
  const writer = started.write();
  if (writer !== null) await once(writer, 'exit');
  else
    for (const end = Date.now() + seconds * 1000 + PATIENCE_MS; !existsSync(times) && Date.now() < end; )
      await sleep(50);
  const { cpuSeconds, peakBytes } = usageOf(analyze.pid);
  const stolenShare = stolen();
  await sleep(LAST_MS);
  const written = JSON.parse(readFileSync(times, 'utf8')) as WriterTimes;
  const delays = delaysOf(written, analyze.arrivals, warmUp);
  const drained = await analyze.stop().then(
    () => true,
    () => false,
  );
  return {
    name: variant.name,
    milliseconds: quantilesOf(delays.warm),
    coldMilliseconds: quantilesOf(delays.cold),
    missing: delays.missing,
    linesPerSecond: written.lines / seconds,
    cpuShare: (cpuSeconds - before) / seconds,
    stolenShare,
    peakMegabytes: peakBytes / 1e6,
    drained,
  };
}

function firstLine(container: string): string {
  return inEnvelope('iso', {
    daemon: 'containerd[988]',
    at: new Date(),
    decides: container,
    message: `time="${new Date().toISOString()}" level=error msg="StopContainer for \\"${container}\\" failed" error="rpc error: code = DeadlineExceeded desc = an error occurs during waiting for container \\"${container}\\" to be killed: wait container \\"${container}\\": context deadline exceeded"`,
  });
}

const results: LatencyResult[] = [];
const all: (readonly LatencyResult[])[] = [];
for (const variant of VARIANTS.filter(({ name }) => name.includes(values.only))) {
  const measured: LatencyResult[] = [];
  const isFair = ({ stolenShare }: LatencyResult): boolean => stolenShare <= MOST_STOLEN;
  while (measured.filter(isFair).length < runs && measured.length < 2 * runs) {
    const result = await measureVariant(variant);
    measured.push(result);
    const { milliseconds, name, stolenShare } = result;
    console.error(
      `${name}: p99 ${milliseconds.p99.toFixed(1)} ms, ${(stolenShare * 100).toFixed(1)} % stolen`,
    );
  }
  const fair = measured.filter(isFair);
  results.push(medianRun(fair.length > 0 ? fair : measured, ({ milliseconds }) => milliseconds.p99));
  all.push(measured);
}
const setup = { seconds: seconds - warmUp, warmUpSeconds: warmUp, linesPerSecond, incidentsPerSecond, runs };
if (!values['no-store']) store('latency', { machine: machine(), setup, results, runs: all });
console.log(renderLatency(results));
process.exitCode = results.every(({ milliseconds, missing }) => milliseconds.p99 <= 100 && missing === 0)
  ? 0
  : 1;
process.exit();
