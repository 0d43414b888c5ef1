/**
 * What is said when a state cannot be kept: the file, what was being done to it, why that failed, and what to do.
 * Who reads it looks after a node that is sick already.
 */
import { reasonOf } from '../ingest/input-error.js';
import { codeOf } from './state-fs.js';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its directory is gone',
};

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'make room there',
  EDQUOT: 'make room there, or raise the quota',
  EROFS: 'mount it writable',
  EACCES: 'let the user of this process write to its directory',
  EPERM: 'let the user of this process write to its directory',
  EIO: "look for the disk in the kernel's log",
  ENOENT: 'create it again',
};

/** Why a run with this state must not start, for the user: in use, of a later version, not to be read or written. */
export class StateError extends Error {
  override readonly name = 'StateError';
}

/** `doing`: `writing /var/lib/leaktrail/state.tmp`. `isFirst`: none was saved before. */
export function saveError(path: string, doing: string, error: unknown, isFirst = false): Error {
  const remedy = REMEDIES[codeOf(error)];
  const advice = remedy === undefined ? '' : `: ${remedy}, or name another file with --state`;
  const standing = isFirst ? 'there is none yet' : 'the one saved before stays';
  return new Error(
    `${path}: the state could not be saved: ${doing}: ${wordsFor(error)}; ` +
      `${standing}, and it is tried again${advice}`,
    { cause: error },
  );
}

export function wordsFor(error: unknown): string {
  return REASONS[codeOf(error)] ?? reasonOf(error);
}
