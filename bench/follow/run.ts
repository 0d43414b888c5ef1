/**
 * What following costs: `npm run bench:follow`. A burst of `--rate` (100) MB/s for `--seconds` (60), and again with a
 * rotation every GB; then `--files` (1,000) that are followed and idle for `--idle-seconds` (60), and written once a
 * second. `--only burst` or `--only idle` does a half. Writes bench/results/follow/*.json.
 */
import { parseArgs } from 'node:util';
import { type BurstResult, measureBurst } from './burst.js';
import { type IdleResult, measureIdle } from './idle.js';
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
const ROTATE_BYTES = 1e9;

const scratch = openScratch(seconds * megabytesPerSecond * 1e6);

if (values.only !== 'idle') {
  const results: BurstResult[] = [];
  for (const [name, rotateBytes] of [
    ['one file', null],
    ['renamed every GB', ROTATE_BYTES],
  ] as const) {
    const options = {
      name,
      seconds,
      megabytesPerSecond,
      interesting,
      rotateBytes,
      seed: Number(values.seed),
    };
    results.push(await measureBurst(scratch, options));
  }
  if (!values['no-store'])
    store('burst', { machine: machine(), setup: { seconds, megabytesPerSecond, interesting }, results });
  console.log(renderBursts(results));
}
if (values.only !== 'burst') {
  const results: IdleResult[] = [];
  for (const [name, withState, linesPerSecond] of [
    ['idle', false, 0],
    ['idle, --state', true, 0],
    ['each written once a second', false, files],
  ] as const)
    results.push(
      await measureIdle(scratch, { name, files, seconds: idleSeconds, withState, linesPerSecond }),
    );
  if (!values['no-store'])
    store('idle', { machine: machine(), setup: { files, seconds: idleSeconds }, results });
  console.log(renderIdle(results));
}
process.exit();
