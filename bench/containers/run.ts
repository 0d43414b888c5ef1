/**
 * The memory of a storm: a log in which every container is another one and every one is stuck, so that all caps
 * are reached. `npm run bench:containers -- 1000000` says how much the whole command needed at its peak.
 */
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { measure } from '../throughput/measure.js';

/** Stated in docs/limits.md: whatever the log, the command stays below this. */
const STATED_BYTES = 512 * 1024 * 1024;

const containers = Number(process.argv[2] ?? 100_000);
if (!Number.isInteger(containers) || containers < 1) {
  throw new TypeError(`expected a number of containers, found ${process.argv[2]}`);
}
const log = `bench/data/containers-${containers}.log`;
mkdirSync('bench/data', { recursive: true });
const file = openSync(log, 'w');
const start = Date.parse('2026-01-01T00:00:00Z');
for (let i = 0; i < containers; i++) {
  const id = createHash('sha256').update(String(i)).digest('hex');
  const line = (after: number, text: string): string =>
    `Jan  1 00:00:00 n1 dockerd[1]: time="${new Date(start + i * 100 + after).toISOString()}" level=info msg="Container failed to exit within ${text}" container=${id}\n`;
  writeSync(
    file,
    line(0, '10s of signal 15 - using the force') + line(10_000, '10s of kill - trying direct SIGKILL'),
  );
}
closeSync(file);
const { seconds, peakBytes } = measure([
  process.execPath,
  'dist/bin/analyze.cjs',
  '--fail-on',
  'never',
  '--format',
  'ndjson',
  log,
]);
rmSync(log);
console.log(JSON.stringify({ containers, seconds, peakBytes, statedBytes: STATED_BYTES }));
if (peakBytes !== null && peakBytes > STATED_BYTES) process.exitCode = 1;
