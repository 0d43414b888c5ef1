/**
 * Memory of this process and of others. Linux tells it in /proc, elsewhere `ps` is asked; what cannot be read is
 * null, never 0.
 */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const run = promisify(execFile);

export interface OwnMemory {
  readonly rssBytes: number;
  /** JavaScript objects that are live or not yet collected. */
  readonly heapUsedBytes: number;
  /** Memory of Buffers: outside of that heap. */
  readonly arrayBuffersBytes: number;
}

export function ownMemory(): OwnMemory {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return { rssBytes: rss, heapUsedBytes: heapUsed, arrayBuffersBytes: arrayBuffers };
}

/** `now` over `base`; below 0 where memory was given back since. */
export function growth(base: OwnMemory, now: OwnMemory): OwnMemory {
  return {
    rssBytes: now.rssBytes - base.rssBytes,
    heapUsedBytes: now.heapUsedBytes - base.heapUsedBytes,
    arrayBuffersBytes: now.arrayBuffersBytes - base.arrayBuffersBytes,
  };
}

export function highest(a: OwnMemory, b: OwnMemory): OwnMemory {
  return {
    rssBytes: Math.max(a.rssBytes, b.rssBytes),
    heapUsedBytes: Math.max(a.heapUsedBytes, b.heapUsedBytes),
    arrayBuffersBytes: Math.max(a.arrayBuffersBytes, b.arrayBuffersBytes),
  };
}

let collect: ((options?: { readonly type: 'minor' }) => void) | undefined;

/** Collects this process's garbage, so that what is read afterwards is live. Takes time with the size of the heap. */
export function collectGarbage(): void {
  if (collect === undefined) {
    // The only way to it without an option on the command line, which a library cannot ask for.
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as NonNullable<typeof collect>;
  }
  collect();
  // The memory of Buffers is freed beside the program's run; another collection, be it a small one, waits for that.
  collect({ type: 'minor' });
}

export interface ProcessMemory {
  /** Resident memory of the process and of all its descendants. */
  readonly rssBytes: number;
  /** Sum of the highest that each of them ever had; null where the system does not tell. */
  readonly peakRssBytes: number | null;
}

const KIB = 1024;

async function text(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'latin1');
  } catch {
    return null;
  }
}

/** `VmRSS:     1234 kB`; null without that line, as of a process that has ended. */
function statusBytes(status: string, name: string): number | null {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status);
  return found === null ? null : Number(found[1]) * KIB;
}

/** Every thread has its own children, and a Go program starts them from any. */
async function linuxChildren(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(threads.map((thread) => text(`/proc/${pid}/task/${thread}/children`)));
  return lists
    .flatMap((list) => list?.trim().split(' ') ?? [])
    .filter((word) => word !== '')
    .map(Number);
}

async function linuxMemory(pid: number): Promise<ProcessMemory | null> {
  const status = await text(`/proc/${pid}/status`);
  const rss = status === null ? null : statusBytes(status, 'VmRSS');
  if (status === null || rss === null) return null;
  let rssBytes = rss;
  let peakRssBytes = statusBytes(status, 'VmHWM') ?? rss;
  for (const child of await linuxChildren(pid)) {
    const memory = await linuxMemory(child);
    rssBytes += memory?.rssBytes ?? 0;
    peakRssBytes += memory?.peakRssBytes ?? 0;
  }
  return { rssBytes, peakRssBytes };
}

/** Lines of `ps -A -o pid=,ppid=,rss=`, the last in KiB. Null when the process is not among them. */
export function memoryInTable(table: string, pid: number): ProcessMemory | null {
  const rows = table
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter((row): row is [number, number, number] => row.length === 3 && row.every(Number.isFinite));
  const own = rows.find(([id]) => id === pid);
  if (own === undefined) return null;
  let rssBytes = 0;
  const seen = new Set<number>();
  for (let generation = [own]; generation.length > 0; ) {
    for (const [id, , kib] of generation) {
      seen.add(id);
      rssBytes += kib * KIB;
    }
    const parents = new Set(generation.map(([id]) => id));
    generation = rows.filter(([id, parent]) => parents.has(parent) && !seen.has(id));
  }
  return { rssBytes, peakRssBytes: null };
}

/** Of a process and all its descendants; null when it has ended or cannot be read. */
export async function processMemory(pid: number): Promise<ProcessMemory | null> {
  if (process.platform === 'linux') return linuxMemory(pid);
  try {
    return memoryInTable((await run('ps', ['-A', '-o', 'pid=,ppid=,rss='])).stdout, pid);
  } catch {
    return null;
  }
}
