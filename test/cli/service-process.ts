/** A followed log, and the built `analyze` as a process beside it, for tests that kill it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../root.js';

export const ANALYZE = join(fileURLToPath(ROOT), 'dist', 'bin', 'analyze.cjs');
const DEADLINE_MS = 20_000;

export interface Service {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  /** When both outputs together satisfy it; rejects with what there is after twenty seconds, or when it ended. */
  until(what: string, isThere: (out: string, err: string) => boolean): Promise<void>;
  /** Sends the signal and waits for the end. Gives the exit code, null for one that was killed. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

export interface StartOptions {
  /** Whether standard output is read. Default true. */
  readonly reads?: boolean;
  /** A module that is loaded before it. */
  readonly preload?: string;
}

export function startService(args: readonly string[], options: StartOptions = {}): Service {
  const { preload, reads = true } = options;
  const env = { ...process.env, NODE_OPTIONS: preload === undefined ? '' : `--import=${preload}` };
  const child = spawn(process.execPath, [ANALYZE, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  const changed = new Set<() => void>();
  const tell = (): void => {
    for (const listener of changed) listener();
  };
  if (reads)
    child.stdout.on('data', (chunk) => {
      out += chunk;
      tell();
    });
  child.stderr.on('data', (chunk) => {
    err += chunk;
    tell();
  });
  const closed = once(child, reads ? 'close' : 'exit');
  closed.then(tell, tell);
  return {
    child,
    out: () => out,
    err: () => err,
    until: (what, isThere) =>
      new Promise((resolve, reject) => {
        const settle = (error: Error | null): void => {
          clearTimeout(deadline);
          changed.delete(look);
          if (error === null) resolve();
          else reject(error);
        };
        const fail = (why: string): void =>
          settle(new Error(`${why} before ${what}: ${out.slice(-2_000)} | ${err.slice(-2_000)}`));
        const look = (): void => {
          if (isThere(out, err)) settle(null);
          else if (child.exitCode !== null || child.signalCode !== null) fail('it ended');
        };
        const deadline = setTimeout(() => fail('the time was over'), DEADLINE_MS);
        changed.add(look);
        look();
      }),
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      const [code] = (await closed) as [number | null];
      return code;
    },
  };
}

export function containerOf(n: number): string {
  return (0xaaaaaaaaaaa0 + n).toString(16).padEnd(64, '0');
}

/** A stop call of dockerd that does not end: two lines, ten seconds apart. */
export function stopCall(container: number, ms: number): readonly [string, string] {
  const line = (at: number, message: string): string => {
    const time = new Date(at).toISOString();
    return `${time} node1 dockerd[77]: time="${time}" level=info msg="Container ${containerOf(container)} failed to exit within 10 seconds of ${message}"`;
  };
  return [line(ms, 'signal 15 - using the force'), line(ms + 10_000, 'kill - trying direct SIGKILL')];
}

const NOW = Date.now() - 60_000;

/** Three stop calls of a container, two minutes apart: confirmed. */
export function stuck(container: number): string {
  const calls = [240_000, 120_000, 0].flatMap((before) => stopCall(container, NOW - before));
  return calls.map((line) => `${line}\n`).join('');
}

/** The words for a service that reads all of a log and tells it as ndjson. */
export function following(log: string, ...args: readonly string[]): readonly string[] {
  return ['--follow', log, '--from-start', '--format', 'ndjson', '--fail-on', 'never', ...args];
}

export function exitOf(container: number, ms: number): string {
  const time = new Date(ms).toISOString();
  return `${time} node1 dockerd[77]: time="${time}" level=info msg="ignoring event" container=${containerOf(container)} module=libcontainerd namespace=moby topic=/tasks/delete type="*events.TaskDelete"`;
}

/** The objects of ndjson; a last line that was cut is left out. */
export function objectsOf(ndjson: string): readonly Record<string, unknown>[] {
  return ndjson
    .slice(0, ndjson.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
