/**
 * Sources with a descriptor: a file by its name (regular, FIFO, device, /dev/fd/63 of a process substitution)
 * and standard input. What is behind the descriptor decides how it is read.
 */
import { close, constants, fstat, fstatSync, open, type Stats } from 'node:fs';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';
import { decompress } from './decompress.js';
import { InputError, reasonOf } from './input-error.js';
import { readDescriptor } from './read-descriptor.js';
import { readPipe } from './read-pipe.js';
import type { PieceMemory, Source } from './types.js';

const openFile = promisify(open);
const statOf = promisify(fstat);
const closeFile = promisify(close);

/** `status` is what stat said of the name: it gives kind and time. */
export function fileSource(
  name: string,
  status: { isFile(): boolean; readonly mtimeMs: number | bigint },
): Source {
  const regular = status.isFile();
  return {
    name,
    kind: regular ? 'file' : 'stream',
    modified: regular ? Number(status.mtimeMs) : null,
    raw: (signal) => readByName(name, signal),
    read: (signal, memory) =>
      decompress(
        name,
        () => readByName(name, signal, memory),
        regular ? () => readByName(name, signal) : null,
        signal,
      ),
  };
}

/** Standard input, or another descriptor that is already open. It is read once, from where it stands. */
export function descriptorSource(fd = 0, name = 'stdin'): Source {
  let status: Stats | null = null;
  try {
    status = fstatSync(fd);
  } catch {
    // A closed descriptor: reading it says so.
  }
  const regular = status?.isFile() ?? false;
  return {
    name,
    kind: regular ? 'file' : 'stream',
    modified: regular && status !== null ? status.mtimeMs : null,
    raw: (signal) => readOpen(name, fd, signal),
    read: (signal, memory) => decompress(name, () => readOpen(name, fd, signal, memory), null, signal),
  };
}

async function* readByName(
  name: string,
  signal: AbortSignal,
  memory?: PieceMemory,
): AsyncGenerator<Uint8Array> {
  let fd: number;
  try {
    // Non-blocking: the open of a FIFO without a writer would hold a thread and could not be called off.
    fd = await openFile(name, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new InputError(name, reasonOf(error), { cause: error });
  }
  let piped = false;
  try {
    piped = isPiped(await statOf(fd));
    yield* readOpen(name, fd, signal, memory);
  } finally {
    // A pipe's descriptor belongs to the socket that reads it.
    if (!piped) await closeFile(fd);
  }
}

async function* readOpen(
  name: string,
  fd: number,
  signal: AbortSignal,
  memory?: PieceMemory,
): AsyncGenerator<Uint8Array> {
  let given = 0;
  try {
    if (isatty(fd)) throw new Error('is a terminal, not a log');
    const read = isPiped(await statOf(fd)) ? readPipe : readDescriptor;
    for await (const chunk of read(fd, signal, memory)) {
      given += chunk.length;
      yield chunk;
    }
  } catch (error) {
    const where = given > 0 ? ` after ${given} bytes` : '';
    throw new InputError(name, reasonOf(error) + where, { cause: error });
  }
}

function isPiped(status: Stats): boolean {
  return status.isFIFO() || status.isSocket();
}
