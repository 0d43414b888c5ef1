/**
 * The one error that reading a source throws. It carries the name of the input and a reason in words, ready
 * to be shown: who reads a log at night should not have to know what ELOOP means.
 */
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
  ESTALE: 'stale file handle (the network file system lost the file)',
  ECONNRESET: 'the connection was reset by its other end',
};

/** A reason in words for what the file system or a stream answered. */
export function reasonOf(error: unknown): string {
  if (error instanceof InputError) return error.problem.reason;
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code !== undefined && REASONS[code] !== undefined) return REASONS[code];
  return error instanceof Error ? error.message : String(error);
}
