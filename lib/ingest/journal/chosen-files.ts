/**
 * The files that journalctl is started with. It opens all of them or none: what is no journal is left out for good,
 * what is only in trouble (being rotated, no descriptors, not mounted yet) for one start, and each other start begins
 * with all that were named.
 */
import { namesWithout, saidOfFiles, sortFiles } from './journal-files.js';
import type { RunEnd } from './journalctl.js';
import type { Problems } from './problems.js';

export interface ChosenFilesOptions {
  /** Paths and globs; empty where no files were named. */
  readonly names: readonly string[];
  readonly problems: Problems;
  /** Runs journalctl with one file alone. */
  readonly runAlone: (file: string) => Promise<{ readonly kind: 'replaced' } | RunEnd>;
}

export interface ChosenFiles {
  /** What journalctl is started with now. */
  next(): Promise<readonly string[]>;
  /** Some are left out that may be read at the next start. */
  readonly isPartial: boolean;
  /** journalctl has opened what it was started with. */
  opened(): void;
  /**
   * After an end of journalctl: `again` at once, without those that are in the way; `never`, for none is a journal;
   * null where it did not end because of them, or where they may pass all the same.
   */
  after(end: RunEnd): Promise<'again' | 'never' | null>;
}

export function createChosenFiles({ names, problems, runAlone }: ChosenFilesOptions): ChosenFiles {
  const leftOut = new Set<string>();
  /** In trouble, as it was told. */
  const troubled = new Map<string, string>();
  /** For the next start alone. */
  let fine: readonly string[] | null = null;
  let isPartial = false;

  async function refusal(file: string): Promise<string | null> {
    const alone = await runAlone(file);
    return alone.kind === 'exit' ? saidOfFiles(alone.said.join('; ')) : null;
  }

  return {
    async next() {
      const chosen = fine;
      isPartial = chosen !== null && troubled.size > 0;
      fine = null;
      return chosen ?? (leftOut.size === 0 ? names : await namesWithout(names, leftOut));
    },
    get isPartial() {
      return isPartial;
    },
    opened() {
      if (isPartial) return;
      for (const file of troubled.keys()) problems.fileOver(file, 'is not in the way any more');
      troubled.clear();
    },
    async after(end) {
      if (names.length === 0 || end.kind === 'not-started') return null;
      if (saidOfFiles(end.said.join('; ')) === null) return null;
      const { good, bad } = await sortFiles(names, leftOut, refusal);
      for (const { file, reason } of bad.filter(({ mayPass }) => !mayPass)) {
        leftOut.add(file);
        troubled.delete(file);
        problems.file(file, reason);
      }
      const passing = bad.filter(({ mayPass }) => mayPass);
      if (good.length === 0) return passing.length === 0 ? 'never' : null;
      for (const { file, reason } of passing) {
        if (troubled.get(file) !== reason) problems.file(file, reason);
        troubled.set(file, reason);
      }
      // What fails once more without them is tried again later: it may change under our hands.
      if (isPartial || bad.length === 0) return null;
      fine = good;
      return 'again';
    },
  };
}
