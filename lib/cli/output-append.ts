/**
 * Puts the lines of a queue at the end of the file that has the name now: one that was renamed or removed is left, one
 * that was cut is gone on with. Half a line, of a disk that filled up or a process that was killed, never stays in
 * front of another line.
 */
import { constants } from 'node:fs';
import type { SavedOutput } from '../checkpoint/types.js';
import { type FileIdentity, isSameFile, type OutputFs, type OutputHandle, readAt } from './output-fs.js';
import { isSavedText } from './output-lines.js';
import type { OutputQueue } from './output-queue.js';
import { badValue } from './usage-error.js';

export interface OutputAppender {
  /** Throws a UsageError where it is no file, and what the file system throws. */
  open(): Promise<void>;
  /** Throws what the file system throws; the queue knows how much was written. */
  append(queue: OutputQueue): Promise<void>;
  /** The file is opened anew for the next lines. */
  reopen(queue: OutputQueue): void;
  /** The file that was opened last. */
  identity(): FileIdentity;
  /** To the end of the last whole line that was appended. */
  place(): Pick<SavedOutput, 'path' | 'dev' | 'ino' | 'size' | 'before'>;
  close(): Promise<void>;
}

/** How often it is looked whether the file was moved, and whether a failing disk works again. */
export const CHECK_MS = 1000;
const BATCH_BYTES = 256 * 1024;
const TAIL_BYTES = 64;
const NEWLINE = 10;
const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

export function createOutputAppender(
  path: string,
  fs: OutputFs,
  now: () => number,
  saved: SavedOutput | null,
): OutputAppender {
  let handle: OutputHandle | null = null;
  const savedFile: FileIdentity = { dev: BigInt(saved?.dev ?? 0), ino: BigInt(saved?.ino ?? 0) };
  let identity = savedFile;
  /** Bytes to the end of the last whole line, and the last of them. */
  let size = saved?.size ?? 0;
  let tail: Buffer = Buffer.from(saved?.before ?? '', 'base64');
  let checked = Number.NEGATIVE_INFINITY;

  const open = async (): Promise<OutputHandle> => {
    const opened = await fs.open(path, FLAGS, 0o640);
    try {
      const stat = await opened.stat({ bigint: true });
      if (!stat.isFile())
        throw badValue(
          '--output',
          'a file',
          path,
          ' (no ordinary file; on standard output --format ndjson gives the same)',
        );
      const own = isSameFile(stat, savedFile) ? saved : null;
      size = await endHalfLine(opened, Number(stat.size), own);
      const length = Math.min(size, TAIL_BYTES);
      tail = await readAt(opened, size - length, length);
      identity = { dev: stat.dev, ino: stat.ino };
    } catch (error) {
      await opened.close();
      throw error;
    }
    checked = now();
    handle = opened;
    return opened;
  };

  /** Leaves a file that was renamed or removed, with no half line at its end. */
  const leave = async (old: OutputHandle, queue: OutputQueue): Promise<void> => {
    handle = null;
    try {
      if (queue.begun > 0) await finishLine(old, queue);
    } catch {
      await old.truncate(size).catch(() => {});
    } finally {
      queue.restart();
      await old.close().catch(() => {});
    }
  };

  const finishLine = async (old: OutputHandle, queue: OutputQueue): Promise<void> => {
    const stat = await old.stat({ bigint: true });
    // Removed, it is read by nobody; cut or written to by others, its end is not ours.
    if (stat.nlink === 0n || Number(stat.size) !== size + queue.begun) return;
    const rest = queue.batch(1);
    const { bytesWritten } = await old.write(rest);
    if (bytesWritten === rest.length) queue.written(bytesWritten);
    else await old.truncate(size);
  };

  const follow = async (queue: OutputQueue): Promise<OutputHandle> => {
    if (handle !== null && now() - checked >= CHECK_MS) {
      const there = await fs.stat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      });
      if (there === null || !isSameFile(there, identity)) await leave(handle, queue);
      else checked = now();
    }
    return handle ?? open();
  };

  return {
    async open() {
      await open();
    },
    async append(queue) {
      const file = await follow(queue);
      if (queue.begun > 0) {
        const end = await sizeOf(file);
        // Truncated by copytruncate, or someone else wrote: the other half would stand alone.
        if (end !== size + queue.begun) {
          queue.restart();
          if (end > size) await file.write(Buffer.of(NEWLINE));
        }
      }
      const { bytesWritten } = await file.write(queue.batch(BATCH_BYTES));
      const ended = queue.written(bytesWritten);
      const end = await sizeOf(file);
      if (end < queue.begun) queue.restart();
      size = end - queue.begun;
      tail = Buffer.concat([tail, ended.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
      if (bytesWritten === 0) throw new Error('not a byte was taken');
    },
    reopen(queue) {
      void handle?.close().catch(() => {});
      handle = null;
      queue.restart();
    },
    identity: () => identity,
    place: () => ({
      path,
      dev: String(identity.dev),
      ino: String(identity.ino),
      size,
      // After a cut, part of what was written last stands in the copy.
      before: tail.subarray(tail.length - Math.min(size, tail.length)).toString('base64'),
    }),
    async close() {
      await handle?.close().catch(() => {});
      handle = null;
    },
  };
}

async function sizeOf(file: OutputHandle): Promise<number> {
  return Number((await file.stat({ bigint: true })).size);
}

/** Takes away half a line that the earlier run left, ends one of anybody else. Returns the size then. */
async function endHalfLine(file: OutputHandle, end: number, saved: SavedOutput | null): Promise<number> {
  const [last = NEWLINE] = await readAt(file, Math.max(0, end - 1), 1);
  if (last === NEWLINE) return end;
  if (saved !== null && (await isSavedText(file, saved))) {
    const begin = await lastLineStart(file, saved.size, end);
    await file.truncate(begin);
    return begin;
  }
  await file.write(Buffer.of(NEWLINE));
  return end + 1;
}

/** Where the line begins that is not ended at `end`, at `from` at the least. */
async function lastLineStart(file: OutputHandle, from: number, end: number): Promise<number> {
  for (let stop = end; stop > from; ) {
    const start = Math.max(from, stop - BATCH_BYTES);
    const newline = (await readAt(file, start, stop - start)).lastIndexOf(NEWLINE);
    if (newline !== -1) return start + newline + 1;
    stop = start;
  }
  return from;
}
