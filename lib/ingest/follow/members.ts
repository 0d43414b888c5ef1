/**
 * Lists a log with its rotated copies that lie beside it, oldest first, the log itself last. A rotator may be at work
 * meanwhile, renaming one copy after the other, so that a single listing can miss a file: it counts when two are the same.
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

/** Listings that are made at most: a directory that never rests is taken as it was seen last. */
const MAX_LISTINGS = 6;

/** Throws what the file system says of the live path, unless that is that there is none. */
export async function membersOf(fs: FollowFs, live: string): Promise<Member[]> {
  let listed: Member[] = [];
  for (let listing = 0; listing < MAX_LISTINGS; listing++) {
    const again = await listOnce(fs, live);
    if (listing > 0 && isSameListing(again, listed)) return again;
    listed = again;
  }
  return listed;
}

async function listOnce(fs: FollowFs, live: string): Promise<Member[]> {
  const directory = dirname(live);
  const own = basename(live);
  const stem = own.replace(/(?<=.)\.[^.]*$/, '');
  const names = await fs.list(directory).catch(() => []);
  const near = names.filter((name) => name !== own && name.startsWith(stem));
  const self = { name: live, modified: Number.POSITIVE_INFINITY };
  const named = near.map((name) => ({ name: join(directory, name), modified: 0 }));
  const found: { readonly name: string; readonly modified: number; readonly status: FileStatus }[] = [];
  for (const { name } of near.length === 0 ? [] : membersAmong(self, named)) {
    const status = await fs.status(name).catch(() => null);
    if (status?.kind === 'file') found.push({ name, modified: status.modified, status });
  }
  const plain = new Set(found.filter(({ name }) => !isCompressed(name)).map(({ name }) => plainName(name)));
  // Both stand there while a rotator compresses; the plain one is whole.
  const whole = found.filter(({ name }) => !isCompressed(name) || !plain.has(plainName(name)));
  const members: Member[] = membersAmong<{ name: string; modified: number; status?: FileStatus }>(
    self,
    whole,
  ).flatMap(({ name, status }) => (status === undefined ? [] : [{ path: name, status, live: false }]));
  const status = await fs.status(live).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null;
    throw error;
  });
  if (status?.kind === 'file') members.push({ path: live, status, live: true });
  return members;
}

/** Without the live log itself. */
function membersAmong<File extends { readonly name: string; readonly modified: number }>(
  self: File,
  others: readonly File[],
): File[] {
  const group = groupRotated([self, ...others]).find(({ files }) => files.includes(self));
  return group?.files.filter((file) => file !== self) ?? [];
}

export function isCompressed(name: string): boolean {
  return /\.gz$/i.test(name);
}

export function isSameListing(a: readonly Member[], b: readonly Member[]): boolean {
  return signature(a) === signature(b);
}

function signature(members: readonly Member[]): string {
  return members.map(({ path, status }) => `${path}\0${idOf(status)}`).join('\n');
}
