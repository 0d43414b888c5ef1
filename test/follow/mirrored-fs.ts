/**
 * The file system in memory together with a real directory that has the same done to it: the follower sees only the
 * real one, with its inodes and its names, and the model knows what must be read. Times are those of the model.
 */
import * as files from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type FollowFs, nodeFollowFs } from '../../lib/ingest/follow/follow-fs.js';
import { createMemoryFs, type Inode, type MemoryFs } from './memory-fs.js';

/** `root`: an empty directory that stands for `/`. */
export function createMirroredFs(root: string): MemoryFs & { closeAll(): void } {
  const model = createMemoryFs();
  const real = (path: string): string => join(root, path);
  const shown = (path: string): string => path.slice(root.length);
  /** What writers have open: it keeps the inode from being given out again. */
  const open = new Map<Inode, number>();
  const inodeOf = new Map<string, Inode>();

  const write = (inode: Inode, position: number, text: Uint8Array): void => {
    const fd = fdOf(inode);
    files.writeSync(fd, text, 0, text.length, position);
  };
  const fdOf = (inode: Inode): number => {
    const known = open.get(inode);
    if (known !== undefined) return known;
    const path = [...model.names].find(([, named]) => named === inode)?.[0];
    if (path === undefined) throw new Error('nobody has it open, and it has no name');
    const fd = files.openSync(real(path), 'r+');
    open.set(inode, fd);
    return fd;
  };
  /** After every change: the time of the model, and nothing open that no writer has. */
  const settle = (inode: Inode | undefined): void => {
    if (inode !== undefined && model.inodes.has(inode))
      files.futimesSync(fdOf(inode), inode.modified / 1000, inode.modified / 1000);
    for (const [other, fd] of open) {
      if (other.writers > 0) continue;
      files.closeSync(fd);
      open.delete(other);
    }
  };

  const called = (call: Parameters<MemoryFs['failing']>[0], path: string): void => {
    model.before();
    const code = model.failing(call, path);
    if (code !== null) throw Object.assign(new Error(`${code}: ${call} ${path}`), { code });
  };

  const follow: FollowFs = {
    async status(path) {
      called('status', path);
      return dated(await nodeFollowFs.status(real(path)));
    },
    realPath: async (path) => shown(await nodeFollowFs.realPath(real(path))),
    async list(directory) {
      called('list', directory);
      return nodeFollowFs.list(real(directory));
    },
    async open(path) {
      called('open', path);
      const inode = model.names.get(shown(files.realpathSync(real(path))));
      const file = await nodeFollowFs.open(real(path));
      if (inode === undefined) throw new Error(`${path} is there, and the model has none`);
      inode.readers += 1;
      let isOpen = true;
      return {
        read(...range) {
          called('read', path);
          return file.read(...range);
        },
        async status() {
          model.before();
          return dated(await file.status());
        },
        async close() {
          if (!isOpen) throw new Error(`${path} was closed twice`);
          isOpen = false;
          inode.readers -= 1;
          if (inode.links === 0 && inode.readers === 0 && inode.writers === 0) model.inodes.delete(inode);
          await file.close();
        },
      };
    },
    async match(pattern) {
      model.before();
      return (await nodeFollowFs.match(real(pattern))).map(shown);
    },
    watch: () => () => {},
  };
  const dated = (status: Awaited<ReturnType<FollowFs['status']>>): typeof status => ({
    ...status,
    born: inodeOf.get(status.ino)?.born ?? null,
  });

  const mirrored: MemoryFs & { closeAll(): void } = {
    ...model,
    ...follow,
    get now() {
      return model.now;
    },
    set now(ms) {
      model.now = ms;
    },
    get before() {
      return model.before;
    },
    set before(before) {
      model.before = before;
    },
    get failing() {
      return model.failing;
    },
    set failing(failing) {
      model.failing = failing;
    },
    create(path) {
      files.rmSync(real(path), { force: true });
      const inode = model.create(path);
      const fd = files.openSync(real(path), 'wx+');
      open.set(inode, fd);
      inodeOf.set(String(files.fstatSync(fd).ino), inode);
      files.futimesSync(fd, inode.modified / 1000, inode.modified / 1000);
      return inode;
    },
    append(inode, text) {
      write(inode, inode.data.length, text);
      model.append(inode, text);
      settle(inode);
    },
    writeAt(inode, position, text) {
      write(inode, position, text);
      model.writeAt(inode, position, text);
      settle(inode);
    },
    truncate(inode) {
      files.ftruncateSync(fdOf(inode));
      model.truncate(inode);
      settle(inode);
    },
    unlink(path) {
      files.rmSync(real(path), { force: true });
      model.unlink(path);
      settle(undefined);
    },
    rename(from, to) {
      if (model.names.has(from)) files.renameSync(real(from), real(to));
      model.rename(from, to);
      settle(undefined);
    },
    gzip: (path, keep) => mirrored.beginGzip(path, keep)(),
    beginGzip(path, keep = false) {
      const source = model.names.get(path);
      if (source === undefined) return () => {};
      const { modified } = source;
      const packed = gzipSync(source.data, { level: 1 });
      const half = packed.length >> 1;
      const copy = mirrored.create(`${path}.gz`);
      mirrored.append(copy, packed.subarray(0, half));
      return () => {
        mirrored.append(copy, packed.subarray(half));
        copy.modified = modified;
        settle(copy);
        if (!keep) mirrored.unlink(path);
      };
    },
    link(from, to) {
      if (!model.names.has(from)) return;
      files.rmSync(real(to), { force: true });
      files.linkSync(real(from), real(to));
      model.link(from, to);
      settle(undefined);
    },
    symlink(target, path) {
      files.rmSync(real(path), { force: true });
      files.symlinkSync(real(target), real(path));
      model.symlink(target, path);
    },
    closeAll() {
      for (const fd of open.values()) files.closeSync(fd);
      open.clear();
    },
  };
  return mirrored;
}
