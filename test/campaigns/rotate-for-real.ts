/**
 * The real logrotate at work on a log that is written at 20 MB/s, while an `analyze` follows it and is killed:
 * `node dist/test/campaigns/rotate-for-real.js [NAME]`. Each line must be counted once, each incident told once.
 * Needs logrotate 3.x; a case takes about ten seconds, and two run at a time.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { containerOf, objectsOf, type Service, startService } from '../cli/service-process.js';

interface Case {
  readonly name: string;
  /** Directives beside those that all have. */
  readonly directives: readonly string[];
  /** Lines that are written while it copies and truncates may be lost, and one may be torn. */
  readonly copies?: true;
  /** It decides by the size itself whether to rotate. */
  readonly bySize?: true;
}

const CASES: readonly Case[] = [
  { name: 'create', directives: ['create 0640', 'compress'] },
  { name: 'copytruncate', directives: ['copytruncate', 'compress'], copies: true },
  { name: 'dateext', directives: ['create', 'dateext', 'dateformat -%Y%m%d-%s', 'compress'] },
  { name: 'delaycompress', directives: ['create', 'compress', 'delaycompress'] },
  { name: 'maxsize', directives: ['create', 'compress', 'maxsize 25M', 'yearly'], bySize: true },
];

const SECONDS = 10;
const BYTES_PER_SECOND = 20e6;
const ROTATIONS = 5;
/** Seconds after which the follower is killed. */
const KILLS = [3.3, 6.7];
const BEAT_MS = 10;
const MARKED_EVERY = 20_000;
const END_MS = 60_000;

interface Written {
  lines: number;
  bytes: number;
  /** Lines that are an incident of their own, numbered from 1. */
  marks: number;
}

/** Writes until the time is over. `reopen` is asked for by a file that goes away once it was done. */
async function write(log: string, reopen: string, first: string): Promise<Written> {
  const written: Written = { lines: 1, bytes: first.length, marks: 1 };
  let file = openSync(log, 'a');
  const put = (text: string): void => {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    written.bytes += bytes.length;
  };
  const began = performance.now();
  for (;;) {
    if (existsSync(reopen)) {
      closeSync(file);
      file = openSync(log, 'a');
      rmSync(reopen);
    }
    const elapsed = (performance.now() - began) / 1000;
    const due = Math.min(elapsed, SECONDS) * BYTES_PER_SECOND;
    while (written.bytes < due) {
      const time = new Date().toISOString();
      const some: string[] = [];
      for (let line = 0; line < 500; line++) {
        written.lines += 1;
        some.push(
          written.lines % MARKED_EVERY === 0
            ? mark(++written.marks, time)
            : `${time} node1 web[7]: ${written.lines} GET /healthz?probe=readiness&from=kubelet 200 in 3 ms\n`,
        );
      }
      put(some.join(''));
    }
    if (elapsed >= SECONDS) break;
    await sleep(BEAT_MS);
  }
  // Whoever has told this one has read everything.
  written.lines += 1;
  put(mark(++written.marks, new Date().toISOString()));
  closeSync(file);
  return written;
}

function mark(number: number, time: string): string {
  const id = containerOf(number);
  return `${time} node1 containerd[9]: time="${time}" level=error msg="StopContainer for \\"${id}\\" failed" error="rpc error: code = DeadlineExceeded desc = an error occurs during waiting for container \\"${id}\\" to be killed: wait container \\"${id}\\": context deadline exceeded"\n`;
}

async function runCase({ name, directives, copies, bySize }: Case, root: string): Promise<readonly string[]> {
  const directory = join(root, name);
  const logs = join(directory, 'log');
  mkdirSync(logs, { recursive: true, mode: 0o755 });
  const log = join(logs, 'messages');
  const reopen = join(directory, 'reopen');
  const configuration = join(directory, 'logrotate.conf');
  const output = join(directory, 'out.ndjson');
  const first = mark(1, new Date().toISOString());
  writeFileSync(log, first);
  const told = copies
    ? []
    : ['postrotate', `touch ${reopen}; while [ -e ${reopen} ]; do sleep 0.01; done`, 'endscript'];
  const all = ['rotate 99', 'compressoptions -1', ...directives, ...told];
  writeFileSync(configuration, `${log} {\n${all.map((line) => `  ${line}\n`).join('')}}\n`, { mode: 0o644 });

  const kept = ['--state', join(directory, 'state'), '--output', output];
  const start = (): Service =>
    startService(['--follow', log, '--from-start', '--format', 'ndjson', '--fail-on', 'never', ...kept]);
  const services = [start()];
  const faults: string[] = [];
  const stop = new AbortController();
  const isTold = (number: number): boolean =>
    existsSync(output) && readFileSync(output, 'utf8').includes(containerOf(number));
  const rotators: Promise<void>[] = [];
  const at = async (seconds: number, act: () => Promise<void>): Promise<void> => {
    await sleep(seconds * 1000, undefined, { signal: stop.signal });
    await act();
  };
  const rotate = async (): Promise<void> => {
    const force = bySize ? [] : ['--force'];
    const rotator = spawn('logrotate', [...force, '--state', join(directory, 'rotated'), configuration], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if ((await exitOf(rotator)) !== 0) faults.push('logrotate failed');
  };
  try {
    // What is rotated before it follows at all is not its own to read.
    for (const end = performance.now() + END_MS; !isTold(1) && performance.now() < end; ) await sleep(50);
    const looks = bySize ? SECONDS - 1 : ROTATIONS;
    const rotating = (async () => {
      // One after the other: while one still compresses, the next would give up at its lock.
      for (let rotation = 1; rotation <= looks; rotation++) {
        const due = performance.now() + ((SECONDS - 0.5) / looks) * 1000;
        await sleep(Math.max(0, due - performance.now() - 200));
        await rotate();
        await sleep(Math.max(0, due - performance.now()));
      }
    })();
    rotators.push(rotating);
    const killing = KILLS.map((seconds) =>
      at(seconds, async () => {
        await services.at(-1)?.end('SIGKILL');
        services.push(start());
      }),
    );
    // Rotations that came late end after the last line: their scripts wait for nobody then.
    const written = await write(log, reopen, first);
    let isOver = false;
    const obliging = (async () => {
      while (!isOver) {
        rmSync(reopen, { force: true });
        await sleep(BEAT_MS);
      }
    })();
    await Promise.all([...rotators, ...killing]);
    isOver = true;
    await obliging;
    const last = services.at(-1) as Service;
    const began = performance.now();
    while (!isTold(written.marks)) {
      if (performance.now() - began > END_MS) break;
      await sleep(100);
    }
    const behind = performance.now() - began;
    const code = await last.end('SIGTERM');
    if (code !== 0) faults.push(`exit code ${code}`);
    const copiesMade = readdirSync(logs).length - 1;
    const result = resultOf(readFileSync(output, 'utf8'));
    faults.push(...compare(written, result, copies ? linesIn(logs) : null));
    if (copiesMade < 3) faults.push(`only ${copiesMade} rotations`);
    const said = services.map(({ err }) => err()).join('');
    if (said !== '')
      (copies ? console.log : (text: string) => faults.push(text))(`  ${name}: ${said.trim()}`);
    console.log(
      `${name}: ${written.lines} lines, ${result.lines} counted, ${result.told.size} of ${written.marks} incidents, ` +
        `${copiesMade} rotations, ${services.length - 1} kills, ${Math.round(behind)} ms behind at the end`,
    );
  } finally {
    stop.abort();
    for (const service of services) await service.end('SIGKILL');
  }
  return faults.map((fault) => `${name}: ${fault}`);
}

interface Result {
  readonly lines: number;
  readonly bytes: number;
  /** How often each container was announced as an incident. */
  readonly told: ReadonlyMap<string, number>;
}

function resultOf(ndjson: string): Result {
  const objects = objectsOf(ndjson);
  const summary = objects.findLast(({ type }) => type === 'summary');
  const told = new Map<string, number>();
  const finals = Number(objects.findLastIndex(({ type }) => type === 'summary'));
  const incidents = objects.slice(0, finals).filter(({ type }) => type === 'incident');
  for (const { id } of incidents) told.set(String(id), (told.get(String(id)) ?? 0) + 1);
  return { lines: Number(summary?.['lines']), bytes: Number(summary?.['bytes']), told };
}

/** `there`: lines that are on the disk at the end; null where all that was written is. */
function compare(written: Written, { lines, bytes, told }: Result, there: number | null): string[] {
  const faults: string[] = [];
  if (there === null) {
    if (lines !== written.lines) faults.push(`${lines} lines counted, ${written.lines} written`);
    if (bytes !== written.bytes) faults.push(`${bytes} bytes counted, ${written.bytes} written`);
    if (told.size !== written.marks) faults.push(`${told.size} of ${written.marks} incidents told`);
  } else if (lines < there || lines > written.lines + ROTATIONS) {
    faults.push(`${lines} lines counted, ${there} on the disk, ${written.lines} written`);
  }
  // Each is told when it is seen, and once more at the end.
  for (const [id, times] of told) if (times !== 2) faults.push(`${id} was told ${times} times`);
  return faults;
}

function linesIn(directory: string): number {
  let lines = 0;
  for (const name of readdirSync(directory)) {
    const bytes = readFileSync(join(directory, name));
    const text = name.endsWith('.gz') ? gunzipSync(bytes) : bytes;
    for (let at = text.indexOf(10); at >= 0; at = text.indexOf(10, at + 1)) lines += 1;
  }
  return lines;
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'close')) as [number | null];
  return code;
}

if (spawnSync('logrotate', ['--version']).error !== undefined) {
  console.error('logrotate is not installed');
  process.exit(2);
}
const wanted = CASES.filter(({ name }) => process.argv.length < 3 || process.argv.includes(name));
const root = mkdtempSync(join(tmpdir(), 'leaktrail-rotate-'));
const faults: string[] = [];
const waiting = [...wanted];
const work = async (): Promise<void> => {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
    faults.push(...(await runCase(next, root)));
};
await Promise.all([work(), work()]);
for (const fault of faults) console.error(fault);
if (faults.length > 0) {
  console.error(`files kept in ${root}`);
  process.exitCode = 1;
} else rmSync(root, { recursive: true });
