/**
 * Lists the rotated copies of a followed log that lie beside it, oldest first. A rotator may be at work meanwhile,
 * renaming one copy after the other, so that a single listing can miss a file: it counts when two are the same.
 */
import { basename, dirname, join } from 'node:path';
import { groupRotated, plainName } from '../rotation.js';
import { type FileStatus, type FollowFs, idOf } from './follow-fs.js';

export interface Sibling {
  readonly path: string;
  readonly status: FileStatus;
  /** By its name. */
  readonly compressed: boolean;
}

/** Listings that are made at most: a directory that never rests is taken as it was seen last. */
const MAX_LISTINGS = 6;

/** `lives`: the followed path, and where it is a symbolic link its target. */
export async function siblingsOf(fs: FollowFs, lives: readonly string[]): Promise<Sibling[]> {
  let listed: Sibling[] = [];
  for (let listing = 0; listing < MAX_LISTINGS; listing++) {
    const again: Sibling[] = [];
    for (const live of lives) again.push(...(await listOnce(fs, live)));
    if (listing > 0 && isSameListing(again, listed)) return again;
    listed = again;
  }
  return listed;
}

async function listOnce(fs: FollowFs, live: string): Promise<Sibling[]> {
  const directory = dirname(live);
  const own = basename(live);
  const stem = own.replace(/(?<=.)\.[^.]*$/, '');
  const names = await fs.list(directory).catch(() => []);
  const near = names.filter((name) => name !== own && name.startsWith(stem));
  if (near.length === 0) return [];
  const named = near.map((name) => ({ name: join(directory, name), modified: 0 }));
  const self = { name: join(live), modified: Number.POSITIVE_INFINITY };
  const members = groupRotated([self, ...named]).find(({ files }) => files.includes(self))?.files ?? [];
  const found: { readonly name: string; readonly modified: number; readonly status: FileStatus }[] = [];
  for (const { name } of members) {
    if (name === self.name) continue;
    const status = await fs.status(name).catch(() => null);
    if (status?.kind === 'file') found.push({ name, modified: status.modified, status });
  }
  const plain = new Set(found.filter(({ name }) => !isCompressed(name)).map(({ name }) => plainName(name)));
  // Both stand there while a rotator compresses; the plain one is whole.
  const whole = found.filter(({ name }) => !isCompressed(name) || !plain.has(plainName(name)));
  const ordered = groupRotated<{ name: string; modified: number; status?: FileStatus }>([
    self,
    ...whole,
  ]).find(({ files }) => files.includes(self));
  return (ordered?.files ?? []).flatMap(({ name, status }) =>
    status === undefined ? [] : [{ path: name, status, compressed: isCompressed(name) }],
  );
}

export function isCompressed(name: string): boolean {
  return /\.gz$/i.test(name);
}

export function isSameListing(a: readonly Sibling[], b: readonly Sibling[]): boolean {
  return signature(a) === signature(b);
}

function signature(siblings: readonly Sibling[]): string {
  return siblings.map(({ path, status }) => `${path}\0${idOf(status)}`).join('\n');
}
