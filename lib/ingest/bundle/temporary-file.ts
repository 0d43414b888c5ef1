/**
 * The file on disk that members of a compressed archive are unpacked to, one behind the other, named by nobody:
 * it is taken out of its private directory as soon as it is open, so that nothing stays behind however the
 * process ends, and no path of an archive ever becomes a path of the disk.
 */
import { openSync, rmSync, write } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SharedFile, shareFile } from './shared-file.js';

export interface TemporaryFile {
  /** Bytes of all finished writes. */
  readonly size: number;
  readonly file: SharedFile;
  /** Appends. Throws where the disk is full; what was appended before stays. */
  append(bytes: Uint8Array): Promise<void>;
  /** Goes back to an earlier size: what comes next overwrites the rest. */
  rewind(size: number): void;
}

/** `parent` holds the directory, of mode 0700, for the moment that it exists. */
export async function createTemporaryFile(parent: string = tmpdir()): Promise<TemporaryFile> {
  const directory = await mkdtemp(join(parent, 'leaktrail-'));
  let fd: number;
  try {
    fd = openSync(join(directory, 'unpacked'), 'wx+', 0o600);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
  const remove = () => rmSync(directory, { recursive: true, force: true });
  let removed = true;
  try {
    remove();
  } catch {
    // Some network file systems keep an open file's name: it goes when the file is closed.
    removed = false;
  }
  const file = shareFile(fd, () => {
    if (!removed) remove();
  });
  let size = 0;
  return {
    get size() {
      return size;
    },
    file,
    async append(bytes) {
      let at = size;
      for (let done = 0; done < bytes.length; ) {
        const written = await file.use((open) => writeOnce(open, bytes, done, at));
        done += written;
        at += written;
      }
      size = at;
    },
    rewind(to) {
      size = to;
    },
  };
}

function writeOnce(fd: number, bytes: Uint8Array, from: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, from, bytes.length - from, position, (error, written) =>
      error ? reject(error) : resolve(written),
    );
  });
}
