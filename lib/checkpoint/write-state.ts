/**
 * Puts a new state in the place of the old one, so that at every moment, and after a crash at any, a whole one is
 * there to be loaded. Each step is one system call; a step that fails leaves FILE and FILE.previous as they were.
 *
 *   1. FILE.tmp is removed and created anew (O_EXCL, O_NOFOLLOW, mode 0600), written, and forced to the disk;
 *   2. FILE gets a second name, FILE.previous.tmp, which then replaces FILE.previous: both are the old state;
 *   3. FILE.tmp replaces FILE: from here on the new state is loaded;
 *   4. the directory is forced to the disk, so that the names outlast a power cut.
 */
import { constants } from 'node:fs';
import { dirname } from 'node:path';
import { saveError } from './state-error.js';
import type { EncodedState } from './state-file.js';
import { codeOf, type StateFs, type StateHandle, unlinkIfThere } from './state-fs.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

/** File systems that know no hard links (FAT, some network ones) answer with one of these. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** File systems whose directories cannot be forced; their renames are still whole or not done. */
const NO_DIRECTORY_SYNC = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EACCES']);

/**
 * `encode` is called once the file to write to is open. `safe` is called in the moment in which the new state is in
 * its place, with nothing in between. Rejects with an Error in words, which `isFirst` is for: no state was there before.
 */
export async function writeState(
  fs: StateFs,
  path: string,
  encode: () => Promise<EncodedState>,
  safe: () => void = () => {},
  isFirst = false,
): Promise<void> {
  const fresh = `${path}.tmp`;
  let doing = `creating ${fresh}`;
  let created = false;
  try {
    await unlinkIfThere(fs, fresh);
    const handle = await fs.open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    created = true;
    try {
      doing = `writing ${fresh}`;
      await writeWhole(handle, await encode());
      await handle.sync();
    } finally {
      await handle.close();
    }
    doing = `keeping the old one as ${path}.previous`;
    const undo = await keepPrevious(fs, path);
    doing = `renaming ${fresh}`;
    try {
      // Without a turn of the event loop in between: a process that is killed has said what its state says it did.
      fs.renameSync(fresh, path);
    } catch (error) {
      await undo();
      throw error;
    }
    safe();
    created = false;
    doing = `forcing the directory of ${path} to the disk`;
    await syncDirectory(fs, dirname(path));
  } catch (error) {
    // It would take up room where there may be none.
    if (created) await fs.unlink(fresh).catch(() => {});
    throw saveError(path, doing, error, isFirst);
  }
}

async function writeWhole(handle: StateHandle, { header, memory }: EncodedState): Promise<void> {
  let position = 0;
  for (const buffer of [header, memory]) {
    for (let offset = 0; offset < buffer.length; ) {
      // A disk that fills up takes a part, and refuses the next call.
      const { bytesWritten } = await handle.write(buffer, offset, buffer.length - offset, position);
      if (bytesWritten === 0) throw new Error('not a byte was taken');
      offset += bytesWritten;
      position += bytesWritten;
    }
  }
}

/** Returns what puts FILE back where it had to be moved away. */
async function keepPrevious(fs: StateFs, path: string): Promise<() => Promise<void>> {
  const previous = `${path}.previous`;
  const second = `${previous}.tmp`;
  const nothing = async () => {};
  // One that a crash left would be in the way.
  await unlinkIfThere(fs, second);
  try {
    await fs.link(path, second);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return nothing;
    if (!NO_LINKS.has(codeOf(error))) throw error;
    return movePrevious(fs, path);
  }
  // Over another name of the same file, rename does nothing; the next save removes the name then left.
  await fs.rename(second, previous);
  return nothing;
}

/** For a moment there is no FILE, which loading knows how to take. */
async function movePrevious(fs: StateFs, path: string): Promise<() => Promise<void>> {
  const previous = `${path}.previous`;
  try {
    await fs.rename(path, previous);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    return async () => {};
  }
  return () => fs.rename(previous, path).catch(() => {});
}

async function syncDirectory(fs: StateFs, directory: string): Promise<void> {
  try {
    const handle = await fs.open(directory, O_RDONLY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!NO_DIRECTORY_SYNC.has(codeOf(error))) throw error;
  }
}
