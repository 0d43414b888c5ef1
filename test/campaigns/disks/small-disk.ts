/**
 * A file system of its own, of a few megabytes of memory, that can be filled up to the last byte or the last inode,
 * kept so, and made read-only. Needs root, and a mount namespace that nobody else sees.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../loggers/until.js';

export interface SmallDisk {
  readonly path: string;
  /** Takes every byte, again and again: what a failing write gives back is gone at once. */
  fill(): void;
  /** Takes every inode: what is there can still be written. */
  fillInodes(): void;
  /** Frees what was taken. */
  free(): void;
  /** Waits while something on it is open for writing. */
  readOnly(): Promise<void>;
  writable(): void;
}

const DISK_BYTES = 64 * 1024 * 1024;
const INODES = 200;
const REFILL_MS = 5;
const PIECES = [1024 * 1024, 4096, 1];

export function mountSmallDisk(path: string): SmallDisk {
  mkdirSync(path, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES},nr_inodes=${INODES}`, 'tmpfs', path]);
  const ballast = join(path, 'ballast');
  let keeping: ReturnType<typeof setInterval> | null = null;
  const keep = (take: () => void): void => {
    take();
    keeping = setInterval(take, REFILL_MS);
  };
  const takeBytes = (): void => {
    const file = openSync(join(ballast, 'bytes'), 'a');
    for (const bytes of PIECES) while (takes(() => writeSync(file, Buffer.alloc(bytes)) === bytes));
    closeSync(file);
  };
  let named = 0;
  const takeInodes = (): void => {
    while (takes(() => closeSync(openSync(join(ballast, `${named}`), 'w')) === undefined)) named++;
  };
  return {
    path,
    fill() {
      mkdirSync(ballast);
      keep(takeBytes);
    },
    fillInodes() {
      mkdirSync(ballast);
      keep(takeInodes);
    },
    free() {
      if (keeping !== null) clearInterval(keeping);
      keeping = null;
      rmSync(ballast, { recursive: true, force: true });
    },
    readOnly: () =>
      until(`${path} read-only`, () => {
        try {
          execFileSync('mount', ['-o', 'remount,ro', path], { stdio: 'ignore' });
          return true;
        } catch {
          return false;
        }
      }),
    writable: () => void execFileSync('mount', ['-o', 'remount,rw', path]),
  };
}

function takes(take: () => boolean): boolean {
  try {
    return take();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}
