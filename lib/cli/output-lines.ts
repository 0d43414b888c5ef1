/**
 * What stands in an output behind a saved position: lines that were written after the state was saved, and before
 * the process was killed. Who goes on from that state must not say them again.
 */
import { constants } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { SavedOutput } from '../checkpoint/types.js';
import { isSameFile, nodeOutputFs, type OutputFs, type OutputHandle, readAt } from './output-fs.js';

/** A longer line is none of ours: it is passed over. */
const MAX_LINE = 4 * 1024 * 1024;
const READ_BYTES = 64 * 1024;
/** Files beside the output that are looked at. */
const MAX_SIBLINGS = 1000;
const COMPRESSED = /\.(?:gz|bz2|xz|zst|lz4)$/;

interface OutputPart {
  readonly path: string;
  readonly from: number;
}

/**
 * Whole lines without their newlines, oldest first. The saved file is found under its name, or beside it after a
 * rotation; then come the files that were rotated since, then the present one. A file that was compressed
 * meanwhile is not read. Throws what the file system throws, but for files that are not there.
 */
export async function* linesSince(saved: SavedOutput, fs: OutputFs = nodeOutputFs): AsyncGenerator<string> {
  for (const { path, from } of await partsSince(saved, fs)) {
    const handle = await openThere(fs, path);
    if (handle === null) continue;
    try {
      yield* wholeLines(handle, from);
    } finally {
      await handle.close();
    }
  }
}

/** Whether what stands before the saved position is still what stood there: the number of a file is used again. */
export async function isSavedText(handle: OutputHandle, saved: SavedOutput): Promise<boolean> {
  const before = Buffer.from(saved.before, 'base64');
  if (Number((await handle.stat({ bigint: true })).size) < saved.size) return false;
  return before.equals(await readAt(handle, saved.size - before.length, before.length));
}

async function partsSince(saved: SavedOutput, fs: OutputFs): Promise<OutputPart[]> {
  const { path } = saved;
  const identity = { dev: BigInt(saved.dev), ino: BigInt(saved.ino) };
  const current = await fs.stat(path, { bigint: true }).catch(() => null);
  if (current !== null && isSameFile(current, identity) && (await holdsText(fs, path, saved)))
    return [{ path, from: saved.size }];

  const siblings = await rotatedSiblings(fs, path, current);
  const whole: OutputPart[] = current === null ? [] : [{ path, from: 0 }];
  // By identity after a rename; after copytruncate the copy is another file with the same text.
  const byIdentity = siblings.filter(({ stat }) => isSameFile(stat, identity));
  for (const sibling of saved.before === '' ? byIdentity : [...byIdentity, ...siblings.toReversed()]) {
    if (!(await holdsText(fs, sibling.path, saved))) continue;
    const since = siblings.slice(siblings.indexOf(sibling) + 1).map((each) => ({ path: each.path, from: 0 }));
    return [{ path: sibling.path, from: saved.size }, ...since, ...whole];
  }
  return whole;
}

/** Files beside it whose names begin with its own, oldest change first. */
async function rotatedSiblings(fs: OutputFs, path: string, current: { dev: bigint; ino: bigint } | null) {
  const names = await fs.readdir(dirname(path)).catch(() => []);
  const name = basename(path);
  // incidents.ndjson.1, incidents.ndjson-20260102, and with logrotate's `extension`: incidents-20260102.ndjson
  const stem = name.replace(/\.[^.]*$/, '');
  const rotated = names.filter((each) => each !== name && each.startsWith(stem) && !COMPRESSED.test(each));
  const siblings = [];
  for (const each of rotated.slice(0, MAX_SIBLINGS)) {
    const sibling = join(dirname(path), each);
    const stat = await fs.stat(sibling, { bigint: true }).catch(() => null);
    if (stat?.isFile() && (current === null || !isSameFile(stat, current)))
      siblings.push({ path: sibling, stat });
  }
  return siblings.toSorted((one, other) => Number(one.stat.mtimeNs - other.stat.mtimeNs));
}

async function holdsText(fs: OutputFs, path: string, saved: SavedOutput): Promise<boolean> {
  const handle = await openThere(fs, path);
  if (handle === null) return false;
  try {
    return await isSavedText(handle, saved);
  } finally {
    await handle.close();
  }
}

async function openThere(fs: OutputFs, path: string): Promise<OutputHandle | null> {
  try {
    return await fs.open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function* wholeLines(handle: OutputHandle, from: number): AsyncGenerator<string> {
  let position = from;
  let rest: Buffer = Buffer.alloc(0);
  let tooLong = false;
  for (;;) {
    const chunk = await readAt(handle, position, READ_BYTES);
    if (chunk.length === 0) return;
    position += chunk.length;
    const text = Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = text.indexOf(10, rest.length); end !== -1; end = text.indexOf(10, start)) {
      if (!tooLong && end > start) yield text.toString('utf8', start, end);
      tooLong = false;
      start = end + 1;
    }
    rest = text.subarray(start);
    if (rest.length > MAX_LINE) {
      tooLong = true;
      rest = Buffer.alloc(0);
    }
  }
}
