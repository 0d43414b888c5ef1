/**
 * Runs one command and says how long it took and how much memory it needed.
 *
 * Peak and processor time come from GNU time. A process that ends leaves no other trace of them that Node could
 * read, so that without GNU time they are null.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Measured {
  readonly seconds: number;
  /** Processor time, user and system: what a busy machine changes least. */
  readonly cpuSeconds: number | null;
  /** Peak resident set, bytes. */
  readonly peakBytes: number | null;
}

const MAX_OUTPUT_BYTES = 1 << 30;
const TIME = '/usr/bin/time';

let gnuTime: boolean | undefined;
function hasGnuTime(): boolean {
  gnuTime ??= existsSync(TIME) && spawnSync(TIME, ['--version'], { encoding: 'utf8' }).stdout.includes('GNU');
  return gnuTime;
}

/** Start-up and end included. Throws an Error with the command's own words when it fails. */
export function measure(command: readonly string[], env: Readonly<Record<string, string>> = {}): Measured {
  const folder = mkdtempSync(join(tmpdir(), 'throughput-'));
  const usageFile = join(folder, 'usage');
  const [program = '', ...args] = hasGnuTime()
    ? [TIME, '-f', '%M %U %S', '-o', usageFile, ...command]
    : command;
  try {
    const start = performance.now();
    const { status, stderr, error } = spawnSync(program, args, {
      env: { ...process.env, ...env },
      // Not to /dev/null: grep notices that and stops at the first match.
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: MAX_OUTPUT_BYTES,
      encoding: 'utf8',
    });
    const seconds = (performance.now() - start) / 1000;
    if (status !== 0)
      throw new Error(`${command.join(' ')} ended with ${status}: ${error?.message ?? stderr.trim()}`);
    if (!hasGnuTime()) return { seconds, cpuSeconds: null, peakBytes: null };
    const [peak = 0, user = 0, system = 0] = readFileSync(usageFile, 'utf8').split(' ').map(Number);
    return { seconds, cpuSeconds: user + system, peakBytes: peak * 1024 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
