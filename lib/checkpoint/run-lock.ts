/**
 * Keeps two runs from using one state. FILE.lock is a symbolic link whose target tells which process holds it: it
 * is there with its text or not at all, takes no room on a full disk, and `ls -l` shows it. It outlives a process
 * that was killed; the next run sees that the process is gone and takes it over.
 */
import type { Processes, ProcessIdentity } from './process-identity.js';
import { StateError, wordsFor } from './state-error.js';
import { codeOf, type StateFs, unlinkIfThere } from './state-fs.js';

export interface RunLock {
  /** Takes it, or makes sure that it is still held. Throws where another run has it. Returns what is to be told. */
  hold(): Promise<string | null>;
  release(): Promise<void>;
}

/** A disk that is full or failing must not keep a watch on that very node from starting. */
const SICK_DISK = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO']);

/** Tries to take it while others come and go. */
const ATTEMPTS = 8;

/** Another run has it. */
export class InUseError extends StateError {}

/** `option`: the one that names the file. */
export function createRunLock(fs: StateFs, path: string, processes: Processes, option = '--state'): RunLock {
  const link = `${path}.lock`;
  const mine = describe(processes.self);
  let held = false;

  const take = async (): Promise<string | null> => {
    let notice: string | null = null;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        await fs.symlink(mine, link);
        held = true;
        return notice;
      } catch (error) {
        const code = codeOf(error);
        if (SICK_DISK.has(code)) return withoutLock(link, error);
        if (code !== 'EEXIST') throw cannotLock(path, error);
      }
      const found = await target();
      if (found === null) continue;
      const owner = identify(found);
      if (owner === null) throw notALock(link);
      const life = processes.look(owner);
      if (life === 'runs')
        throw new InUseError(
          `${path}: in use by another run (pid ${owner.pid}); stop that one, or name another file with ${option}`,
        );
      if (life === 'unknown')
        notice = `${link}: was held by pid ${owner.pid} of another container; taken over as if it had ended`;
      try {
        await unlinkIfThere(fs, link);
      } catch (error) {
        if (SICK_DISK.has(codeOf(error))) return withoutLock(link, error);
        throw cannotLock(path, error);
      }
    }
    throw new StateError(
      `${link}: other runs keep taking it; start one only, or name another file with --state`,
    );
  };

  /** Null where there is none. */
  const target = async (): Promise<string | null> => {
    try {
      return await fs.readlink(link);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      if (codeOf(error) === 'EINVAL') throw notALock(link);
      throw cannotLock(path, error);
    }
  };

  return {
    async hold() {
      if (!held) return take();
      const found = await target();
      if (found === mine) return null;
      if (found === null) return take();
      const by = identify(found)?.pid ?? 'unknown';
      throw new StateError(
        `${path}: another run (pid ${by}) has taken it over; this one no longer saves its state`,
      );
    },
    async release() {
      if (!held) return;
      held = false;
      if ((await target().catch(() => null)) === mine) await fs.unlink(link).catch(() => {});
    },
  };
}

function describe({ pid, start, boot, namespace }: ProcessIdentity): string {
  return `pid=${pid} start=${start ?? '?'} boot=${boot ?? '?'} ns=${namespace ?? '?'}`;
}

function identify(text: string): ProcessIdentity | null {
  const match = /^pid=(\d{1,10}) start=(\S{1,32}) boot=(\S{1,64}) ns=(\S{1,32})$/.exec(text);
  if (match === null) return null;
  const [start = null, boot = null, namespace = null] = match.slice(2).map((v) => (v === '?' ? null : v));
  return { pid: Number(match[1]), start, boot, namespace };
}

function withoutLock(link: string, error: unknown): string {
  return `${link}: no lock could be taken: ${wordsFor(error)}; going on without, it is tried again`;
}

function notALock(link: string): StateError {
  return new StateError(`${link}: expected the lock of a run, found something else; move it away`);
}

function cannotLock(path: string, error: unknown): StateError {
  const why =
    codeOf(error) === 'ENOENT'
      ? 'its directory does not exist; create it'
      : `${wordsFor(error)}; let this user write there`;
  return new StateError(`${path}: no state can be kept there: ${why}, or name another file with --state`, {
    cause: error,
  });
}
