/**
 * The log file of one container. Both of its streams write to it, a record at a time, so that records never
 * interleave; a slow disk holds the writers back.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

const { O_APPEND, O_CREAT, O_TRUNC, O_WRONLY } = constants;

/** Small records are gathered up to this before they are written: one write call each would dominate the run. */
const BATCH_BYTES = 256 * 1024;
/** A record of a gigabyte is written in parts, so that an abort does not wait for all of it. */
const PART_BYTES = 8 * 1024 * 1024;

export interface LogFile {
  readonly path: string;
  /** Bytes of all records taken. */
  readonly bytes: number;
  /**
   * Takes one whole record. The memory is the caller's again when the promise is fulfilled, or at once when there
   * is none. Rejects, as every later call does, when the file cannot be written.
   */
  append(record: Buffer): Promise<void> | undefined;
  /** Writes what was gathered and closes the file. Safe to call twice. */
  close(): Promise<void>;
}

function writeError(path: string, cause: unknown): Error {
  const { code, message } = cause as NodeJS.ErrnoException;
  const advice =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'free space there, choose another directory, or feed less'
      : code === 'EMFILE' || code === 'ENFILE'
        ? 'raise the limit of open files (ulimit -n), or take fewer containers'
        : 'check the directory and its permissions';
  return new Error(
    `expected to write the log file ${path}, found ${message}; ${advice} (a runtime would drop the record and go on)`,
    { cause },
  );
}

async function writeAll(file: FileHandle, bytes: Buffer, signal: AbortSignal | undefined): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    signal?.throwIfAborted();
    at += (await file.write(bytes, at, Math.min(bytes.length - at, PART_BYTES))).bytesWritten;
  }
}

/** Creates the file, or empties it. Rejects with an Error that names the path. */
export async function openLogFile(path: string, signal?: AbortSignal): Promise<LogFile> {
  let file: FileHandle;
  try {
    file = await open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o640);
  } catch (error) {
    throw writeError(path, error);
  }
  const batch = Buffer.allocUnsafeSlow(BATCH_BYTES);
  let gathered = 0;
  let bytes = 0;
  /** Writes asked for and not yet done; while there are any, a record has to queue behind them. */
  let queued = 0;
  let tail: Promise<void> = Promise.resolve();
  let closed: Promise<void> | undefined;

  async function flush(): Promise<void> {
    const length = gathered;
    gathered = 0;
    await writeAll(file, batch.subarray(0, length), signal);
  }
  function enqueue(work: () => Promise<void>): Promise<void> {
    queued++;
    tail = tail.then(async () => {
      try {
        await work();
      } catch (error) {
        throw signal?.aborted ? signal.reason : writeError(path, error);
      }
      // Not after an error: whatever comes behind it has to queue, and so to fail as well.
      queued--;
    });
    return tail;
  }

  return {
    path,
    get bytes() {
      return bytes;
    },
    append(record) {
      if (closed !== undefined)
        return Promise.reject(writeError(path, new Error('the file is closed already')));
      bytes += record.length;
      if (queued === 0 && record.length <= BATCH_BYTES - gathered) {
        gathered += record.copy(batch, gathered);
        return undefined;
      }
      return enqueue(async () => {
        if (record.length > BATCH_BYTES - gathered) await flush();
        if (record.length > BATCH_BYTES) await writeAll(file, record, signal);
        else gathered += record.copy(batch, gathered);
      });
    },
    close() {
      closed ??= (async () => {
        try {
          if (signal?.aborted) await tail.catch(() => {});
          else await enqueue(flush);
        } finally {
          await file.close();
        }
      })();
      return closed;
    },
  };
}
