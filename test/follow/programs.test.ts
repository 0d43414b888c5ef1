/**
 * Programs against the model, on the file system in memory, others every time: LEAKTRAIL_PROGRAMS says how many, the
 * seed is printed and LEAKTRAIL_SEED repeats it. `npm run soak` runs many.
 */
import fc from 'fast-check';
import t from 'tap';
import { FOUND } from './found-programs.js';
import { runProgram } from './log-program.js';
import { programs } from './log-steps.js';

const RUNS = Number(process.env['LEAKTRAIL_PROGRAMS'] ?? 150);
const SEED = Number(process.env['LEAKTRAIL_SEED'] ?? Math.trunc(Math.random() * 2 ** 31));

t.test(`no line is lost or seen twice in ${RUNS} programs, seed ${SEED}`, async (t) => {
  await fc.assert(
    fc.asyncProperty(programs, (program) => runProgram(program)),
    { numRuns: RUNS, seed: SEED },
  );
  t.pass();
});

for (const { what, program } of FOUND)
  t.test(what, async (t) => {
    await runProgram(program);
    t.pass();
  });
