/**
 * The one error that reading a source throws. It carries the name of the input and a reason in words, ready
 * to be shown: who reads a log at night should not have to know what ELOOP means.
 */
import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import type { InputProblem } from './types.js';

export class InputError extends Error {
  override readonly name = 'InputError';
  readonly problem: InputProblem;

  constructor(source: string, reason: string, options?: ErrorOptions) {
    super(`${source}: ${reason}`, options);
    this.problem = { source, reason };
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file (a part of its path is not a directory)',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EISDIR: 'is a directory',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many open files in this process',
  ENFILE: 'too many open files in the system',
  ENXIO: 'is a socket or a device that cannot be opened',
  EIO: 'input/output error',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EROFS: 'the file system is read-only',
  EFBIG: 'the file is larger than allowed',
  EBUSY: 'it is in use',
  ENODEV: 'the device is gone',
  ETIMEDOUT: 'no answer in time',
  ESTALE: 'stale file handle (the network file system lost the file)',
  ECONNRESET: 'the connection was reset by its other end',
};

/** A reason in words for what the file system or a stream answered. */
export function reasonOf(error: unknown): string {
  if (error instanceof InputError) return error.problem.reason;
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  if (code !== undefined) {
    const words = REASONS[code] ?? systemWords(code);
    if (words !== undefined) return words;
  }
  return error instanceof Error ? error.message : (code ?? String(error));
}

/** `text file is busy` for `ETXTBSY`; undefined for a code that is none of the system. */
function systemWords(code: string): string | undefined {
  const number = (constants.errno as Readonly<Record<string, number>>)[code];
  return number === undefined ? undefined : getSystemErrorMap().get(-number)?.[1];
}
