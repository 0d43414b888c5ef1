/**
 * Goes once through a tar archive that comes as a stream (gzipped, or through a pipe) and keeps the members that
 * are worth it in a temporary file. Whether the bundle is small, so that all of it is read, shows only at its
 * end: until then members that the table does not know are kept apart, and dropped when it turns out to be large.
 */

import { gunzip } from '../gunzip.js';
import { reasonOf } from '../input-error.js';
import { limitExpansion } from '../limit-expansion.js';
import { type BundleWork, type Member, openMembers } from './bundle.js';
import { HOST_FILE_BYTES } from './bundle-host.js';
import { tooLargeUnlisted, tooMany } from './bundle-select.js';
import { UNLISTED } from './bundle-table.js';
import { archiveMember, type OpenedArchive, pathOf } from './bundle-tar.js';
import { type StreamCursor, streamCursor } from './tar-cursor.js';
import { type TarMember, walkTar } from './tar-walk.js';
import { createTemporaryFile, type TemporaryFile } from './temporary-file.js';

/**
 * `raw` gives the archive as it is stored. `again` says that it may be called a second time: gzip that is damaged
 * is then unpacked up to the very byte of the damage.
 */
export function openGzippedTar(
  work: BundleWork,
  raw: (signal: AbortSignal) => AsyncIterable<Uint8Array>,
  again: boolean,
  temporary: () => Promise<TemporaryFile> = createTemporaryFile,
): Promise<OpenedArchive> {
  const { limits, name, signal } = work;
  let stored = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of raw(signal)) {
      stored += chunk.length;
      yield chunk;
    }
  }
  const tar = gunzip(name, counted(), again ? () => raw(signal) : null, signal);
  return unpackTar(
    work,
    limitExpansion(name, tar, () => stored, limits),
    temporary,
  );
}

/** `tar` gives the archive's bytes, decompressed, guarded against growth. `temporary` makes the files. */
export async function unpackTar(
  work: BundleWork,
  tar: AsyncIterable<Uint8Array>,
  temporary: () => Promise<TemporaryFile> = createTemporaryFile,
): Promise<OpenedArchive> {
  const { hosts, judge, limits, name, problems, signal, skipped } = work;
  const cursor = streamCursor(tar);
  const listed = createShelf(work, cursor, temporary, limits.unpackedBytes);
  const unlisted = createShelf(work, cursor, temporary, limits.smallUnpackedBytes);
  let seen = 0;
  let files = 0;

  const put = async (entry: TarMember, path: string): Promise<void> => {
    const verdict = judge(path);
    const leave = (reason: string) => skipped.add(`${name}:${path}`, reason);
    if (++files === limits.smallFiles + 1) {
      for (const member of unlisted.drop()) skipped.add(member.name, UNLISTED);
    }
    if (verdict.kind === 'leave') leave(verdict.reason);
    else if (verdict.kind === 'read') {
      if (listed.members.length >= limits.read) leave(tooMany(limits));
      else if (entry.size > limits.memberBytes)
        leave(
          `larger than the ${limits.memberBytes} bytes that are unpacked of one member: unpack the archive and name the directory`,
        );
      else await listed.put(entry, path, verdict, leave);
    } else if (files > limits.smallFiles) leave(UNLISTED);
    else if (entry.size > limits.smallFileBytes) leave(tooLargeUnlisted(limits));
    else await unlisted.put(entry, path, verdict, leave);
  };

  try {
    for await (const entry of walkTar(name, cursor)) {
      if (signal.aborted) break;
      if (++seen > limits.members) {
        problems.push({
          source: name,
          reason: `holds more than ${limits.members} members: the rest was not looked at`,
        });
        break;
      }
      const path = pathOf(work, entry);
      if (path === null) continue;
      if (hosts.isHostFile(path) && entry.size <= HOST_FILE_BYTES) {
        hosts.book(path, (await cursor.take(entry.size)).toString('utf8'));
      } else {
        await put(entry, path);
      }
    }
  } catch (error) {
    // A reading that was called off ends in the middle of a member, which is nobody's fault.
    if (!signal.aborted) problems.push({ source: name, reason: reasonOf(error) });
  } finally {
    await cursor.close();
  }
  for (const member of [...listed.members, ...unlisted.members]) work.members.add(member);
  const opened = await openMembers(work);
  const close = () => {
    listed.close();
    unlisted.close();
  };
  if (opened.files.length === 0) close();
  return { ...opened, close };
}

/** A temporary file with the members in it. */
function createShelf(
  work: BundleWork,
  cursor: StreamCursor,
  create: () => Promise<TemporaryFile>,
  capacity: number,
) {
  let temporary: TemporaryFile | null = null;
  let members: Member[] = [];
  /** Why nothing more can be put there: the disk is full. */
  let broken: string | null = null;

  const append = async (bytes: Uint8Array): Promise<void> => {
    try {
      temporary ??= await create();
      await temporary.append(bytes);
    } catch (error) {
      broken = `cannot be unpacked to the temporary directory: ${reasonOf(error)}`;
      work.problems.push({ source: work.name, reason: broken });
    }
  };

  return {
    get members(): readonly Member[] {
      return members;
    },
    async put(entry: TarMember, path: string, verdict: Member['verdict'], leave: (reason: string) => void) {
      if (broken !== null) return leave(broken);
      const offset = temporary?.size ?? 0;
      if (offset + entry.size > capacity) {
        return leave(
          `beyond the ${capacity} bytes that are unpacked of one archive: unpack it and name the directory`,
        );
      }
      let size = 0;
      try {
        for await (const piece of cursor.pieces(entry.size)) {
          await append(piece);
          if (broken !== null) {
            temporary?.rewind(offset);
            return leave(broken);
          }
          size += piece.length;
        }
      } finally {
        // Also of a member that the archive's damage cut off: what was there is read.
        if (broken === null) {
          if (temporary === null) await append(new Uint8Array(0));
          if (temporary !== null) {
            const about = { path, size, modified: entry.modified };
            members.push(archiveMember(work, about, temporary.file, offset, verdict));
          }
        }
      }
    },
    drop(): readonly Member[] {
      const dropped = members;
      members = [];
      temporary?.file.close();
      temporary = null;
      return dropped;
    },
    close() {
      temporary?.file.close();
    },
  };
}
