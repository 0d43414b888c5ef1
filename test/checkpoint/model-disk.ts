/**
 * A disk with one directory, in memory, as the calls of a state see it. Any call can be made to fail, or to be the
 * last one before the process is killed; and the power can be cut, which loses what was not forced to the disk.
 */
import type { StateFs, StateHandle } from '../../lib/checkpoint/state-fs.js';

interface Inode {
  readonly kind: 'file' | 'link';
  content: Buffer;
  /** What a power cut leaves of it. */
  durable: Buffer;
}

/** What happens at one call, counted from 1. */
export interface Fault {
  readonly at: number;
  /** An errno; `kill`: the call is not made, and none after it; `short`: a write takes half, the next finds no space. */
  readonly what: string;
}

export interface ModelDisk {
  readonly fs: StateFs;
  readonly names: () => string[];
  readonly read: (path: string) => Buffer | null;
  readonly write: (path: string, content: Uint8Array | string) => void;
  /** Calls so far, `rename /s/state.tmp` and its like. */
  readonly calls: readonly string[];
  /** From now on; counts from the next call. */
  readonly inject: (fault: Fault | null) => void;
  /** Settles when a `kill` came. */
  readonly killed: () => Promise<void>;
  /** The same disk after a power cut: names in the order they were made, up to some; files cut or zeroed where not forced. */
  readonly cutPower: (random: (below: number) => number) => ModelDisk;
  /** The same disk for the next process. */
  readonly afterKill: () => ModelDisk;
}

const ROOT = '/s/';

export function modelDisk(options: { readonly links?: boolean } = {}): ModelDisk {
  return disk(new Map(), options);
}

function disk(start: Map<string, Inode>, options: { readonly links?: boolean }): ModelDisk {
  const names = start;
  let durableNames = new Map(names);
  const journal: ((directory: Map<string, Inode>) => void)[] = [];
  const calls: string[] = [];
  let fault: { left: number; what: string } | null = null;
  let dead = false;
  let full = false;
  let tellKilled = () => {};
  const killed = new Promise<void>((resolve) => {
    tellKilled = resolve;
  });

  const fail = (code: string): never => {
    throw Object.assign(new Error(`${code}: pretended`), { code });
  };
  /** Answers whether this call is to be cut short, or is the end. */
  const begin = (call: string): 'go' | 'short' | 'dead' => {
    if (dead) return 'dead';
    calls.push(call);
    if (full && call.startsWith('write')) fail('ENOSPC');
    if (fault === null || --fault.left > 0) return 'go';
    const { what } = fault;
    fault = null;
    if (what === 'short') {
      full = call.startsWith('write');
      return full ? 'short' : 'go';
    }
    if (what !== 'kill') fail(what);
    dead = true;
    tellKilled();
    return 'dead';
  };
  /** Answers whether this call is to be cut short. */
  const step = async (call: string): Promise<boolean> => {
    await Promise.resolve();
    const how = begin(call);
    return how === 'dead' ? new Promise(() => {}) : how === 'short';
  };
  const change = (apply: (directory: Map<string, Inode>) => void) => {
    apply(names);
    journal.push(apply);
  };
  const inode = (path: string): Inode => names.get(path) ?? fail('ENOENT');

  const rename = (from: string, to: string): void => {
    const moved = inode(from);
    // What rename(2) says of two names of one file.
    if (names.get(to) === moved) return;
    change((directory) => {
      directory.delete(from);
      directory.set(to, moved);
    });
  };

  const fs: StateFs = {
    async open(path, flags) {
      await step(`open ${path}`);
      if (path === ROOT.slice(0, -1)) return directoryHandle();
      // O_CREAT | O_EXCL
      if ((flags & 0o100) !== 0) {
        if (names.has(path)) fail('EEXIST');
        const created: Inode = { kind: 'file', content: Buffer.alloc(0), durable: Buffer.alloc(0) };
        change((directory) => directory.set(path, created));
      }
      if (inode(path).kind === 'link') fail('ELOOP');
      return fileHandle(path, inode(path));
    },
    async lstat(path) {
      await step(`lstat ${path}`);
      return inode(path);
    },
    async link(from, to) {
      await step(`link ${to}`);
      if (options.links === false) fail('EPERM');
      const target = inode(from);
      if (names.has(to)) fail('EEXIST');
      change((directory) => directory.set(to, target));
    },
    async rename(from, to) {
      await step(`rename ${from}`);
      rename(from, to);
    },
    renameSync(from, to) {
      // Nothing after it is done: whatever the one who called does next is dead, too.
      if (begin(`rename ${from}`) === 'dead') throw new Error('killed');
      rename(from, to);
    },
    async unlink(path) {
      await step(`unlink ${path}`);
      inode(path);
      change((directory) => directory.delete(path));
    },
    async symlink(target, path) {
      await step(`symlink ${path}`);
      if (names.has(path)) fail('EEXIST');
      const text = Buffer.from(target);
      change((directory) => directory.set(path, { kind: 'link', content: text, durable: text }));
    },
    async readlink(path) {
      await step(`readlink ${path}`);
      return inode(path).kind === 'link' ? inode(path).content.toString() : fail('EINVAL');
    },
  };

  const fileHandle = (path: string, file: Inode): StateHandle => ({
    async read(buffer, offset, length, position) {
      await step(`read ${path}`);
      return { bytesRead: file.content.copy(buffer, offset, position, position + length) };
    },
    async write(buffer, offset, length, position) {
      const short = await step(`write ${path}`);
      const taken = Buffer.from(buffer.subarray(offset, offset + (short ? Math.ceil(length / 2) : length)));
      file.content = Buffer.concat([file.content.subarray(0, position), taken]);
      return { bytesWritten: taken.length };
    },
    async stat() {
      await step(`stat ${path}`);
      return { size: file.content.length, isFile: () => true };
    },
    async sync() {
      await step(`sync ${path}`);
      file.durable = file.content;
    },
    async close() {
      await step(`close ${path}`);
    },
  });
  const directoryHandle = (): StateHandle => ({
    ...fileHandle(ROOT, { kind: 'file', content: Buffer.alloc(0), durable: Buffer.alloc(0) }),
    async sync() {
      await step(`sync ${ROOT}`);
      durableNames = new Map(names);
      journal.length = 0;
    },
  });

  return {
    fs,
    names: () => [...names.keys()].toSorted(),
    read: (path) => names.get(path)?.content ?? null,
    write(path, content) {
      const bytes = Buffer.from(content);
      const file: Inode = { kind: 'file', content: bytes, durable: bytes };
      names.set(path, file);
      durableNames.set(path, file);
    },
    calls,
    inject(next) {
      fault = next === null ? null : { left: next.at, what: next.what };
      full = false;
    },
    killed: () => killed,
    afterKill: () => disk(new Map(names), options),
    cutPower(random) {
      for (const apply of journal.slice(0, random(journal.length + 1))) apply(durableNames);
      const left = new Map<string, Inode>();
      const copies = new Map<Inode, Inode>();
      for (const [name, file] of durableNames) {
        const copy = copies.get(file) ?? { ...file, content: survivors(file, random) };
        copies.set(file, copy);
        left.set(name, copy);
      }
      return disk(left, options);
    },
  };
}

function survivors(file: Inode, random: (below: number) => number): Buffer {
  if (file.durable === file.content) return file.content;
  const kept = file.content.subarray(0, random(file.content.length + 1));
  return random(2) === 0 ? kept : Buffer.concat([kept, Buffer.alloc(file.content.length - kept.length)]);
}
