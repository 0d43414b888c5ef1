/**
 * The state behind `analyze --state FILE`: loaded when a run starts, saved again and again while it goes on. A
 * copy that is damaged is set aside and the one before it used; what a later version wrote is left alone.
 */
import { nodeProcesses, type Processes } from './process-identity.js';
import { readState, type StateCopy } from './read-state.js';
import { createRunLock } from './run-lock.js';
import { StateError, saveError } from './state-error.js';
import { encodeState, type StateVersions } from './state-file.js';
import { codeOf, nodeStateFs, type StateFs } from './state-fs.js';
import type { Checkpoint, Loaded } from './types.js';
import { writeState } from './write-state.js';

export interface CheckpointOptions extends StateVersions {
  readonly fs?: StateFs;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  readonly processes?: Processes;
}

export interface CheckpointFile {
  /**
   * First of all, and once. Throws a StateError where the run must not start: another one holds the
   * state, a later version wrote it, it is no state file, or may not be read or written.
   */
  load(): Promise<Loaded>;
  /**
   * Saves what `make` returns. It is called when the file to write is open, synchronously with the copying, maybe
   * after this call returned. During a save only the last `make` waits, with its `safe`, and all callers for one promise.
   * Rejects with an Error for the user; what was saved before stays, and the next call tries anew. `safe` is called
   * in the moment in which what was made is what the next run loads.
   */
  save(make: () => Checkpoint, safe?: () => void): Promise<void>;
  /** Saves of this run, and for how long the last one held up everything else, ms. */
  counts(): { readonly saved: number; readonly failed: number; readonly heldUpMs: number };
  /** Waits for a save under way and lets go of the lock. */
  close(): Promise<void>;
}

interface Wanted {
  readonly make: () => Checkpoint;
  readonly safe: () => void;
}

const WHAT_IS_LOST = 'how far the run before had read is not known, and what came since then may be missing';

/** Copies that are set aside are kept as `.damaged`, `.damaged-2`, …; at this many the last is replaced. */
const MAX_DAMAGED = 9;

export function openCheckpoint(path: string, options: CheckpointOptions): CheckpointFile {
  const { fs = nodeStateFs, now = Date.now, memorySchema, program } = options;
  const lock = createRunLock(fs, path, options.processes ?? nodeProcesses());
  const copies = { current: path, previous: `${path}.previous` } as const;
  /** Damaged copies that are still in the way: saving over them would take them from whoever looks into it. */
  const damaged = new Set<string>();
  let loaded = false;
  /** There is none to go on from yet. */
  let isFirst = true;
  let saved = 0;
  let failed = 0;
  let heldUpMs = 0;
  let running: Promise<void> | null = null;
  let waiting: { wanted: Wanted; readonly done: Promise<void> } | null = null;

  const setAside = async (): Promise<string[]> => {
    const moved: string[] = [];
    for (const copy of damaged) {
      const { name, replaces } = await freeName(fs, `${copy}.damaged`);
      try {
        await fs.rename(copy, name);
      } catch (error) {
        if (codeOf(error) !== 'ENOENT')
          throw saveError(path, `setting the damaged ${copy} aside`, error, isFirst);
      }
      damaged.delete(copy);
      moved.push(`${copy} is kept as ${name}${replaces ? ', in the place of an older one' : ''}`);
    }
    return moved;
  };

  const read = async (notices: string[]): Promise<Loaded['checkpoint']> => {
    const current = refuseNewer(copies.current, await readState(fs, copies.current, memorySchema), program);
    if (current.kind === 'whole') return use(copies.current, current, notices);
    const previous = refuseNewer(
      copies.previous,
      await readState(fs, copies.previous, memorySchema),
      program,
    );
    if (current.kind === 'damaged') {
      if (!current.ours && previous.kind === 'absent')
        throw new StateError(
          `${path}: expected a state of leaktrail, found another file; name another with --state`,
        );
      damaged.add(copies.current);
      notices.push(`${copies.current}: damaged: ${current.reason}`);
    }
    if (previous.kind === 'absent') {
      if (current.kind === 'damaged') notices.push(`${path}: there is no earlier one: starting afresh`);
      return null;
    }
    if (previous.kind === 'damaged') {
      damaged.add(copies.previous);
      notices.push(`${copies.previous}: damaged, too: ${previous.reason}; starting afresh`);
      return null;
    }
    if (current.kind === 'absent') notices.push(`${path}: is not there`);
    notices.push(`${copies.previous}: used instead, of ${previous.checkpoint.written}`);
    return use(copies.previous, previous, notices);
  };

  const whyLost = async (): Promise<string | null> => {
    if (damaged.size > 0) return `is damaged: ${WHAT_IS_LOST}`;
    const told = `${path}.told`;
    if (!(await isThere(fs, told))) return null;
    return `is gone, and ${told} shows that there was one: ${WHAT_IS_LOST}`;
  };

  const saveOnce = async ({ make, safe }: Wanted): Promise<void> => {
    try {
      if (!loaded) throw new Error(`${path}: saved before it was loaded`);
      await lock.hold();
      await setAside();
      await writeState(
        fs,
        path,
        () => {
          const began = performance.now();
          const encoded = encodeState(make(), { memorySchema, program }, new Date(now()));
          heldUpMs = performance.now() - began;
          return encoded;
        },
        safe,
        isFirst,
      );
      isFirst = false;
      saved++;
    } catch (error) {
      failed++;
      throw error;
    }
  };

  const start = (wanted: Wanted): Promise<void> => {
    const run = saveOnce(wanted).finally(() => {
      if (running === run) running = null;
    });
    running = run;
    return run;
  };

  return {
    async load() {
      const notices: string[] = [];
      const told = await lock.hold();
      if (told !== null) notices.push(told);
      try {
        const checkpoint = await read(notices);
        const lost = checkpoint === null ? await whyLost() : null;
        loaded = true;
        isFirst = checkpoint === null;
        await setAside().then(
          (moved) => notices.push(...moved),
          // Saving tries it again, and saves nothing before it is done.
          (error: unknown) => notices.push((error as Error).message),
        );
        return { checkpoint, notices, lost };
      } catch (error) {
        await lock.release();
        throw error;
      }
    },

    save(make, safe = () => {}) {
      const wanted = { make, safe };
      // Asked first: between two saves there is a moment with none running and one waiting.
      if (waiting !== null) {
        waiting.wanted = wanted;
        return waiting.done;
      }
      if (running === null) return start(wanted);
      const next = () => {
        const { wanted: newest } = waiting ?? { wanted };
        waiting = null;
        return start(newest);
      };
      waiting = { wanted, done: running.then(next, next) };
      return waiting.done;
    },

    counts: () => ({ saved, failed, heldUpMs }),

    async close() {
      while (running !== null || waiting !== null) await (waiting?.done ?? running)?.catch(() => {});
      await lock.release();
    },
  };
}

function use(
  copy: string,
  { checkpoint, notice }: Extract<StateCopy, { kind: 'whole' }>,
  notices: string[],
): Loaded['checkpoint'] {
  if (notice !== null) notices.push(`${copy}: ${notice}`);
  return checkpoint;
}

function refuseNewer(
  copy: string,
  state: StateCopy,
  program: string,
): Exclude<StateCopy, { readonly kind: 'newer' }> {
  if (state.kind !== 'newer') return state;
  throw new StateError(
    `${copy}: written by leaktrail ${state.program}, which this one (${program}) cannot go on from; ` +
      'use that version, or name another file with --state',
  );
}

async function freeName(fs: StateFs, wanted: string): Promise<{ name: string; replaces: boolean }> {
  for (let count = 1; ; count++) {
    const name = count === 1 ? wanted : `${wanted}-${count}`;
    const there = await isThere(fs, name);
    if (!there || count === MAX_DAMAGED) return { name, replaces: there };
  }
}

function isThere(fs: StateFs, path: string): Promise<boolean> {
  return fs.lstat(path).then(
    () => true,
    () => false,
  );
}
