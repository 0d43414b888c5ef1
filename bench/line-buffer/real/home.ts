/**
 * The directory that the runs' own ones lie in. Root deletes what is in it, so it is used only where nobody else can
 * have put anything there or put another in its place: ours alone, below directories that only root or we can change.
 */
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RealUnavailable } from './requirements.js';

/** Below the parent. It exists while there is a run, or something that a run could not remove. */
export const HOME = 'leaktrail';

export interface Home {
  /** Without symbolic links. */
  readonly path: string;
  /** The open directory: what was checked, whatever becomes of its name. */
  readonly handle: FileHandle;
}

/** Group and others may do nothing. */
const PRIVATE = 0o077;
const WRITABLE_BY_OTHERS = 0o022;
/** In such a directory everyone removes and renames only what is theirs. */
const STICKY = 0o1000;

/**
 * Makes and opens `<parent>/leaktrail`. Null where it went away meanwhile, with the end of another run: ask again.
 * Throws `RealUnavailable` where it is not safe to use.
 */
export async function openHome(parent: string): Promise<Home | null> {
  const above = await realpath(parent).catch((error: NodeJS.ErrnoException) => {
    throw new RealUnavailable(
      `${parent} cannot be used for a run (${error.code}): name a directory that exists`,
    );
  });
  await checkAbove(above);
  const path = join(above, HOME);
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw new RealUnavailable(`${path} cannot be made: ${error.message}`);
  });
  let handle: FileHandle;
  try {
    // A link or a pipe of that name is refused by the kernel, without being followed or waited for.
    handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw notOurs(path);
  }
  const { uid, mode } = await handle.stat();
  if (uid === process.geteuid?.() && (mode & PRIVATE) === 0) return { path, handle };
  await handle.close();
  throw notOurs(path);
}

function notOurs(path: string): RealUnavailable {
  return new RealUnavailable(
    `${path} is not a directory of user ${process.geteuid?.()} that only this user can enter (mode 700): look who made it, and remove it`,
  );
}

/** Whoever can write to a directory above could put another one in our place. */
async function checkAbove(directory: string): Promise<void> {
  const { uid, mode } = await lstat(directory);
  const others = (mode & WRITABLE_BY_OTHERS) !== 0 && (mode & STICKY) === 0;
  if (others || (uid !== 0 && uid !== process.geteuid?.())) {
    throw new RealUnavailable(
      `${directory} can be changed by others than root, so a run cannot have its files below it: choose another directory`,
    );
  }
  if (dirname(directory) !== directory) await checkAbove(dirname(directory));
}
