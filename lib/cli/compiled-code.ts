/**
 * Keeps what V8 has compiled in a file. V8 runs it unseen: a byte that a disk has changed crashes the process, and
 * whoever may write the file decides what runs. So only a whole file is taken, and one that nobody else can write.
 */
import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';

/** What so many versions of Node, or sets of its flags, compiled is kept: a megabyte each. */
const KEPT = 4;
const SUM_BYTES = 4;
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Where that is kept of a file of code: one for each build of Node, set of its flags, and kind of processor. V8's own
 * tag does not tell builds apart: Node 20.20.1 and 20.20.2 have the same, and the one crashes on what the other has
 * compiled (nodejs/node#62781). Null where it cannot be told which build runs.
 */
export function fileOfCompiled(code: string, node: string = process.execPath): string | null {
  try {
    const { mtimeMs, size } = statSync(node);
    const tag = cachedDataVersionTag().toString(16);
    return `${[code, process.version, process.arch, size, Math.floor(mtimeMs), tag].join('-')}.cache`;
  } catch {
    return null;
  }
}

/** Null where there is none that can be trusted as much as the code that it was compiled of. */
export function readCompiled(file: string, code: string): Buffer | null {
  try {
    const fd = openSync(file, 'r');
    try {
      const { mode, uid } = fstatSync(fd);
      if ((mode & WRITABLE_BY_OTHERS) !== 0) return null;
      if (uid !== 0 && uid !== process.getuid?.() && uid !== statSync(code).uid) return null;
      const bytes = readFileSync(fd);
      const compiled = bytes.subarray(0, -SUM_BYTES);
      return bytes.length > SUM_BYTES && bytes.readUInt32LE(compiled.length) === sumOf(compiled)
        ? compiled
        : null;
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
}

/** Whole or not at all: others may start at any moment. `compile` is asked only where there is a place for it. */
export function keepCompiled(file: string, compile: () => Buffer): void {
  const draft = `${file}.${process.pid}-${Date.now()}`;
  let isMine = false;
  try {
    // Not through a link that somebody has put there.
    const fd = openSync(draft, 'wx', 0o644);
    isMine = true;
    try {
      const compiled = compile();
      const sum = Buffer.alloc(SUM_BYTES);
      sum.writeUInt32LE(sumOf(compiled));
      writeFileSync(fd, Buffer.concat([compiled, sum]));
    } finally {
      closeSync(fd);
    }
    makeRoom(file, draft);
    renameSync(draft, file);
  } catch {
    // A directory of somebody else, a full disk: the run has done what it was asked for.
    if (isMine) forget(draft);
  }
}

/** Lets go of what was kept longest ago, drafts of runs that were killed among it. */
function makeRoom(file: string, draft: string): void {
  const directory = dirname(file);
  // Another first run may finish meanwhile, whose draft is gone then.
  const keptMsOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const others = readdirSync(directory)
    .filter((name) => name.includes('.cache') && name !== basename(file) && name !== basename(draft))
    .map((name) => ({ path: join(directory, name), keptMs: keptMsOf(join(directory, name)) }))
    .sort((a, b) => b.keptMs - a.keptMs);
  for (const { path } of others.slice(KEPT - 1)) forget(path);
}

function forget(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}

/**
 * Each changed word changes it (FNV-1a, by words of 32 bits). A product alone carries upwards only, and the highest bits
 * of two words would cancel each other out. A digest would take longer to load than all else.
 */
function sumOf(bytes: Buffer): number {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
  let sum = bytes.length;
  // Written out: this runs before V8 has made anything of it fast.
  for (let at = 0; at < words.length; at++) {
    sum = Math.imul(sum ^ (words[at] as number), 0x01000193);
    sum ^= sum >>> 15;
  }
  for (let at = words.length * 4; at < bytes.length; at++)
    sum = Math.imul(sum ^ (bytes[at] as number), 0x01000193);
  return sum >>> 0;
}
