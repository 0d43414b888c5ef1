/**
 * Random programs against the model, on the file system in memory. LEAKTRAIL_PROGRAMS says how many, LEAKTRAIL_SEED
 * repeats a run.
 */
import fc from 'fast-check';
import t from 'tap';
import { programs, runProgram } from './log-program.js';

const RUNS = Number(process.env['LEAKTRAIL_PROGRAMS'] ?? 500);
const SEED = Number(process.env['LEAKTRAIL_SEED'] ?? Math.trunc(Math.random() * 2 ** 31));

t.test(`no line is lost or seen twice in ${RUNS} programs, seed ${SEED}`, async (t) => {
  await fc.assert(fc.asyncProperty(programs, runProgram), { numRuns: RUNS, seed: SEED });
  t.pass();
});
