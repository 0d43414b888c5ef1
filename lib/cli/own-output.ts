/**
 * Keeps a service from reading what it writes: a glob such as `/var/log/*.log` may match the file that its standard
 * output goes to, or that of `--output`, and its own report reads as a log.
 */
import { fstatSync } from 'node:fs';
import { resolve } from 'node:path';
import { filter, type MonoTypeOperatorFunction } from 'rxjs';
import type { FollowedPiece, FollowedSource } from '../ingest/follow/types.js';
import type { FileIdentity } from './output-fs.js';

export interface OwnOutput {
  /** Whether the file `dev:ino` is behind standard output, standard error or, now, `--output`. */
  isWritten(file: string): boolean;
  /** Of the file of `--output`; null where there is none. */
  readonly name: string | null;
}

/** What this process writes to. `written`: the file behind `name` now, which rotation makes another one. */
export function ownOutput(name: string | null, written: () => FileIdentity | null): OwnOutput {
  const files = new Set<string>();
  for (const descriptor of [1, 2]) {
    try {
      const status = fstatSync(descriptor, { bigint: true });
      if (status.isFile()) files.add(keyOf(status));
    } catch {
      // Closed: nothing is written to it.
    }
  }
  return {
    name,
    isWritten(file) {
      if (files.has(file)) return true;
      const now = written();
      return now !== null && keyOf(now) === file;
    },
  };
}

function keyOf({ dev, ino }: FileIdentity): string {
  return `${dev}:${ino}`;
}

/** `warn`: told once for each name. */
export function withoutOwn(
  own: OwnOutput,
  warn: (text: string) => void,
): MonoTypeOperatorFunction<FollowedPiece> {
  /** Sources by key, as long as they are there: which file each is, and null for our own, whatever it is called later. */
  const known = new Map<string, string | null>();
  const told = new Set<string>();

  /** Only of one that is being read: while its file is open nobody else is given its inode. */
  function isOwn(source: FollowedSource): boolean {
    const before = known.get(source.key);
    if (before === null) return true;
    // Asked each time: a file that was just made may be met before it is known that we made it.
    const isOurs = isWritten(source, before) || (before === undefined && isNamed(source));
    if (isOurs) known.set(source.key, null);
    if (isOurs && !told.has(source.name)) {
      told.add(source.name);
      warn(`${source.name}: is not read: this run writes to it`);
    }
    return isOurs;
  }

  /** `before`: the file that it was then. It may be read from a copy since, and its inode be ours. */
  function isWritten(source: FollowedSource, before: string | undefined): boolean {
    if (before !== undefined && !own.isWritten(before)) return false;
    const now = fileOf(source);
    known.set(source.key, now);
    return own.isWritten(now);
  }

  function isNamed(source: FollowedSource): boolean {
    return own.name !== null && resolve(source.name) === resolve(own.name);
  }

  return filter((piece) => {
    if (piece.kind === 'bytes') return !isOwn(piece.source);
    if (piece.kind !== 'end') return true;
    // What ends without having been read was gone before: another file may have its inode, ours as well as any.
    const isOurs = known.get(piece.source.key) === null;
    known.delete(piece.source.key);
    return !isOurs;
  });
}

/** `dev:ino`; empty for what is no file. */
function fileOf(source: FollowedSource): string {
  const saved = source.save(source.start);
  return saved.kind === 'file' ? `${saved.dev}:${saved.ino}` : '';
}
