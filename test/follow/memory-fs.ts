/**
 * A file system in memory for programs of rotations: inodes are given out again as soon as nobody has them, as ext4
 * does, and open files outlive their names. Synchronous inside, so that a program may act between any two calls.
 */
import { basename, dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FileStatus, FollowFs } from '../../lib/ingest/follow/follow-fs.js';

export interface Inode {
  ino: number;
  data: Buffer;
  modified: number;
  born: number;
  links: number;
  /** When its last name went. */
  gone: number;
  /** By the follower; writers do not count. */
  readers: number;
  /** Writers that have it open: it is not given out again. */
  writers: number;
}

export interface MemoryFs extends FollowFs {
  /** Ms; every change takes a hundred. */
  now: number;
  readonly names: Map<string, Inode>;
  readonly inodes: Set<Inode>;
  /** Called before every call of the follower. */
  before: () => void;
  /** The code that a call of the follower fails with; null where it does not. */
  failing: (call: 'status' | 'open' | 'read' | 'list', path: string) => string | null;
  create(path: string): Inode;
  append(inode: Inode, text: Uint8Array): void;
  /** As a writer without O_APPEND: behind the end it leaves zeros. */
  writeAt(inode: Inode, position: number, text: Uint8Array): void;
  truncate(inode: Inode): void;
  unlink(path: string): void;
  rename(from: string, to: string): void;
  /** `keep`: the plain file stays. */
  gzip(path: string, keep?: boolean): void;
  /** The first half of it; gives what does the rest. */
  beginGzip(path: string, keep?: boolean): () => void;
  /** A second name of one file. */
  link(from: string, to: string): void;
  symlink(target: string, path: string): void;
}

export function createMemoryFs(): MemoryFs {
  const names = new Map<string, Inode>();
  const inodes = new Set<Inode>();

  const free = (inode: Inode): void => {
    if (inode.links === 0 && inode.readers === 0 && inode.writers === 0) inodes.delete(inode);
  };
  const statusOf = (inode: Inode): FileStatus => ({
    kind: 'file',
    dev: '1',
    ino: String(inode.ino),
    born: inode.born,
    size: inode.data.length,
    modified: inode.modified,
    links: inode.links,
  });
  /** Symbolic links, of one step. */
  const links = new Map<string, string>();
  const called = (call: Parameters<MemoryFs['failing']>[0], path: string): void => {
    fs.before();
    const code = fs.failing(call, path);
    if (code !== null) throw Object.assign(new Error(`${code}: ${call} ${path}`), { code });
  };
  const find = (path: string): Inode => {
    const inode = names.get(links.get(path) ?? path);
    if (inode === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
    return inode;
  };
  const touch = (inode: Inode): void => {
    fs.now += 100;
    inode.modified = fs.now;
  };

  const fs: MemoryFs = {
    now: 1_700_000_000_000,
    names,
    inodes,
    before: () => {},
    failing: () => null,
    create(path) {
      fs.unlink(path);
      const taken = new Set([...inodes].map(({ ino }) => ino));
      let ino = 10;
      while (taken.has(ino)) ino += 1;
      fs.now += 100;
      const inode: Inode = {
        ino,
        data: Buffer.alloc(0),
        modified: fs.now,
        born: fs.now,
        links: 1,
        gone: Number.POSITIVE_INFINITY,
        readers: 0,
        writers: 0,
      };
      inodes.add(inode);
      names.set(path, inode);
      return inode;
    },
    append(inode, text) {
      inode.data = Buffer.concat([inode.data, text]);
      touch(inode);
    },
    writeAt(inode, position, text) {
      const size = Math.max(inode.data.length, position + text.length);
      const data = Buffer.alloc(size);
      inode.data.copy(data);
      data.set(text, position);
      inode.data = data;
      touch(inode);
    },
    truncate(inode) {
      inode.data = Buffer.alloc(0);
      touch(inode);
    },
    unlink(path) {
      const inode = names.get(path);
      if (inode === undefined) return;
      names.delete(path);
      inode.links -= 1;
      if (inode.links === 0) inode.gone = fs.now;
      free(inode);
    },
    rename(from, to) {
      const inode = names.get(from);
      // Two names of one file: neither is touched.
      if (inode === undefined || names.get(to) === inode) return;
      fs.unlink(to);
      names.delete(from);
      names.set(to, inode);
    },
    gzip: (path, keep) => fs.beginGzip(path, keep)(),
    beginGzip(path, keep = false) {
      const inode = names.get(path);
      if (inode === undefined) return () => {};
      const packed = gzipSync(inode.data, { level: 1 });
      const half = packed.length >> 1;
      const copy = fs.create(`${path}.gz`);
      fs.append(copy, packed.subarray(0, half));
      return () => {
        fs.append(copy, packed.subarray(half));
        copy.modified = inode.modified;
        if (!keep) fs.unlink(path);
      };
    },
    link(from, to) {
      const inode = names.get(from);
      if (inode === undefined) return;
      fs.unlink(to);
      names.set(to, inode);
      inode.links += 1;
    },
    symlink: (target, path) => void links.set(path, target),

    async status(path) {
      called('status', path);
      return statusOf(find(path));
    },
    async realPath(path) {
      return links.get(path) ?? path;
    },
    async list(directory) {
      called('list', directory);
      return [...names.keys(), ...links.keys()]
        .filter((path) => dirname(path) === directory)
        .map((path) => basename(path));
    },
    async open(path) {
      called('open', path);
      const inode = find(path);
      inode.readers += 1;
      let open = true;
      return {
        async read(into, at, length, position) {
          called('read', path);
          if (!open) throw Object.assign(new Error('closed'), { code: 'EBADF' });
          const part = inode.data.subarray(position, position + length);
          into.set(part, at);
          return part.length;
        },
        async status() {
          fs.before();
          if (!open) throw Object.assign(new Error('closed'), { code: 'EBADF' });
          return statusOf(inode);
        },
        async close() {
          if (!open) throw Object.assign(new Error('closed twice'), { code: 'EBADF' });
          open = false;
          inode.readers -= 1;
          free(inode);
        },
      };
    },
    async match(pattern) {
      fs.before();
      const expression = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`);
      return [...names.keys()].filter((path) => expression.test(path));
    },
    watch: () => () => {},
  };
  return fs;
}
