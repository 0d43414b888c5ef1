/**
 * Mutated profiles, dumps, configuration, outputs and archives through the whole command: no crash, no hang over
 * two seconds, memory under 200 MB, and a sound answer or a clear message each. `npm run fuzz -- 20000` runs it;
 * LEAKTRAIL_SEED repeats a run.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { randomOf, seedOf } from '../analyze/random.js';
import { mutate } from '../evidence/mutate.js';
import { firstUnprintable } from '../report/random-text.js';
import { archiveOf } from './archive.js';

const BATCH = 25;
const LIMIT_MS = 2000;
const LIMIT_RSS = 200_000_000;
/** Start of the command itself, on a machine that does other things, too. */
const START_MS = 1500;
const REPORT_RSS =
  "data:text/javascript,import{writeSync}from'node:fs';process.on('exit',()=>writeSync(3,String(process.resourceUsage().maxRSS)))";

interface Run {
  readonly code: number | null;
  readonly ms: number;
  readonly rss: number;
  readonly out: string;
  readonly err: string;
}

function run(files: readonly string[]): Promise<Run> {
  const began = performance.now();
  const args = ['--import', REPORT_RSS, 'dist/bin/analyze.cjs', '--format', 'text', '--all', ...files];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  const collected = [1, 2, 3].map((fd) => {
    const chunks: Buffer[] = [];
    child.stdio[fd]?.on('data', (chunk: Buffer) => chunks.push(chunk));
    return chunks;
  });
  const text = (at: number): string => Buffer.concat(collected[at] ?? []).toString('utf8');
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({
        code,
        ms: performance.now() - began,
        rss: Number(text(2)) * 1024,
        out: text(0),
        err: text(1),
      });
    });
  });
}

/** What is wrong with a run of so many inputs, null where nothing is. */
function complaint({ code, ms, rss, out, err }: Run, inputs: number): string | null {
  if (code === null || ![0, 1, 3].includes(code)) return `exit code ${code}: ${err.slice(0, 500)}`;
  if (/^ {4}at .*:\d+:\d+\)?$/m.test(err)) return `a stack trace: ${err.slice(0, 500)}`;
  if (rss > LIMIT_RSS) return `${Math.round(rss / 1e6)} MB`;
  if (ms > START_MS + inputs * LIMIT_MS) return `${Math.round(ms)} ms`;
  const strange = firstUnprintable(out.replaceAll('\n', ' '));
  return strange === null ? null : `not printable: ${JSON.stringify(strange)}`;
}

function seeds(): readonly { readonly name: string; readonly bytes: Buffer }[] {
  const folders = ['profiles', 'cases', 'evidence'];
  const files = folders.flatMap((folder) =>
    readdirSync(`test/fixtures/${folder}`).map((name) => ({
      name,
      bytes: readFileSync(`test/fixtures/${folder}/${name}`),
    })),
  );
  const corpus = readdirSync('test/fixtures/corpus')
    .filter((name) => /^(?:1[0-2]\d)-/.test(name))
    .map((name) => ({ name, bytes: readFileSync(`test/fixtures/corpus/${name}`) }));
  const metrics = readdirSync('test/fixtures/metrics')
    .filter((name) => name.endsWith('.gz'))
    .map((name) => ({ name, bytes: readFileSync(`test/fixtures/metrics/${name}`) }));
  return [...files, ...corpus, ...metrics, ...few(metrics), containerLog()].filter(
    ({ bytes }) => bytes.length > 0,
  );
}

/** Of each scrape the lines that are read: damage to the thousands of others shows nothing. */
function few(metrics: readonly { readonly name: string; readonly bytes: Buffer }[]) {
  return metrics.map(({ name, bytes }) => {
    const lines = gunzipSync(bytes).toString().split('\n');
    const kept = lines.filter((line) =>
      /containerd_(?:cri_\w*put|build)|process_|go_(?:gor|memstats_heap)/.test(line),
    );
    return { name: name.replace('.gz', ''), bytes: Buffer.from(`${kept.join('\n')}\n`) };
  });
}

/** As containerd without a limit writes it; the records of the fixture are as long as memory allows. */
function containerLog() {
  const record = (tag: string, bytes: number): string =>
    `2026-11-21T09:34:02.788719498Z stdout ${tag} ${'x'.repeat(bytes)}\n`;
  const log = [record('F', 9), record('F', 3_000_000), record('P', 17_000_000), record('P', 70_000)].join('');
  return { name: 'default_exporter-0_7d3c2a52-90f1-4be0-9a0e-0c7f1f2b6a11.log', bytes: Buffer.from(log) };
}

async function campaign(count: number, seed: number): Promise<number> {
  const random = randomOf(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const all = seeds();
  const archive = await archiveOf(all.slice(0, 12));
  const directory = mkdtempSync(join(tmpdir(), 'leaktrail-fuzz-'));
  let failures = 0;
  let most = 0;
  try {
    for (let done = 0; done < count; done += BATCH) {
      const inputs = Array.from({ length: Math.min(BATCH, count - done) }, (_, i) => {
        const isArchive = random() < 0.15;
        const { name, bytes } = isArchive ? { name: 'bundle.tar', bytes: archive } : pick(all);
        // Half of what is compressed is damaged inside, half outside.
        const inner = name.endsWith('.gz') ? gunzipSync(bytes) : bytes;
        const mutated = mutate(inner, random);
        const zipped = random() < 0.3 ? mutate(gzipSync(inner, { level: 1 }), random) : mutated;
        const file = join(directory, `${i}-${name}`);
        writeFileSync(file, zipped);
        return file;
      });
      const result = await run(inputs);
      most = Math.max(most, result.rss);
      const wrong = complaint(result, inputs.length);
      if (wrong === null) {
        for (const file of inputs) rmSync(file);
        continue;
      }
      for (const file of inputs) {
        const single = complaint(await run([file]), 1);
        if (single === null) rmSync(file);
        else {
          failures += 1;
          console.error(`${file}: ${single}`);
        }
      }
      console.error(`batch at ${done}: ${wrong}`);
      failures += 1;
    }
  } finally {
    if (failures === 0) rmSync(directory, { recursive: true, force: true });
  }
  console.log(
    `${count} inputs, seed ${seed}: ${failures} failures, at most ${Math.round(most / 1e6)} MB resident`,
  );
  return failures;
}

const count = Number(process.argv[2] ?? 20_000);
process.exitCode = (await campaign(count, seedOf())) > 0 ? 1 : 0;
