/**
 * One `analyze` that follows, as a service runs it: started, killed, started again, ended; and what it said.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import split2 from 'split2';
import { packageRoot } from '../../../lib/package-root.js';

const ANALYZE = join(packageRoot(), 'dist/bin/analyze.cjs');

export interface Said {
  readonly [field: string]: unknown;
}

export interface Follower {
  /** Everything that all of its processes printed. */
  readonly said: readonly Said[];
  readonly complaints: readonly string[];
  /** SIGKILL, and the same command again. */
  killAndRestart(): Promise<void>;
  /** SIGTERM once it has nothing more to do; gives the exit code and how long it took, seconds. */
  finish(): Promise<{ readonly code: number | null; readonly seconds: number }>;
}

/** CPU time of a process and its children, clock ticks. */
function ticks(pid: number): number {
  let sum = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(name) === pid || Number(fields[1]) === pid) sum += Number(fields[11]) + Number(fields[12]);
    } catch {
      // It has just ended.
    }
  }
  return sum;
}

export function follow(args: readonly string[]): Follower {
  const said: Said[] = [];
  const complaints: string[] = [];
  let child: ChildProcess;
  let read: Promise<unknown>;

  function start(): void {
    const started = spawn(process.execPath, [ANALYZE, '--format', 'ndjson', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // A killed one leaves half a line.
    const parse = (line: string): void => {
      if (line.endsWith('}')) said.push(JSON.parse(line));
    };
    const lines = started.stdout.pipe(split2((line: string) => void parse(line))).resume();
    const errors = started.stderr.pipe(split2((line: string) => void complaints.push(line))).resume();
    read = Promise.all([once(lines, 'end'), once(errors, 'end')]);
    child = started;
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    const exit = once(child, 'exit');
    child.kill(signal);
    const [code] = await exit;
    await read;
    return code;
  }

  /** Waits until it has used less than 3 % of a core for three seconds: it also rests while a state is written. */
  async function idle(): Promise<void> {
    const deadline = performance.now() + 90_000;
    let quiet = 0;
    for (let before = ticks(child.pid ?? 0); performance.now() < deadline; ) {
      await pause(1000);
      const now = ticks(child.pid ?? 0);
      quiet = Math.abs(now - before) <= 3 ? quiet + 1 : 0;
      if (quiet === 3) return;
      before = now;
    }
    throw new Error('analyze: still busy after 90 s');
  }

  start();
  return {
    said,
    complaints,
    async killAndRestart() {
      await end('SIGKILL');
      start();
    },
    async finish() {
      await idle();
      const from = performance.now();
      const code = await end('SIGTERM');
      return { code, seconds: (performance.now() - from) / 1000 };
    },
  };
}
