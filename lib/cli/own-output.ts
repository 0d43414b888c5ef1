/**
 * Keeps a service from reading what it writes: a glob such as `/var/log/*.log` may match the file that its standard
 * output goes to, or that of `--output`, and its own report reads as a log.
 */
import { fstatSync } from 'node:fs';
import { resolve } from 'node:path';
import { filter, type MonoTypeOperatorFunction } from 'rxjs';
import type { FollowedPiece, FollowedSource } from '../ingest/follow/types.js';

export interface OwnOutput {
  /** Files behind standard output and standard error, as `dev:ino`. */
  readonly files: ReadonlySet<string>;
  /** Of the file of `--output`; null where there is none. */
  readonly name: string | null;
}

/** What this process writes to. */
export function ownOutput(name: string | null): OwnOutput {
  const files = new Set<string>();
  for (const descriptor of [1, 2]) {
    try {
      const status = fstatSync(descriptor, { bigint: true });
      if (status.isFile()) files.add(`${status.dev}:${status.ino}`);
    } catch {
      // Closed: nothing is written to it.
    }
  }
  return { files, name };
}

/** `warn`: told once for each name. */
export function withoutOwn(
  own: OwnOutput,
  warn: (text: string) => void,
): MonoTypeOperatorFunction<FollowedPiece> {
  /** By key, as long as the source is there. */
  const known = new Map<string, boolean>();
  const told = new Set<string>();

  function isOwn(source: FollowedSource): boolean {
    const before = known.get(source.key);
    if (before !== undefined) return before;
    const saved = source.save(source.start);
    const isOurs =
      (saved.kind === 'file' && own.files.has(`${saved.dev}:${saved.ino}`)) ||
      (own.name !== null && resolve(source.name) === resolve(own.name));
    known.set(source.key, isOurs);
    if (isOurs && !told.has(source.name)) {
      told.add(source.name);
      warn(`${source.name}: is not read: this run writes to it`);
    }
    return isOurs;
  }

  return filter((piece) => {
    if (piece.kind !== 'bytes' && piece.kind !== 'end') return true;
    const isLeftOut = isOwn(piece.source);
    if (piece.kind === 'end') known.delete(piece.source.key);
    return !isLeftOut;
  });
}
