/**
 * Our speed beside that of others: the same log, the same literals, whole commands with their start-up.
 *
 * `npm run bench` reads 1 GiB five times with each, `-- --quick` 128 MiB three times. The runs are interleaved, so
 * that a slow minute of the machine is shared by all. Writes bench/results/throughput.json and prints a table.
 */
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { parseSize, writeNodeLog } from './generate.js';
import { benchmarkLiterals } from './literals.js';
import { type Measured, measure } from './measure.js';
import { grep } from './rivals/grep.js';
import { leaktrail, scanOnly } from './rivals/leaktrail.js';
import { ripgrep } from './rivals/ripgrep.js';
import { split2Regex } from './rivals/split2-regex.js';
import { type Result, renderTable, spreadOf } from './table.js';

const DATA_FOLDER = 'bench/data';
const RESULT_FILE = 'bench/results/throughput.json';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    bytes: { type: 'string' },
    runs: { type: 'string' },
    seed: { type: 'string', default: '1' },
    interesting: { type: 'string', default: '0.001' },
    out: { type: 'string', default: RESULT_FILE },
  },
});
const bytes = parseSize(values.bytes ?? (values.quick ? '128MiB' : '1GiB'));
const runs = Number(values.runs ?? (values.quick ? 3 : 5));
const seed = Number(values.seed);
const interesting = Number(values.interesting);

const log = `${DATA_FOLDER}/node-log-${bytes}-seed-${seed}-interesting-${interesting}.log`;
if (!existsSync(log) || statSync(log).size !== bytes) writeNodeLog(log, { bytes, seed, interesting });
const { literals, from } = benchmarkLiterals();
const literalFile = `${DATA_FOLDER}/literals.txt`;
writeFileSync(literalFile, `${literals.join('\n')}\n`);

const rivals = [leaktrail(), scanOnly(), ripgrep(), grep(), split2Regex()];
for (const { name, version, note } of rivals)
  if (version === null) console.error(`${name} is left out: ${note}`);
const contestants = rivals
  .filter(({ version }) => version !== null)
  .map((rival) => ({ rival, measured: [] as Measured[] }));

// Reads the file into the page cache: disks are not what is compared.
measure(['wc', '-l', log]);
for (let run = 0; run < runs; run += 1) {
  for (const { rival, measured } of contestants)
    measured.push(measure(rival.command(log, literalFile), rival.env));
}

const results: Result[] = contestants.map(({ rival, measured }) => {
  const peaks = measured.flatMap(({ peakBytes }) => (peakBytes === null ? [] : [peakBytes / 1e6]));
  const cpu = measured.flatMap(({ cpuSeconds }) => (cpuSeconds === null ? [] : [cpuSeconds]));
  return {
    name: rival.name,
    version: rival.version ?? 'unknown',
    note: rival.note,
    megabytesPerSecond: spreadOf(measured.map(({ seconds }) => bytes / 1e6 / seconds)),
    cpuSeconds: cpu.length === 0 ? null : spreadOf(cpu).median,
    peakMegabytes: peaks.length === 0 ? null : Math.max(...peaks),
  };
});
const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryBytes: totalmem(),
  system: `${type()} ${release()}`,
  node: process.version,
};
const setup = { bytes, seed, interesting, runs, literals: literals.length, literalsFrom: from };
mkdirSync(dirname(values.out), { recursive: true });
writeFileSync(values.out, `${JSON.stringify({ machine, setup, results }, null, 2)}\n`);

console.log(
  `${bytes / 1e6} MB, ${interesting * 100} % interesting lines, ${literals.length} literals from ${from}, ${runs} runs`,
);
console.log(`${machine.cpu}, ${machine.cores} cores, ${machine.system}, node ${machine.node}\n`);
console.log(renderTable(results));
