/**
 * Kills a following `analyze` at random moments, many times: `node dist/test/campaigns/kill-and-resume.js 100`.
 * LEAKTRAIL_SEED repeats the moments as far as a machine can.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomOf, seedOf } from '../analyze/random.js';
import { killAndGoOn } from '../cli/killed-service.js';

const KILLS = 8;

const rounds = Number(process.argv.slice(2).find((argument) => /^\d+$/.test(argument)) ?? 20);
const seed = seedOf();
console.log(`${rounds} rounds of ${KILLS} kills, seed ${seed}`);
for (let round = 0; round < rounds; round++) {
  const directory = mkdtempSync(join(tmpdir(), 'leaktrail-kill-'));
  const run = await killAndGoOn({ directory, kills: KILLS, random: randomOf(seed + round), containers: 40 });
  if (run.faults.length > 0) {
    console.error(`round ${round}, LEAKTRAIL_SEED=${seed + round}, files kept in ${directory}`);
    for (const fault of run.faults.slice(0, 20)) console.error(fault);
    process.exitCode = 1;
    break;
  }
  rmSync(directory, { recursive: true });
  console.log(`round ${round}: ${run.lines} lines, ${run.updates} updates`);
}
