/**
 * Lists the members of a plain tar file. They are read where they lie in it, so an archive of any size costs
 * neither disk nor time for what is passed over.
 */
import { closeSync, fstat, open } from 'node:fs';
import { promisify } from 'node:util';
import { reasonOf } from '../input-error.js';
import { type BundleWork, type Member, type OpenedBundle, openMembers } from './bundle.js';
import { HOST_FILE_BYTES } from './bundle-host.js';
import { memberPath } from './member-path.js';
import { stretchSource } from './member-source.js';
import { type SharedFile, shareFile } from './shared-file.js';
import { fileCursor, readAt } from './tar-cursor.js';
import { type TarMember, walkTar } from './tar-walk.js';

const openFile = promisify(open);
const statOf = promisify(fstat);

export interface OpenedArchive extends OpenedBundle {
  /** Closes what the members are read from. */
  close(): void;
}

export async function openTar(work: BundleWork): Promise<OpenedArchive> {
  const { name, problems } = work;
  let file: SharedFile | null = null;
  try {
    const fd = await openFile(name, 'r');
    try {
      const { size } = await statOf(fd);
      file = shareFile(fd);
      await list(work, fd, file, size);
    } catch (error) {
      if (file === null) closeSync(fd);
      throw error;
    }
  } catch (error) {
    problems.push({ source: name, reason: reasonOf(error) });
  }
  const opened = await openMembers(work);
  const close = () => file?.close();
  if (opened.files.length === 0) close();
  return { ...opened, close };
}

async function list(work: BundleWork, fd: number, file: SharedFile, fileSize: number): Promise<void> {
  const { hosts, judge, limits, name, problems, signal } = work;
  let seen = 0;
  for await (const entry of walkTar(name, fileCursor(fd, fileSize))) {
    if (signal.aborted) return;
    if (++seen > limits.members) {
      problems.push({
        source: name,
        reason: `holds more than ${limits.members} members: the rest was not looked at`,
      });
      return;
    }
    const path = pathOf(work, entry);
    if (path === null) continue;
    // An archive that was cut off ends inside its last member: what is there is read.
    const size = Math.max(0, Math.min(entry.size, fileSize - entry.offset));
    if (hosts.isHostFile(path) && size <= HOST_FILE_BYTES) {
      hosts.book(path, (await readAt(fd, entry.offset, size)).toString('utf8'));
      continue;
    }
    work.members.add(
      archiveMember(work, { path, size, modified: entry.modified }, file, entry.offset, judge(path)),
    );
  }
}

/** The plain path of a regular file; null for what is not looked at further, which is booked here. */
export function pathOf({ hosts, name, skipped }: BundleWork, { kind, path }: TarMember): string | null {
  if (kind === 'directory') return null;
  const checked = memberPath(path);
  // A hostile path is not even repeated.
  if (!checked.ok) {
    skipped.add(name, checked.reason);
    return null;
  }
  if (kind !== 'file') {
    const what = kind === 'sparse' ? 'a sparse file' : kind === 'other' ? 'of an unknown kind' : `a ${kind}`;
    skipped.add(`${name}:${checked.path}`, kind.endsWith('link') ? `${what}, not followed` : what);
    return null;
  }
  hosts.see(checked.path);
  return checked.path;
}

/** A member whose bytes are a stretch of an open file. */
export function archiveMember(
  work: BundleWork,
  { path, size, modified }: { path: string; size: number; modified: number | null },
  file: SharedFile,
  offset: number,
  verdict: Member['verdict'],
): Member {
  return {
    path,
    name: `${work.name}:${path}`,
    size,
    modified,
    verdict,
    identity: null,
    head: (length) => file.use((fd) => readAt(fd, offset, Math.min(length, size))),
    tail: () => file.use((fd) => readAt(fd, offset + Math.max(0, size - 4), Math.min(4, size))),
    source: (origin) => stretchSource(origin, file, offset, work.limits),
  };
}
