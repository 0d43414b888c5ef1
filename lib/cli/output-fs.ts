/** The calls to the file system that writing `--output FILE` takes, as an argument: tests let them fail. */
import type { BigIntStats } from 'node:fs';
import fs from 'node:fs/promises';

export interface OutputHandle {
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
  /** At the end of the file, wherever that is. */
  write(buffer: Uint8Array): Promise<{ bytesWritten: number }>;
  stat(options: { bigint: true }): Promise<BigIntStats>;
  truncate(bytes: number): Promise<void>;
  close(): Promise<void>;
}

export interface OutputFs {
  open(path: string, flags: number, mode?: number): Promise<OutputHandle>;
  stat(path: string, options: { bigint: true }): Promise<BigIntStats>;
  readdir(path: string): Promise<string[]>;
}

export const nodeOutputFs: OutputFs = {
  open: fs.open,
  stat: fs.stat,
  readdir: (path) => fs.readdir(path),
};

export interface FileIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
}

export function isSameFile(one: FileIdentity, other: FileIdentity): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

/** Fewer bytes than asked for where the file ends before. */
export async function readAt(handle: OutputHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let read = 0;
  while (read < length) {
    const { bytesRead } = await handle.read(buffer, read, length - read, position + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return buffer.subarray(0, read);
}
