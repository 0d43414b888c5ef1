/**
 * Whether a run fits the machine it would run on. Feeding a line of gigabytes for real takes memory and disk; a
 * run that would bring the machine down is refused with the figures, before the first byte.
 */
import { readFile, statfs } from 'node:fs/promises';
import { constrainedMemory, memoryUsage } from 'node:process';
import { getHeapStatistics } from 'node:v8';
import { formatSize } from '../sizes.js';

export interface Machine {
  /** Memory that can still be had: of the machine, or of the cgroup where that is less. */
  readonly availableBytes: number;
  /** What bounds it, in words. */
  readonly boundBy: 'this machine' | 'this cgroup';
  /** Free space where the log files go. */
  readonly freeDiskBytes: number;
  /** They go to a tmpfs: what is written there is memory. */
  readonly diskIsMemory: boolean;
  /** Files that this process may have open; null: not known. */
  readonly openFiles: number | null;
  /** The most that the JavaScript objects of this process may take. */
  readonly heapBytes: number;
}

export interface Needs {
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly openFiles?: number;
  /** Of the memory, what is JavaScript objects. */
  readonly heapBytes?: number;
}

/** Of what is there a run takes this share at most: the machine lives on while it runs. */
const SHARE = 0.8;
/** Above it the cgroup's limit is a way of saying that there is none. */
const NO_LIMIT = 2 ** 60;
const TMPFS_MAGIC = 0x0102_1994;
/** What a Node process has open by itself, with some to spare. */
const OWN_FILES = 50;

export async function machineOf(directory: string): Promise<Machine> {
  const [memory, disk, limits] = await Promise.all([
    memoryAvailable(),
    statfs(directory),
    readFile('/proc/self/limits', 'utf8').catch(() => ''),
  ]);
  return {
    ...memory,
    freeDiskBytes: disk.bavail * disk.bsize,
    diskIsMemory: disk.type === TMPFS_MAGIC,
    openFiles: openFilesIn(limits),
    heapBytes: getHeapStatistics().heap_size_limit,
  };
}

/** Why the run does not fit, in a sentence with the figures; null where it does. */
export function whyNot(needs: Needs, machine: Machine): string | null {
  const memoryBytes = needs.memoryBytes + (machine.diskIsMemory ? needs.diskBytes : 0);
  if (memoryBytes > machine.availableBytes * SHARE) {
    const there = `${machine.boundBy} has ${formatSize(machine.availableBytes)} available`;
    const why =
      machine.diskIsMemory && needs.diskBytes > 0 ? ' (the log files go to a tmpfs, and count)' : '';
    return `needs ${formatSize(memoryBytes)} of memory${why}, and ${there} (at most ${SHARE * 100} % of it is taken)`;
  }
  if (needs.diskBytes > machine.freeDiskBytes * SHARE) {
    const there = `${formatSize(machine.freeDiskBytes)} are free where the log files go`;
    return `needs ${formatSize(needs.diskBytes)} of disk, and ${there} (at most ${SHARE * 100} % of it is taken)`;
  }
  if ((needs.heapBytes ?? 0) > machine.heapBytes * SHARE) {
    return `needs ${formatSize(needs.heapBytes ?? 0)} of JavaScript heap to manage so many small pieces, and Node allows ${formatSize(machine.heapBytes)} (--max-old-space-size)`;
  }
  const { openFiles } = machine;
  if (openFiles !== null && (needs.openFiles ?? 0) + OWN_FILES > openFiles) {
    return `needs ${needs.openFiles} open files, one for each container, and this process may have ${openFiles} (ulimit -n)`;
  }
  return null;
}

async function memoryAvailable(): Promise<Pick<Machine, 'availableBytes' | 'boundBy'>> {
  const machine = availableIn(await readFile('/proc/meminfo', 'utf8').catch(() => ''));
  const { freemem } = await import('node:os');
  const ofMachine = machine ?? freemem();
  const limit = constrainedMemory();
  if (limit > 0 && limit < NO_LIMIT) {
    // What others in the cgroup hold is not known; this process is the one that we know of.
    const ofCgroup = Math.max(0, limit - ((await cgroupUsage()) ?? memoryUsage.rss()));
    if (ofCgroup < ofMachine) return { availableBytes: ofCgroup, boundBy: 'this cgroup' };
  }
  return { availableBytes: ofMachine, boundBy: 'this machine' };
}

/** The soft limit of `/proc/<pid>/limits`; null where there is none, or none is stated. */
export function openFilesIn(limits: string): number | null {
  const files = /^Max open files\s+(\d+)\s/m.exec(limits)?.[1];
  return files === undefined ? null : Number(files);
}

/** MemAvailable of /proc/meminfo, in bytes: free, and what the kernel would give back. Null where it is not stated. */
export function availableIn(meminfo: string): number | null {
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}

/** Working set of our own cgroup, version 2 or 1, without the page cache that can be dropped; null where unknown. */
async function cgroupUsage(): Promise<number | null> {
  const own = await readFile('/proc/self/cgroup', 'utf8').catch(() => '');
  const v2 = /^0::(\/.*)$/m.exec(own)?.[1];
  const v1 = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(\/.*)$/m.exec(own)?.[1];
  const places = [
    ...(v1 === undefined ? [] : [`/sys/fs/cgroup/memory${v1}/memory.usage_in_bytes`]),
    '/sys/fs/cgroup/memory/memory.usage_in_bytes',
    ...(v2 === undefined ? [] : [`/sys/fs/cgroup${v2}/memory.current`]),
    '/sys/fs/cgroup/memory.current',
  ];
  for (const place of places) {
    const text = await readFile(place, 'utf8').catch(() => null);
    if (text === null) continue;
    const stat = await readFile(place.replace(/[^/]+$/, 'memory.stat'), 'utf8').catch(() => '');
    const cache = Number(/^(?:total_)?inactive_file (\d+)$/m.exec(stat)?.[1] ?? 0);
    return Math.max(0, Number(text) - cache);
  }
  return null;
}
