/**
 * The calls to the file system that keeping a state takes, one system call each, as an argument: tests break off
 * or fail at any one of them.
 */
import { renameSync } from 'node:fs';
import fs from 'node:fs/promises';

export interface StateHandle {
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
  write(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesWritten: number }>;
  stat(): Promise<{ size: number; isFile(): boolean }>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface StateFs {
  open(path: string, flags: number, mode?: number): Promise<StateHandle>;
  lstat(path: string): Promise<unknown>;
  link(from: string, to: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  renameSync(from: string, to: string): void;
  unlink(path: string): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
  readlink(path: string): Promise<string>;
}

export const nodeStateFs: StateFs = {
  open: fs.open,
  lstat: fs.lstat,
  link: fs.link,
  rename: fs.rename,
  renameSync,
  unlink: fs.unlink,
  symlink: fs.symlink,
  readlink: (path) => fs.readlink(path, 'utf8'),
};

/** `ENOSPC` and its like; empty for an error of another kind. */
export function codeOf(error: unknown): string {
  const code: unknown = (error as NodeJS.ErrnoException | null)?.code;
  return typeof code === 'string' ? code : '';
}

/** Whether there was something to unlink. */
export async function unlinkIfThere(fs: StateFs, path: string): Promise<boolean> {
  return fs.unlink(path).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    },
  );
}
