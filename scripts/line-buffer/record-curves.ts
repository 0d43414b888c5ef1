/**
 * Records what the charts of the documents show of a real daemon: three runs, each as JSON with its curve. Run as
 * root in a built checkout: `node dist/scripts/line-buffer/record-curves.js bench/results/line-buffer`, and
 * `npx biome check --write bench/results` after it.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runReal } from '../../bench/line-buffer/real/run.js';
import type { Workload } from '../../bench/line-buffer/types.js';

const MIB = 2 ** 20;

const LINE: Omit<Workload, 'version'> = {
  runtime: 'containerd',
  limitBytes: -1,
  lineBytes: 200 * MIB,
  end: 'newline',
  before: null,
  containers: 1,
  streams: 1,
  writeBytes: 64 * 1024,
  readerBytes: 4096,
  // Slow enough for a smooth curve.
  paceBytesPerSecond: 40 * MIB,
  seed: 1,
};

/** The daemon gives memory back for some seconds after the end. */
const REST_SECONDS = 6;

const RUNS: Readonly<Record<string, Partial<Workload>>> = {
  'real-unlimited-newline': {},
  'real-unlimited-kill': { end: 'kill' },
  'real-16384-newline': { limitBytes: 16_384 },
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [directory] = process.argv.slice(2);
  if (directory === undefined) throw new Error('name the directory to write the curves to');
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort(new Error('interrupted')));
  await mkdir(directory, { recursive: true });
  for (const [name, changes] of Object.entries(RUNS)) {
    process.stderr.write(`${name}\n`);
    const asked = { ...LINE, ...changes };
    const { curve, ...figures } = await runReal(
      { ...asked, version: '' },
      { signal: interrupted.signal, restSeconds: REST_SECONDS },
    );
    // A version picks the model's rules; it is known when the installed containerd was asked.
    const workload: Workload = { ...asked, version: figures.versions.containerd };
    const date = new Date().toISOString().slice(0, 10);
    const points = curve.map((sample) => JSON.stringify({ ...sample, seconds: round(sample.seconds) }));
    const lines = [
      '{',
      `"date": ${JSON.stringify(date)},`,
      `"workload": ${JSON.stringify(workload)},`,
      `"outcome": ${JSON.stringify(figures).slice(0, -1)},`,
      `"curve": [\n${points.join(',\n')}\n]`,
      '}}',
    ];
    await writeFile(join(directory, `${name}.json`), `${lines.join('\n')}\n`);
  }
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
