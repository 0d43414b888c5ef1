/**
 * A directory for the files of a run, on a disk and not in memory, which is removed at the end and on a signal. The
 * processes that a run starts are ended with it.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../lib/package-root.js';

export interface Scratch {
  readonly directory: string;
  /** A directory in it, made anew. */
  room(name: string): string;
  /** Killed when the scratch is removed, if it still runs. */
  own<Child extends ChildProcess>(child: Child): Child;
  remove(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Throws an Error where the disk has less room than `neededBytes` and as much again. */
export function openScratch(neededBytes = 0): Scratch {
  const parent = join(packageRoot(), 'bench', 'data');
  mkdirSync(parent, { recursive: true });
  const disk = statfsSync(parent);
  const free = disk.bavail * disk.bsize;
  if (free < neededBytes * 2)
    throw new Error(
      `${parent}: expected ${gigabytes(neededBytes * 2)} free on its disk, found ${gigabytes(free)}`,
    );
  const directory = mkdtempSync(join(parent, 'follow-'));
  const children = new Set<ChildProcess>();

  const remove = (): void => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  };
  for (const signal of SIGNALS)
    process.once(signal, () => {
      remove();
      process.exit(1);
    });
  process.once('exit', remove);

  return {
    directory,
    room(name) {
      const room = join(directory, name);
      rmSync(room, { recursive: true, force: true });
      mkdirSync(room);
      return room;
    },
    own(child) {
      children.add(child);
      child.once('exit', () => children.delete(child));
      return child;
    },
    remove,
  };
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
