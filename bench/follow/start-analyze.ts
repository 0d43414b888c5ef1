/**
 * Runs `analyze --format ndjson` beside the benchmark and notes when each container's first incident arrives. Times
 * are of the monotonic clock, which all processes of a machine have in common.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { packageRoot } from '../../lib/package-root.js';
import type { Scratch } from './scratch.js';

export interface RunningAnalyze {
  readonly pid: number;
  /** By container id: when its first incident was read here, ns. */
  readonly arrivals: ReadonlyMap<string, bigint>;
  /** Resolves when an incident of the container has arrived; rejects where that takes too long or analyze ends. */
  arrived(container: string, withinMs: number): Promise<bigint>;
  /** SIGTERM, and the counts of its summary. Rejects where it gives none. */
  stop(): Promise<Summary>;
}

export interface Summary {
  readonly bytes: number;
  readonly lines: number;
  readonly lostBytes: number;
  readonly lateEvents: number;
  readonly evictedContainers: number;
}

export interface AnalyzeStart {
  readonly args: readonly string[];
  /** For instance of `tail -f`. Default: nothing. */
  readonly stdin?: Readable;
  /** Directory in front of PATH. */
  readonly path?: string;
  /** Behind `node`. */
  readonly nodeArgs?: readonly string[];
}

const CONTAINER = /"containers":\[\{"id":"([0-9a-f]{64})"/;

export function startAnalyze(scratch: Scratch, start: AnalyzeStart): RunningAnalyze {
  const command = join(packageRoot(), 'dist', 'bin', 'analyze.cjs');
  const child: ChildProcess = scratch.own(
    spawn(process.execPath, [...(start.nodeArgs ?? []), command, '--format', 'ndjson', ...start.args], {
      stdio: [start.stdin ?? 'ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ...(start.path !== undefined && { PATH: `${start.path}:${process.env['PATH'] ?? ''}` }),
      },
    }),
  );
  const arrivals = new Map<string, bigint>();
  const waiting = new Map<string, (at: bigint) => void>();
  let open = '';
  let lastLine = '';
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4096);
  });
  child.stdout?.setEncoding('latin1').on('data', (text: string) => {
    const at = process.hrtime.bigint();
    const lines = (open + text).split('\n');
    open = lines.pop() ?? '';
    for (const line of lines) {
      lastLine = line;
      const id = CONTAINER.exec(line)?.[1];
      if (id === undefined || arrivals.has(id)) continue;
      arrivals.set(id, at);
      waiting.get(id)?.(at);
    }
  });
  const ended = once(child, 'close');

  return {
    pid: child.pid ?? 0,
    arrivals,
    async arrived(container, withinMs) {
      const known = arrivals.get(container);
      if (known !== undefined) return known;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(new Error(`no incident of ${container} within ${withinMs} ms: ${said}`)),
          withinMs,
        );
      });
      const gone = ended.then(() => {
        throw new Error(`analyze ended: ${said}`);
      });
      const seen = new Promise<bigint>((resolve) => waiting.set(container, resolve));
      try {
        return await Promise.race([seen, late, gone]);
      } finally {
        clearTimeout(timer);
        waiting.delete(container);
      }
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
      const found = lastLine.startsWith('{"type":"summary"') ? lastLine : null;
      if (found === null) throw new Error(`analyze ended without a summary: ${said}`);
      return JSON.parse(found) as Summary;
    },
  };
}
