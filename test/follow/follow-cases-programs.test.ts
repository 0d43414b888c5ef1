/** The random programs again, in a real directory: with the inodes and names that a real file system gives out. */
import * as files from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { runProgram } from './log-program.js';
import { programs } from './log-steps.js';
import { createMirroredFs } from './mirrored-fs.js';

const RUNS = Number(process.env['LEAKTRAIL_REAL_PROGRAMS'] ?? 15);
const SEED = Number(process.env['LEAKTRAIL_SEED'] ?? Math.trunc(Math.random() * 2 ** 31));

t.test(`no line is lost or seen twice in ${RUNS} programs on a real directory, seed ${SEED}`, async (t) => {
  const inDirectory = fc.asyncProperty(programs, async (program) => {
    const root = files.realpathSync(files.mkdtempSync(join(tmpdir(), 'follow-')));
    for (const directory of ['log', 'at', 'away']) files.mkdirSync(join(root, directory));
    const fs = createMirroredFs(root);
    try {
      await runProgram(program, fs);
    } finally {
      fs.closeAll();
      files.rmSync(root, { recursive: true });
    }
  });
  await fc.assert(inDirectory, { numRuns: RUNS, seed: SEED });
  t.pass();
});
