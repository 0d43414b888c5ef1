/**
 * What following asks of a file system, in eight calls, and the real one. Everything goes through it so that tests
 * can run thousands of rotations in memory; stat and read are the truth, a watch is only a wake-up.
 */
import { close, constants, fstat, open, read, readdir, realpath, stat, watch } from 'node:fs';
import { promisify } from 'node:util';
import { matchGlob } from '../shell-glob.js';

/** Which file it is; `born` tells apart two files that had one inode after the other. */
export interface FileIdentity {
  /** Decimal: they may exceed what a number holds. */
  readonly dev: string;
  readonly ino: string;
  /** Time of creation, ms since the epoch; null where the file system keeps none. */
  readonly born: number | null;
}

export interface FileStatus extends FileIdentity {
  readonly kind: 'file' | 'directory' | 'pipe' | 'other';
  readonly size: number;
  /** Ms since the epoch, with fraction. */
  readonly modified: number;
  /** Names it has; 0 once it was deleted and only lives on in open descriptors. */
  readonly links: number;
}

export interface OpenFile {
  /** Up to `length` bytes from `position` of the file to `at` of the buffer; 0 at its end. */
  read(into: Uint8Array, at: number, length: number, position: number): Promise<number>;
  status(): Promise<FileStatus>;
  close(): Promise<void>;
}

/** Calls reject with what Node rejects with: an error that has a `code`. */
export interface FollowFs {
  /** Follows symbolic links. */
  status(path: string): Promise<FileStatus>;
  realPath(path: string): Promise<string>;
  /** Names in a directory. */
  list(directory: string): Promise<readonly string[]>;
  open(path: string): Promise<OpenFile>;
  /** Paths of the files that a glob matches, in no order. */
  match(pattern: string): Promise<readonly string[]>;
  /**
   * `heard` is told the name that something happened to (null: unknown) and whether a name came or went. `failed`
   * is told when the watch is of no use any more. Throws where it cannot be set up. Gives a function that ends it.
   */
  watch(
    directory: string,
    heard: (name: string | null, names: boolean) => void,
    failed: () => void,
  ): () => void;
}

const statOf = promisify(stat) as unknown as (
  path: string,
  options: { bigint: true },
) => Promise<import('node:fs').BigIntStats>;
const fstatOf = promisify(fstat) as unknown as (
  fd: number,
  options: { bigint: true },
) => Promise<import('node:fs').BigIntStats>;
const openOf = promisify(open);
const closeOf = promisify(close);
const listOf = promisify(readdir) as (path: string) => Promise<string[]>;
const entriesOf = promisify(readdir) as (
  path: string,
  options: { withFileTypes: true },
) => Promise<import('node:fs').Dirent[]>;
// The native one is a single call, not one for every part of the path.
const realOf = promisify(realpath.native) as (path: string) => Promise<string>;

export const nodeFollowFs: FollowFs = {
  status: async (path) => statusFrom(await statOf(path, { bigint: true })),
  realPath: (path) => realOf(path),
  list: (directory) => listOf(directory),
  async open(path) {
    // Non-blocking: a FIFO that took the place of a file since it was looked at would hold a thread.
    const fd = await openOf(path, constants.O_RDONLY | constants.O_NONBLOCK);
    let closed = false;
    return {
      read: (into, at, length, position) =>
        new Promise((resolve, reject) => {
          read(fd, into, at, length, position, (error, got) =>
            error === null ? resolve(got) : reject(error),
          );
        }),
      status: async () => statusFrom(await fstatOf(fd, { bigint: true })),
      async close() {
        if (closed) return;
        closed = true;
        await closeOf(fd);
      },
    };
  },
  async match(pattern) {
    const plain = PLAIN_GLOB.exec(pattern)?.groups;
    if (plain !== undefined) return matchOne(plain['directory'] ?? '', plain['name'] ?? '');
    return matchGlob(pattern);
  },
  watch(directory, heard, failed) {
    const watcher = watch(directory, { persistent: false }, (event, name) => heard(name, event === 'rename'));
    watcher.on('error', failed);
    return () => watcher.close();
  },
};

/** Asterisks and question marks in the last part only: one directory, that is listed with every sweep. */
const PLAIN_GLOB = /^(?<directory>(?:[^*?[\]{}()!@+\\]*\/)?)(?<name>(?!\*\*$)[^/[\]{}()!@+\\]*)$/;

/** As `matchGlob` does, at a tenth of its cost. `directory` ends with a slash, or is empty for the current one. */
async function matchOne(directory: string, name: string): Promise<string[]> {
  const parts = name
    .replace(/[.^$|]/g, '\\$&')
    .replaceAll('?', '[^/]')
    .replace(/\*+/g, '[^/]*');
  const expression = new RegExp(`^${parts}$`);
  const entries = await entriesOf(directory || '.', { withFileTypes: true }).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  const found: string[] = [];
  const links: string[] = [];
  for (const entry of entries) {
    if (!expression.test(entry.name)) continue;
    if (entry.isFile()) found.push(directory + entry.name);
    else if (entry.isSymbolicLink()) links.push(directory + entry.name);
  }
  const targets = await Promise.all(links.map((path) => statOf(path, { bigint: true }).catch(() => null)));
  for (const [at, target] of targets.entries()) if (target?.isFile()) found.push(links[at] as string);
  return found;
}

function statusFrom(status: import('node:fs').BigIntStats): FileStatus {
  return {
    kind: status.isFile() ? 'file' : status.isDirectory() ? 'directory' : status.isFIFO() ? 'pipe' : 'other',
    dev: String(status.dev),
    ino: String(status.ino),
    // Where the kernel does not tell (before 4.11), libuv gives the time of the last change instead.
    born:
      status.birthtimeNs > 0n && status.birthtimeNs !== status.ctimeNs
        ? Number(status.birthtimeNs) / 1e6
        : null,
    size: Number(status.size),
    modified: Number(status.mtimeNs) / 1e6,
    links: Number(status.nlink),
  };
}

/** Key of a file as long as it exists: its inode may be given to another one afterwards. */
export function idOf({ dev, ino }: FileIdentity): string {
  return `${dev}:${ino}`;
}

export function codeOf(error: unknown): string {
  return String((error as { readonly code?: unknown } | null)?.code ?? '');
}
