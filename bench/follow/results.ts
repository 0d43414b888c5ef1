/** Where results are kept, with the machine that they were measured on: the pages show what is stored here. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../lib/package-root.js';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
  /** Processes that wanted to run, mean of a minute, when the result was stored: other work disturbs. */
  readonly load: number;
  /** Of the last five minutes: share in which something that could run waited for a processor; null where Linux does not tell. */
  readonly waitedShare: number | null;
  /** When the result was stored. */
  readonly date: string;
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    node: process.version,
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    waitedShare: waitedShare(),
    date: new Date().toISOString().slice(0, 10),
  };
}

function waitedShare(): number | null {
  try {
    const percent = /^some .*avg300=([\d.]+)/m.exec(readFileSync('/proc/pressure/cpu', 'utf8'))?.[1];
    return percent === undefined ? null : Math.round(Number(percent)) / 100;
  } catch {
    return null;
  }
}

export function store(name: string, result: unknown): void {
  const directory = join(packageRoot(), 'bench', 'results', 'follow');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
}
