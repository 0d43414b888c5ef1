/**
 * Lists a log with its rotated copies that lie beside it, oldest first, the log itself last. A rotator may be at work
 * meanwhile, renaming one copy after the other, so that a single listing can miss a file: one counts when the next is the same.
 */
import { basename, dirname, join } from 'node:path';
import { groupRotated } from '../rotation.js';
import { inBatches } from './batches.js';
import { codeOf, type FileStatus, type FollowFs, idOf } from './follow-fs.js';

export interface Member {
  readonly path: string;
  readonly status: FileStatus;
  /** It is the log itself. */
  readonly live: boolean;
}

export interface Names {
  /** None where the directory is gone, or may not be listed: its files are found by their names then. */
  readonly names: readonly string[];
  readonly mayBeListed: boolean;
}

/** Names of a directory as they were listed last, for all logs in it: sorted by their UTF-16 units. */
export interface Listings {
  recent(directory: string): Promise<Names>;
  /** Listed now. */
  fresh(directory: string): Promise<Names>;
  forget(): void;
}

export function createListings(fs: FollowFs): Listings {
  const listed = new Map<string, Names>();
  const fresh = async (directory: string): Promise<Names> => {
    let mayBeListed = true;
    const found = await fs.list(directory).catch((error: unknown) => {
      mayBeListed = codeOf(error) !== 'EACCES';
      if (GONE.has(codeOf(error)) || !mayBeListed) return [];
      throw error;
    });
    const names = { names: [...found].sort(), mayBeListed };
    listed.set(directory, names);
    return names;
  };
  return {
    fresh,
    recent: async (directory) => listed.get(directory) ?? (await fresh(directory)),
    forget: () => listed.clear(),
  };
}

/** `names`: sorted. Throws what the file system says, unless that is that a file is gone. */
export async function membersOf(fs: FollowFs, live: string, names: readonly string[]): Promise<Member[]> {
  const own = basename(live);
  const directory = dirname(live);
  const stem = own.replace(/(?<=.)\.[^.]*$/, '');
  const near = beginningWith(names, stem).filter((name) => name !== own);
  const self = { name: live, modified: Number.POSITIVE_INFINITY };
  const named = near.map((name) => ({ name: join(directory, name), modified: 0 }));
  const found: { readonly name: string; readonly modified: number; readonly status: FileStatus }[] = [];
  const copies = near.length === 0 ? [] : membersAmong(self, named);
  const statuses = await inBatches(copies, ({ name }) => fs.status(name).then(asFound, asFailed));
  for (const [at, { name }] of copies.entries()) {
    const { status, error } = statuses[at] as Asked;
    if (status === null) nullIfGone(error);
    else if (status.kind === 'file') found.push({ name, modified: status.modified, status });
  }
  // Where both a plain copy and a compressed one have a number, each may hold what the other does not.
  const members: Member[] =
    found.length === 0
      ? []
      : membersAmong<{ name: string; modified: number; status?: FileStatus }>(self, found).flatMap(
          ({ name, status }) => (status === undefined ? [] : [{ path: name, status, live: false }]),
        );
  const status = await fs.status(live).catch(nullIfGone);
  if (status?.kind === 'file') members.push({ path: live, status, live: true });
  // Of several names of one file the newest counts.
  const newest = new Map(members.map((member) => [idOf(member.status), member]));
  return members.filter((member) => newest.get(idOf(member.status)) === member);
}

interface Asked {
  readonly status: FileStatus | null;
  readonly error: unknown;
}

const asFound = (status: FileStatus): Asked => ({ status, error: null });
const asFailed = (error: unknown): Asked => ({ status: null, error });

const GONE = new Set(['ENOENT', 'ENOTDIR']);

function nullIfGone(error: unknown): null {
  if (GONE.has(codeOf(error))) return null;
  throw error;
}

/** Of sorted names. A directory may hold thousands of logs, each of which asks for its copies. */
function beginningWith(names: readonly string[], start: string): readonly string[] {
  let low = 0;
  for (let high = names.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((names[middle] as string) < start) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (names[end]?.startsWith(start) === true) end++;
  return names.slice(low, end);
}

/** A directory that does not name a log which is there was not listed as it is. */
export function isListed({ mayBeListed, names }: Names, members: readonly Member[]): boolean {
  const live = members.find((member) => member.live);
  if (live === undefined) return mayBeListed;
  const own = basename(live.path);
  return mayBeListed && beginningWith(names, own)[0] === own;
}

/** Without the live log itself. */
function membersAmong<File extends { readonly name: string; readonly modified: number }>(
  self: File,
  others: readonly File[],
): File[] {
  const group = groupRotated([self, ...others]).find(({ files }) => files.includes(self));
  return group?.files.filter((file) => file !== self) ?? [];
}

/** A compressed one comes behind the plain one beside it: until that is removed, it may still be being written. */
export function newestFirst(members: readonly Member[]): Member[] {
  const plain = new Set(members.map(({ path }) => `${path}.gz`));
  const beside = new Map(
    members.filter(({ path }) => plain.has(path)).map((member) => [member.path, member]),
  );
  return members.toReversed().flatMap((member) => {
    if (beside.has(member.path)) return [];
    const packed = beside.get(`${member.path}.gz`);
    return packed === undefined ? [member] : [member, packed];
  });
}

export function isSameListing(a: readonly Member[], b: readonly Member[]): boolean {
  return signature(a) === signature(b);
}

function signature(members: readonly Member[]): string {
  return members.map(({ path, status }) => `${path}\0${idOf(status)}`).join('\n');
}
