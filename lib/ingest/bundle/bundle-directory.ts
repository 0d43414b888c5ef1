/**
 * Lists the files below a directory: an unpacked sos report or must-gather, `kind export logs`, a folder made by
 * hand. Symbolic links lead to files inside the directory only; a link out of it could lead anywhere on the
 * machine of whoever looks at a stranger's bundle.
 */
import { constants } from 'node:fs';
import { lstat, open, opendir, readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { reasonOf } from '../input-error.js';
import { type BundleWork, type OpenedBundle, openMembers } from './bundle.js';
import { HOST_FILE_BYTES } from './bundle-host.js';
import { memberPath } from './member-path.js';
import { fileMemberSource } from './member-source.js';

/** `isNew` says whether a file is not yet read under another name, and books it. */
export async function openDirectory(
  work: BundleWork,
  isNew: (identity: string) => boolean,
): Promise<OpenedBundle> {
  const { name, problems } = work;
  try {
    const root = await realpath(name);
    await list(work, root);
  } catch (error) {
    problems.push({ source: name, reason: reasonOf(error) });
  }
  return openMembers(work, isNew);
}

async function list(work: BundleWork, root: string): Promise<void> {
  const { limits, name, problems, signal, skipped } = work;
  const pending = [''];
  let seen = 0;
  for (let folder = pending.pop(); folder !== undefined && !signal.aborted; folder = pending.pop()) {
    const entries = await opendir(join(name, folder)).catch((error: unknown) => {
      if (folder === '') throw error;
      skipped.add(join(name, folder ?? ''), `a folder that cannot be listed: ${reasonOf(error)}`);
      return null;
    });
    if (entries === null) continue;
    for await (const entry of entries) {
      if (signal.aborted) return;
      if (++seen > limits.members) {
        problems.push({
          source: name,
          reason: `holds more than ${limits.members} entries: the rest was not looked at`,
        });
        return;
      }
      const checked = memberPath(folder === '' ? entry.name : `${folder}/${entry.name}`);
      if (!checked.ok) skipped.add(name, checked.reason);
      else if (entry.isDirectory()) pending.push(checked.path);
      else await addFile(work, root, checked.path);
    }
  }
}

async function addFile(work: BundleWork, root: string, path: string): Promise<void> {
  const { hosts, judge, name, skipped } = work;
  const file = join(name, path);
  try {
    let status = await lstat(file, { bigint: true });
    if (status.isSymbolicLink()) {
      const target = await realpath(file);
      if (target !== root && !target.startsWith(root.endsWith(sep) ? root : root + sep)) {
        skipped.add(file, 'a symbolic link that leaves the bundle');
        return;
      }
      status = await stat(target, { bigint: true });
      // Its files are found where they are.
      if (status.isDirectory()) return;
    }
    if (!status.isFile()) {
      skipped.add(file, `a ${kindOf(status)}`);
      return;
    }
    hosts.see(path);
    const size = Number(status.size);
    if (hosts.isHostFile(path) && size <= HOST_FILE_BYTES) {
      hosts.book(path, await readFile(file, 'utf8'));
      return;
    }
    work.members.add({
      path,
      name: file,
      size,
      modified: Number(status.mtimeMs),
      verdict: judge(path),
      identity: `${status.dev}:${status.ino}`,
      head: (length) => readStretch(file, 0, length),
      tail: () => readStretch(file, Math.max(0, size - 4), 4),
      source: (origin) => fileMemberSource(origin, file, work.limits),
    });
  } catch (error) {
    skipped.add(file, reasonOf(error));
  }
}

function kindOf(status: { isFIFO(): boolean; isSocket(): boolean }): string {
  return status.isFIFO() ? 'FIFO' : status.isSocket() ? 'socket' : 'device';
}

async function readStretch(file: string, position: number, length: number): Promise<Uint8Array> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
