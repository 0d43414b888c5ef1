/**
 * Watches directories so that news is read at once. A watch may fail (limit of inotify, a file system that has
 * none) or stay silent (network file systems): then its directory is looked at more often, and nothing is lost.
 */
import type { FollowFs } from './follow-fs.js';

export interface Watches {
  /** Watches the directory if it is not watched yet. */
  cover(directory: string): void;
  /** Ends the watches of directories that are not among these. */
  keep(directories: ReadonlySet<string>): void;
  /** A look found news that the watch should have told: it is set up anew, and trusted again when it tells some. */
  missed(directory: string): void;
  /** Whether it told anything since this was asked last. */
  heard(directory: string): boolean;
  /** Directories that have to be looked at without being told. */
  unwatched(): readonly string[];
  close(): void;
}

interface Watch {
  end: (() => void) | null;
  heard: boolean;
  /** Looks in a row that found news it had not told. */
  missed: number;
}

const MISSES = 2;

export function createWatches(
  fs: FollowFs,
  onNews: (directory: string, name: string | null, names: boolean) => void,
): Watches {
  const watches = new Map<string, Watch>();

  const set = (directory: string, watch: Watch): void => {
    watch.end?.();
    watch.end = null;
    try {
      const end = fs.watch(
        directory,
        (name, names) => {
          watch.heard = true;
          watch.missed = 0;
          onNews(directory, name, names);
        },
        () => {
          if (watch.end === end) watch.end = null;
          end();
        },
      );
      watch.end = end;
    } catch {
      // No such directory yet, or no watch to be had: it is looked at instead.
    }
  };

  return {
    cover(directory) {
      const known = watches.get(directory);
      if (known !== undefined) {
        if (known.end === null) set(directory, known);
        return;
      }
      const watch: Watch = { end: null, heard: false, missed: 0 };
      watches.set(directory, watch);
      set(directory, watch);
    },
    keep(directories) {
      for (const [directory, watch] of watches) {
        if (directories.has(directory)) continue;
        watch.end?.();
        watches.delete(directory);
      }
    },
    missed(directory) {
      const watch = watches.get(directory);
      if (watch === undefined) return;
      watch.missed += 1;
      set(directory, watch);
    },
    heard(directory) {
      const watch = watches.get(directory);
      const heard = watch?.heard ?? false;
      if (watch !== undefined) watch.heard = false;
      return heard;
    },
    unwatched: () =>
      [...watches].flatMap(([directory, { end, missed }]) =>
        end === null || missed >= MISSES ? [directory] : [],
      ),
    close() {
      for (const { end } of watches.values()) end?.();
      watches.clear();
    },
  };
}
