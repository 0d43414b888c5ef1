/**
 * Finds texts among the rotated copies of a log: where one that was followed has gone, whether a new file is only
 * a copy of a known text, and which files were written between two looks and have never been seen.
 */
import { dirname, join } from 'node:path';
import { reasonOf } from '../input-error.js';
import { type FileStatus, idOf, type OpenFile } from './follow-fs.js';
import type { Following } from './following.js';
import { gzipHead, gzipText, gzipTextAfter } from './gzip-text.js';
import { isCompressed, isSameListing, type Sibling, siblingsOf } from './siblings.js';
import { beforeOf, type Family, lastChange, markOf, newTail, type Tail } from './tail.js';
import {
  equal,
  HEAD_BYTES,
  hasHead,
  hasStart,
  headLength,
  holdsText,
  isUnproved,
  PROOF_BYTES,
  readRange,
} from './text-mark.js';

/** Where a text goes on. */
export type Found =
  | { readonly kind: 'file'; readonly status: FileStatus; readonly file: OpenFile; readonly renamed: boolean }
  | {
      readonly kind: 'gzip';
      readonly status: FileStatus;
      readonly file: OpenFile;
      readonly chunks: AsyncGenerator<Uint8Array>;
    }
  /** A copy that ends before the place that was reached. */
  | { readonly kind: 'short'; readonly status: FileStatus }
  /** Nothing of it had been read, and there are copies that may hold it: they are read by themselves. */
  | { readonly kind: 'unread' };

const RELISTINGS = 3;

/** The paths beside which rotated copies are looked for. */
export function livesOf(following: Following, family: Family): string[] {
  const lives = new Set([family.live]);
  const followed = following.followed.get(family.live);
  if (followed !== undefined) lives.add(followed.real);
  for (const { target } of [...family.tails, ...family.ended]) if (target !== null) lives.add(target);
  return [...lives];
}

/** `shown`: identity of the file at the followed path, which is not the one looked for. Null where it is nowhere. */
export async function locate(following: Following, tail: Tail, shown: string | null): Promise<Found | null> {
  const list = () => siblingsOf(following.fs, livesOf(following, tail.family));
  let siblings = await list();
  for (let listing = 0; listing < RELISTINGS; listing++) {
    const found = await locateAmong(following, tail, shown, siblings);
    if (found !== null) return found;
    // It may have been renamed from a name that was not tried yet to one that had been.
    const again = await list();
    if (isSameListing(siblings, again)) break;
    siblings = again;
  }
  return null;
}

async function locateAmong(
  following: Following,
  tail: Tail,
  shown: string | null,
  siblings: readonly Sibling[],
): Promise<Found | null> {
  const id = idOf(tail.identity);
  const others = siblings.filter(({ status }) => idOf(status) !== shown);
  const isFree = ({ status }: Sibling): boolean => {
    const reader = following.readers.get(idOf(status));
    // One that is closed may have lost its inode to another file.
    return (
      reader === undefined ||
      reader === tail ||
      (reader.file === null && !(reader.finished && isOwn(reader, status)))
    );
  };
  // A compressed copy is always a file of its own, with an inode that was given out again.
  const isSame = ({ compressed, status }: Sibling): boolean => !compressed && idOf(status) === id;
  const same = others.filter(isSame);
  // By its text any of them may be it, the newest first: a copy, or a file system that changed its inodes.
  const rest = others.filter((sibling) => !isSame(sibling) && isFree(sibling)).reverse();
  for (const sibling of [...same, ...rest]) {
    const found = sibling.compressed
      ? await tryGzip(following, tail, sibling)
      : await tryFile(following, tail, sibling.path, id);
    if (found !== null) return found;
  }
  const moved = await findMoved(following, tail, id, shown);
  if (moved !== null) return moved;
  for (const { path, status, compressed } of rest) {
    if (compressed || status.size >= tail.offset || status.size < PROOF_BYTES) continue;
    const start = await withFile(following, path, (file) => readRange(file, 0, HEAD_BYTES));
    if (start !== null && hasKnownStart(start, tail)) return { kind: 'short', status };
  }
  if (tail.offset === 0) {
    for (const sibling of others) {
      if (sibling.compressed || isFree(sibling)) continue;
      const holds = await withFile(following, sibling.path, (file) => holdsText(file, markOf(tail)));
      if (holds === true) return { kind: 'unread' };
    }
  }
  const mayHoldIt = ({ status }: Sibling): boolean => status.modified >= lastChange(tail);
  return isUnproved(markOf(tail)) && others.some(mayHoldIt) ? { kind: 'unread' } : null;
}

async function tryGzip(following: Following, tail: Tail, { path, status }: Sibling): Promise<Found | null> {
  const mark = markOf(tail);
  if (isUnproved(mark)) return null;
  const file = await following.open(path).catch(() => null);
  if (file === null) return null;
  const chunks = await gzipTextAfter(path, file, mark, following.signal);
  if (chunks !== null) return { kind: 'gzip', status, file, chunks };
  await file.close().catch(() => undefined);
  return null;
}

async function tryFile(following: Following, tail: Tail, path: string, id: string): Promise<Found | null> {
  const file = await following.open(path).catch(() => null);
  if (file === null) return null;
  try {
    const status = await file.status();
    const renamed = idOf(status) === id;
    if (await holdsText(file, markOf(tail))) return { kind: 'file', status, file, renamed };
    // Nothing was in it when it was seen last: the inode is all that is known, and the time it was given out.
    const unproved = isUnproved(markOf(tail)) && tail.identity.born === status.born;
    if (renamed && unproved && status.kind === 'file') return { kind: 'file', status, file, renamed };
  } catch {
    // Gone or unreadable: it is not found.
  }
  await file.close().catch(() => undefined);
  return null;
}

/** Under any name in its directory, by its inode: somebody moved it out of the way. */
async function findMoved(
  following: Following,
  tail: Tail,
  id: string,
  shown: string | null,
): Promise<Found | null> {
  if (id === shown) return null;
  const directories = new Set(livesOf(following, tail.family).map((live) => dirname(live)));
  for (const directory of directories) {
    for (const name of await following.fs.list(directory).catch(() => [])) {
      const path = join(directory, name);
      const status = await following.fs.status(path).catch(() => null);
      if (status?.kind !== 'file' || idOf(status) !== id || isCompressed(name)) continue;
      const found = await tryFile(following, tail, path, id);
      if (found !== null) return found;
    }
  }
  return null;
}

/** Those of links to the log, too: its text is theirs where they were found first. */
function textsOf({ followed }: Following, family: Family): Tail[] {
  const kin = new Set([family]);
  for (const { family: other, real } of followed.values()) if (real === family.live) kin.add(other);
  return [...kin].flatMap(({ tails, ended }) => [...tails, ...ended]);
}

/** The known text that a file holds as far as it goes; null for an empty one. */
export async function knownText(
  following: Following,
  family: Family,
  file: OpenFile,
  self: Tail | null,
): Promise<Tail | null> {
  const { size } = await file.status();
  const start = await readRange(file, 0, HEAD_BYTES);
  for (const tail of textsOf(following, family)) {
    if (tail === self || tail.suspect) continue;
    const alike = hasKnownStart(start, tail);
    const unproved = isUnproved(markOf(tail));
    if (alike && !unproved && tail.offset > 0 && size >= tail.offset && (await endsAlike(file, tail)))
      return tail;
    const theirs =
      tail.file === null || tail.chunks !== null
        ? null
        : await readRange(tail.file, 0, HEAD_BYTES).catch(() => null);
    // A file that was truncated meanwhile, which nobody has noticed yet, says nothing about the text.
    if (tail.file === null || theirs === null || !hasHead(theirs, tail.head)) {
      const proved = tail.offset === 0 ? headLength(tail.head) >= PROOF_BYTES : size < tail.offset;
      if (alike && proved && !unproved) return tail;
      continue;
    }
    if (!startAlike(start, theirs)) continue;
    // A copy is never longer than what it was made of.
    if (size <= (await tail.file.status()).size) {
      if (equal(await beforeOf(file, size), await beforeOf(tail.file, size))) return tail;
    }
    const truncated = (await tail.file.status()).size < tail.offset;
    if (truncated && alike && size < tail.offset && !unproved) return tail;
  }
  return null;
}

/** Whether a compressed text begins as a known one does. */
export async function isKnownHead(following: Following, family: Family, head: Uint8Array): Promise<boolean> {
  for (const tail of textsOf(following, family)) {
    if (hasKnownStart(head, tail)) return true;
    // What was written since it was looked at last.
    if (tail.file === null || tail.chunks !== null) continue;
    const now = await readRange(tail.file, 0, HEAD_BYTES).catch(() => null);
    if (now !== null && startAlike(head, now)) return true;
  }
  return false;
}

async function endsAlike(file: OpenFile, { offset, before }: Tail): Promise<boolean> {
  return equal(await readRange(file, offset - before.length, before.length), before);
}

function hasKnownStart(found: Uint8Array, tail: Tail): boolean {
  const { head } = tail;
  if (head instanceof Uint8Array) return startAlike(found, head);
  return head.bytes > 0 && hasStart(found, markOf(tail));
}

/** As far as the shorter one goes, which is not empty. */
function startAlike(a: Uint8Array, b: Uint8Array): boolean {
  const common = Math.min(a.length, b.length);
  return common > 0 && equal(a.subarray(0, common), b.subarray(0, common));
}

/** Which of the rotated copies that are no known text may never have been seen. */
export interface Unseen {
  /** Of those behind the old text in their order. */
  behind(status: FileStatus): boolean;
  /** The old text was empty: the file may have been written, copied and truncated since, and stand behind its copies. */
  readonly anywhere: boolean;
  /** By its times, anywhere or where the place of the old text is not known. */
  isNew(status: FileStatus): boolean;
}

/**
 * Starts reading the rotated copies that were never seen, oldest first: those behind `old` in their order, and
 * where its place is not known those that are new by their times. `wanted` may take in more, of those that are older.
 */
export async function addUnseen(
  following: Following,
  family: Family,
  old: Tail | null,
  unseen: Unseen,
  shown: string | null,
  wanted: (sibling: Sibling) => boolean = () => false,
): Promise<void> {
  for (let listing = 0; listing < RELISTINGS; listing++) {
    const siblings = await siblingsOf(following.fs, livesOf(following, family));
    const place = old === null ? -1 : await placeOf(following, siblings, old);
    const candidates = siblings.filter((sibling, at) => {
      if (idOf(sibling.status) === shown) return false;
      if (wanted(sibling)) return true;
      if (place >= 0 && at > place && unseen.behind(sibling.status)) return true;
      return (place < 0 || unseen.anywhere) && unseen.isNew(sibling.status);
    });
    let moved = false;
    const heads = new Map<Sibling, Buffer | null>();
    for (const sibling of candidates) heads.set(sibling, await headOf(following, sibling));
    for (const [at, sibling] of candidates.entries()) {
      if (following.signal.aborted) return;
      if (await goesOnIn(following, sibling, candidates.slice(at + 1), heads)) continue;
      if ((await addOne(following, family, sibling)) === 'moved') moved = true;
    }
    if (!moved) return;
  }
}

async function headOf(following: Following, { path, compressed }: Sibling): Promise<Buffer | null> {
  return withFile(following, path, async (file) =>
    compressed ? await gzipHead(file, following.signal) : await readRange(file, 0, HEAD_BYTES),
  );
}

/** Whether it is only a copy that was made of a text while that went on: a later one holds all of it. */
async function goesOnIn(
  following: Following,
  sibling: Sibling,
  later: readonly Sibling[],
  heads: ReadonlyMap<Sibling, Buffer | null>,
): Promise<boolean> {
  const head = heads.get(sibling);
  if (head == null || head.length < PROOF_BYTES) return false;
  for (const other of later) {
    const start = heads.get(other);
    if (start == null || start.length < head.length || !startAlike(head, start)) continue;
    if (sibling.compressed || other.compressed) return true;
    const { size } = sibling.status;
    const mine = await withFile(following, sibling.path, (file) => beforeOf(file, size));
    const theirs = await withFile(following, other.path, (file) => beforeOf(file, size));
    if (mine !== null && theirs !== null && equal(mine, theirs)) return true;
  }
  return false;
}

async function placeOf(following: Following, siblings: readonly Sibling[], old: Tail): Promise<number> {
  const id = idOf(old.identity);
  const same = siblings.findIndex(({ status }) => idOf(status) === id);
  const there = siblings[same];
  if (there !== undefined) {
    if (old.file !== null || old.chunks !== null || there.compressed) return same;
    const holds = await withFile(following, there.path, (file) => holdsText(file, markOf(old)));
    if (holds === true) return same;
  }
  for (let at = siblings.length - 1; at >= 0; at--) {
    const sibling = siblings[at];
    if (sibling?.compressed !== true || headLength(old.head) === 0) continue;
    const head = await withFile(following, sibling.path, (file) => gzipHead(file, following.signal));
    if (head !== null && hasHead(head, old.head)) return at;
  }
  return -1;
}

async function addOne(
  following: Following,
  family: Family,
  { path, status: listed, compressed }: Sibling,
): Promise<'done' | 'moved'> {
  const id = idOf(listed);
  const reader = following.readers.get(id);
  if (reader !== undefined && (reader.file !== null || isOwn(reader, listed))) return 'done';
  const file = await following.open(path).catch(() => null);
  if (file === null) return 'moved';
  let kept = false;
  try {
    const status = await file.status();
    if (idOf(status) !== id) return 'moved';
    if (!compressed && (await isWaitedFor(family, file, status))) return 'done';
    const head = compressed ? await gzipHead(file, following.signal) : await readRange(file, 0, HEAD_BYTES);
    if (head === null || (compressed && head.length === 0)) return 'done';
    if (compressed && (await isKnownHead(following, family, head))) return 'done';
    const known = compressed ? null : await knownText(following, family, file, null);
    if (known !== null && head.length >= PROOF_BYTES) return 'done';
    const ended = family.ended.find((tail) => idOf(tail.identity) === id && headLength(tail.head) === 0);
    if (ended !== undefined && head.length === 0) return 'done';
    following.add(
      newTail({
        key: following.newKey(),
        name: family.live,
        target: null,
        family,
        identity: status,
        modified: status.modified,
        head,
        offset: 0,
        startLine: 0,
        before: new Uint8Array(0),
        stage: compressed ? 'rest' : 'leaving',
        ...(compressed && { seen: status }),
        file,
        chunks: compressed ? gzipText(path, file, following.signal) : null,
        // Too short to say whether it is a copy that is being made: it is looked at again when it grows.
        suspect: !compressed && head.length < PROOF_BYTES,
        active: following.now(),
      }),
    );
    kept = true;
    return 'done';
  } catch (error) {
    following.say(path, `${reasonOf(error)}; this rotated copy is not read`, null);
    return 'done';
  } finally {
    if (!kept) await file.close().catch(() => undefined);
  }
}

/** The file of a text of which nothing more is known, or needed: it was empty, or has been read to its end. */
function isOwn({ finished, head, identity }: Tail, { born }: FileStatus): boolean {
  return (finished || headLength(head) === 0) && (identity.born === null || identity.born === born);
}

/** The file of a text that is closed, and still to be gone on with. */
async function isWaitedFor({ tails }: Family, file: OpenFile, status: FileStatus): Promise<boolean> {
  for (const tail of tails) {
    if (tail.file !== null || tail.chunks !== null || idOf(tail.identity) !== idOf(status)) continue;
    if (await holdsText(file, markOf(tail))) return true;
  }
  return false;
}

/** Null where the file cannot be opened or read. */
async function withFile<Result>(
  following: Following,
  path: string,
  use: (file: OpenFile) => Promise<Result>,
): Promise<Result | null> {
  const file = await following.open(path).catch(() => null);
  if (file === null) return null;
  try {
    return await use(file);
  } catch {
    return null;
  } finally {
    await file.close().catch(() => undefined);
  }
}
