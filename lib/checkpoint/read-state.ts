/**
 * Reads one copy of a state and says what it is: not there, whole, damaged, or of a later version. Throws only
 * where a person has to decide: it may not be read, or is no ordinary file.
 */
import { constants } from 'node:fs';
import { StateError, wordsFor } from './state-error.js';
import { type DecodedState, decodeState, MAX_STATE_BYTES } from './state-file.js';
import { codeOf, type StateFs } from './state-fs.js';

export type StateCopy = DecodedState | { readonly kind: 'absent' };

// Without O_NONBLOCK a named pipe would hold the call until someone writes to it.
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export async function readState(fs: StateFs, path: string, memorySchema: number): Promise<StateCopy> {
  let file: Buffer;
  try {
    const handle = await fs.open(path, FLAGS);
    try {
      const stat = await handle.stat();
      if (!stat.isFile())
        throw new StateError(`${path}: expected a file for the state, found something else`);
      if (stat.size > MAX_STATE_BYTES)
        return { kind: 'damaged', reason: `it is larger than ${MAX_STATE_BYTES} bytes`, ours: false };
      file = Buffer.allocUnsafeSlow(stat.size);
      let length = 0;
      while (length < file.length) {
        const { bytesRead } = await handle.read(file, length, file.length - length, length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      file = file.subarray(0, length);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return { kind: 'absent' };
    if (code === 'EIO')
      return { kind: 'damaged', reason: 'it cannot be read (input/output error)', ours: true };
    if (code === 'ELOOP')
      throw new StateError(`${path}: is a symbolic link; name the file that it leads to with --state`);
    if (code === '') throw error;
    throw new StateError(
      `${path}: the state cannot be read: ${wordsFor(error)}; name another file with --state`,
      {
        cause: error,
      },
    );
  }
  return decodeState(file, memorySchema);
}
