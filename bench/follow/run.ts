/**
 * What following costs: `npm run bench:follow`. A burst of `--rate` (100) MB/s for `--seconds` (60) of ordinary lines,
 * again with a rotation every GB, and again with a share of `--interesting` (0.001) lines of containers that do not
 * stop, four for each; then `--files` (1,000) that are followed and idle for `--idle-seconds` (60), and written once a
 * second. Each `--runs` (1) times: the run in the middle counts. `--only burst` or `--only idle` does a half. Writes
 * bench/results/follow/*.json.
 */
import { parseArgs } from 'node:util';
import { type BurstResult, measureBurst } from './burst.js';
import { type IdleResult, measureIdle } from './idle.js';
import { medianRun } from './median-run.js';
import { machine, store } from './results.js';
import { openScratch } from './scratch.js';
import { renderBursts, renderIdle } from './table.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    rate: { type: 'string', default: '100' },
    interesting: { type: 'string', default: '0.001' },
    files: { type: 'string', default: '1000' },
    'idle-seconds': { type: 'string', default: '60' },
    runs: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    'no-store': { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const megabytesPerSecond = Number(values.rate);
const interesting = Number(values.interesting);
const files = Number(values.files);
const idleSeconds = Number(values['idle-seconds']);
const runs = Number(values.runs);
const ROTATE_BYTES = 1e9;

/** All runs, and the one that counts. */
async function repeated<Result>(
  measure: () => Promise<Result>,
  by: (result: Result) => number,
): Promise<{ readonly median: Result; readonly runs: readonly Result[] }> {
  const results: Result[] = [];
  while (results.length < runs) results.push(await measure());
  return { median: medianRun(results, by), runs: results };
}

const scratch = openScratch(seconds * megabytesPerSecond * 1e6);

if (values.only !== 'idle') {
  const results: BurstResult[] = [];
  const all: (readonly BurstResult[])[] = [];
  for (const [name, share, rotateBytes] of [
    ['ordinary lines', 0, null],
    ['ordinary lines, renamed every GB', 0, ROTATE_BYTES],
    ['storm of stuck containers', interesting, null],
  ] as const) {
    const options = {
      name,
      seconds,
      megabytesPerSecond,
      interesting: share,
      rotateBytes,
      seed: Number(values.seed),
    };
    const measured = await repeated(
      () => measureBurst(scratch, options),
      ({ catchUpSeconds }) => catchUpSeconds ?? Number.POSITIVE_INFINITY,
    );
    results.push(measured.median);
    all.push(measured.runs);
  }
  if (!values['no-store'])
    store('burst', {
      machine: machine(),
      setup: { seconds, megabytesPerSecond, interesting, runs },
      results,
      runs: all,
    });
  console.log(renderBursts(results));
}
if (values.only !== 'burst') {
  const results: IdleResult[] = [];
  const all: (readonly IdleResult[])[] = [];
  for (const [name, withState, linesPerSecond] of [
    ['idle', false, 0],
    ['idle, --state', true, 0],
    ['each written once a second', false, files],
  ] as const) {
    const measured = await repeated(
      () => measureIdle(scratch, { name, files, seconds: idleSeconds, withState, linesPerSecond }),
      ({ cpuShare }) => cpuShare,
    );
    results.push(measured.median);
    all.push(measured.runs);
  }
  if (!values['no-store'])
    store('idle', {
      machine: machine(),
      setup: { files, seconds: idleSeconds, runs },
      results,
      runs: all,
    });
  console.log(renderIdle(results));
}
process.exit();
