/**
 * Keeps two runs from appending to one file of `--output`: a symbolic link beside it tells which process does. It is
 * advice: where none can be made, the file is written nevertheless.
 */
import { realpath } from 'node:fs/promises';
import { nodeProcesses } from '../checkpoint/process-identity.js';
import { createRunLock, InUseError } from '../checkpoint/run-lock.js';
import { nodeStateFs } from '../checkpoint/state-fs.js';
import { UsageError } from './usage-error.js';

/** Throws a UsageError where another run has the file. Gives what lets it go. */
export async function lockOutput(path: string, warn: (text: string) => void): Promise<() => Promise<void>> {
  const file = await realpath(path).catch(() => path);
  const lock = createRunLock(nodeStateFs, file, nodeProcesses(), '--output');
  try {
    const notice = await lock.hold();
    if (notice !== null) warn(`--output: ${notice}`);
  } catch (error) {
    if (error instanceof InUseError) throw new UsageError(`--output: ${error.message}`);
  }
  return lock.release;
}
