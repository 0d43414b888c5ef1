/**
 * Programs against the model, on the file system in memory, the same ones every time: LEAKTRAIL_PROGRAMS says how many,
 * LEAKTRAIL_SEED which. `npm run soak` runs others.
 */
import fc from 'fast-check';
import t from 'tap';
import { programs, runProgram } from './log-program.js';

const RUNS = Number(process.env['LEAKTRAIL_PROGRAMS'] ?? 150);
const SEED = Number(process.env['LEAKTRAIL_SEED'] ?? 82_000);

t.test(`no line is lost or seen twice in ${RUNS} programs, seed ${SEED}`, async (t) => {
  await fc.assert(
    fc.asyncProperty(programs, (program) => runProgram(program)),
    { numRuns: RUNS, seed: SEED },
  );
  t.pass();
});
