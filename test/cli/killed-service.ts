/**
 * Kills an `analyze` that follows a growing log at any moment, starts it again, and holds all that its runs said
 * against what is in the log: nothing twice, nothing missing, exact counts.
 */
import { closeSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { exitOf, objectsOf, type Service, startService, stopCall } from './service-process.js';

export interface KillOptions {
  /** Empty, and of this run alone. */
  readonly directory: string;
  readonly kills: number;
  readonly random: () => number;
  /** Containers that are stuck. Default 12. */
  readonly containers?: number;
}

export interface KilledRuns {
  /** What is wrong, in words; empty where nothing is. */
  readonly faults: readonly string[];
  /** Lines of the log, and updates that were told. */
  readonly lines: number;
  readonly updates: number;
}

const CALLS = 5;
const MINUTE = 60_000;

export async function killAndGoOn(options: KillOptions): Promise<KilledRuns> {
  const { directory, kills, random, containers = 12 } = options;
  const log = join(directory, 'messages');
  const output = join(directory, 'out.ndjson');
  const text = linesOf(containers);
  writeFileSync(log, '');
  const args = ['--follow', log, '--from-start', '--format', 'ndjson', '--fail-on', 'never'];
  const kept = ['--state', join(directory, 'state'), '--output', output];
  const runs: Service[] = [];
  const start = (): Service => {
    const service = startService([...args, ...kept]);
    runs.push(service);
    return service;
  };

  let service = start();
  const descriptor = openSync(log, 'a');
  const per = Math.ceil(text.length / (kills + 1));
  try {
    for (let at = 0; at < text.length; ) {
      const until = Math.min(text.length, at + per);
      while (at < until) {
        const some = 1 + Math.floor(random() * 20);
        const piece = text.slice(at, Math.min(until, at + some)).join('');
        at = Math.min(until, at + some);
        // A line may be seen half written.
        const cut = Math.floor(random() * piece.length);
        writeSync(descriptor, piece.slice(0, cut));
        if (random() < 0.5) await anInstant(random() * 12);
        writeSync(descriptor, piece.slice(cut));
      }
      if (at >= text.length) break;
      // Some are killed while they start, most when they have begun to tell.
      if (random() < 0.8) {
        const { length } = readOr(output);
        await waitUntil(() => readOr(output).length > length, 300);
      }
      await anInstant(random() * 60);
      await service.end('SIGKILL');
      service = start();
    }
    // The last line of all is told by itself: then everything has been read.
    const isRead = await waitUntil(() => readOr(output).includes('"state":"resolved"'), 15_000);
    const code = await service.end('SIGTERM');
    const faults = isRead ? [] : ['the last line was not told'];
    if (code !== 0) faults.push(`exit code ${code}`);
    const said = runs.map(({ out }) => out()).join('');
    const expected = { incidents: containers + 1, lines: text.length, bytes: statSync(log).size };
    faults.push(...faultsOf('standard output', said, expected));
    faults.push(...faultsOf('--output', readOr(output), expected));
    for (const run of runs) if (run.err() !== '') faults.push(`standard error: ${run.err()}`);
    return { faults, lines: text.length, updates: objectsOf(readOr(output)).length - containers - 2 };
  } finally {
    closeSync(descriptor);
    for (const run of runs) await run.end('SIGKILL');
  }
}

/** Stop calls of all containers in turn, between lines that mean nothing; then those of another one, and its exit. */
function linesOf(containers: number): readonly string[] {
  const started = Date.UTC(2026, 10, 21, 10);
  const dated: [number, string][] = [];
  for (let call = 0; call < CALLS; call++)
    for (let n = 1; n <= containers; n++) {
      const ms = started + call * 2 * MINUTE + n * 500;
      const [force, kill] = stopCall(n, ms);
      dated.push([ms, force], [ms + 10_000, kill]);
    }
  const last = containers + 1;
  const ended = started + CALLS * 2 * MINUTE;
  for (let call = 0; call < CALLS; call++) {
    const [force, kill] = stopCall(last, ended + call * MINUTE);
    dated.push([ended + call * MINUTE, force], [ended + call * MINUTE + 10_000, kill]);
  }
  const exit = `${exitOf(last, ended + CALLS * MINUTE)}\n`;
  return dated
    .toSorted(([a], [b]) => a - b)
    .flatMap(([ms, line]) => [line, ...noise(ms)])
    .map((line) => `${line}\n`)
    .concat(exit);
}

function noise(ms: number): string[] {
  const time = new Date(ms).toISOString();
  return [1, 2, 3].map((n) => `${time} node1 systemd[1]: Started Session ${n} of user root.`);
}

function faultsOf(
  where: string,
  ndjson: string,
  expected: { readonly incidents: number; readonly lines: number; readonly bytes: number },
): string[] {
  const faults: string[] = [];
  const objects = objectsOf(ndjson);
  const incidents = objects.filter(({ type }) => type === 'incident');
  const updates = incidents.slice(0, -expected.incidents);
  const finals = incidents.slice(-expected.incidents);
  const seen = new Set<string>();
  for (const { id, state, certainty } of updates) {
    const key = `${id} ${state} ${certainty}`;
    if (seen.has(key)) faults.push(`${where}: said twice: ${key}`);
    seen.add(key);
  }
  const announced = new Set(updates.map(({ id }) => id)).size;
  if (announced !== expected.incidents)
    faults.push(`${where}: ${announced} of ${expected.incidents} announced`);
  for (const { id, attempts } of finals)
    if (attempts !== CALLS) faults.push(`${where}: ${id} has ${attempts} attempts`);
  const summary = objects.at(-1);
  for (const name of ['lines', 'bytes'] as const)
    if (summary?.[name] !== expected[name])
      faults.push(`${where}: ${summary?.[name]} ${name} counted, ${expected[name]} written`);
  return faults;
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

export async function waitUntil(isThere: () => boolean, deadlineMs: number, everyMs = 10): Promise<boolean> {
  const deadline = performance.now() + deadlineMs;
  while (!isThere()) {
    if (performance.now() > deadline) return false;
    await anInstant(everyMs);
  }
  return true;
}

/** The moments at which a process is killed are drawn, they are no wait for anything. */
function anInstant(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
