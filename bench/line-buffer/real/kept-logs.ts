/**
 * Copies a run's logs to a directory of the user's. A root that writes into a directory of somebody else must not be
 * led astray there: each run has a directory of its own, nothing is overwritten, and no link is followed.
 */
import { constants } from 'node:fs';
import { copyFile, mkdir, open } from 'node:fs/promises';
import { basename, join } from 'node:path';

export interface KeptLogs {
  /** Copies a file and returns where it is now. Rejects where one of that name was copied before. */
  readonly keep: (file: string) => Promise<string>;
  readonly close: () => Promise<void>;
}

/** Makes `<directory>/<name>`, which must not exist. */
export async function openKeptLogs(directory: string, name: string): Promise<KeptLogs> {
  await mkdir(directory, { recursive: true });
  const own = join(directory, name);
  await mkdir(own);
  const handle = await open(own, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  const { uid } = await handle.stat();
  if (uid !== process.geteuid?.()) {
    await handle.close();
    throw new Error(
      `${own} was replaced by a directory of user ${uid} while it was made: keep the logs elsewhere`,
    );
  }
  return {
    async keep(file) {
      // By the open directory, whatever its name leads to by now.
      await copyFile(file, `/proc/self/fd/${handle.fd}/${basename(file)}`, constants.COPYFILE_EXCL);
      return join(own, basename(file));
    },
    close: () => handle.close(),
  };
}
