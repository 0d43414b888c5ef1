/**
 * Random programs of writing, rotating, stopping and resuming against the model of test/follow/log-writers.ts, many
 * of them: `npm run soak -- 100000`, and with `--rare` those that do what hardly any node does, too. LEAKTRAIL_SEED
 * repeats a run; a failure is printed with its seed and the smallest program that shows it.
 */
import fc from 'fast-check';
import { runProgram } from '../follow/log-program.js';
import { programs, rarePrograms } from '../follow/log-steps.js';

const BATCH = 1000;

const count = Number(process.argv.slice(2).find((argument) => /^\d+$/.test(argument)) ?? 100_000);
const seed = Number(process.env['LEAKTRAIL_SEED'] ?? Math.trunc(Math.random() * 2 ** 31));
const chosen = process.argv.includes('--rare') ? rarePrograms : programs;
const began = performance.now();
console.log(`${count} programs, seed ${seed}`);

for (let done = 0; done < count; done += BATCH) {
  const numRuns = Math.min(BATCH, count - done);
  const batch = (seed + done) | 0;
  const details = await fc.check(
    fc.asyncProperty(chosen, (program) => runProgram(program)),
    { numRuns, seed: batch },
  );
  if (details.failed) {
    console.error(fc.defaultReportMessage(details));
    console.error(details.errorInstance);
    console.error(`LEAKTRAIL_SEED=${batch} repeats it in its first ${BATCH} programs`);
    process.exitCode = 1;
    break;
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`${done + numRuns} programs, ${seconds} s, ${Math.round(process.memoryUsage().rss / 1e6)} MB`);
}
