/**
 * Lists a log with its rotated copies that lie beside it, oldest first, the log itself last. A rotator may be at work
 * meanwhile, renaming one copy after the other, so that a single listing can miss a file: one counts when the next is the same.
 */
import { basename, dirname, join } from 'node:path';
import { groupRotated, plainName } from '../rotation.js';
import { codeOf, type FileStatus, type FollowFs, idOf } from './follow-fs.js';

export interface Member {
  readonly path: string;
  readonly status: FileStatus;
  /** It is the log itself. */
  readonly live: boolean;
}

/** Names of a directory as they were listed last, for all logs in it. */
export interface Listings {
  recent(directory: string): Promise<readonly string[]>;
  /** Listed now. None where the directory is gone, or may not be listed: its files are found by their names then. */
  fresh(directory: string): Promise<readonly string[]>;
  forget(): void;
}

export function createListings(fs: FollowFs): Listings {
  const listed = new Map<string, readonly string[]>();
  const fresh = async (directory: string): Promise<readonly string[]> => {
    const names = await fs.list(directory).catch(noneIfGone);
    listed.set(directory, names);
    return names;
  };
  return {
    fresh,
    recent: async (directory) => listed.get(directory) ?? (await fresh(directory)),
    forget: () => listed.clear(),
  };
}

/** Throws what the file system says, unless that is that a file is gone. */
export async function membersOf(fs: FollowFs, live: string, names: readonly string[]): Promise<Member[]> {
  const own = basename(live);
  const directory = dirname(live);
  const stem = own.replace(/(?<=.)\.[^.]*$/, '');
  const near = names.filter((name) => name !== own && name.startsWith(stem));
  const self = { name: live, modified: Number.POSITIVE_INFINITY };
  const named = near.map((name) => ({ name: join(directory, name), modified: 0 }));
  const found: { readonly name: string; readonly modified: number; readonly status: FileStatus }[] = [];
  for (const { name } of near.length === 0 ? [] : membersAmong(self, named)) {
    const status = await fs.status(name).catch(nullIfGone);
    if (status?.kind === 'file') found.push({ name, modified: status.modified, status });
  }
  const plain = new Set(found.filter(({ name }) => !isCompressed(name)).map(({ name }) => plainName(name)));
  // Both stand there while a rotator compresses; the plain one is whole.
  const whole = found.filter(({ name }) => !isCompressed(name) || !plain.has(plainName(name)));
  const members: Member[] =
    whole.length === 0
      ? []
      : membersAmong<{ name: string; modified: number; status?: FileStatus }>(self, whole).flatMap(
          ({ name, status }) => (status === undefined ? [] : [{ path: name, status, live: false }]),
        );
  const status = await fs.status(live).catch(nullIfGone);
  if (status?.kind === 'file') members.push({ path: live, status, live: true });
  return members;
}

const GONE = new Set(['ENOENT', 'ENOTDIR']);

function nullIfGone(error: unknown): null {
  if (GONE.has(codeOf(error))) return null;
  throw error;
}

function noneIfGone(error: unknown): readonly string[] {
  if (GONE.has(codeOf(error)) || codeOf(error) === 'EACCES') return [];
  throw error;
}

/** Without the live log itself. */
function membersAmong<File extends { readonly name: string; readonly modified: number }>(
  self: File,
  others: readonly File[],
): File[] {
  const group = groupRotated([self, ...others]).find(({ files }) => files.includes(self));
  return group?.files.filter((file) => file !== self) ?? [];
}

function isCompressed(name: string): boolean {
  return /\.gz$/i.test(name);
}

export function isSameListing(a: readonly Member[], b: readonly Member[]): boolean {
  return signature(a) === signature(b);
}

function signature(members: readonly Member[]): string {
  return members.map(({ path, status }) => `${path}\0${idOf(status)}`).join('\n');
}
