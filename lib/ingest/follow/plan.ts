/**
 * What a look at a log with its rotated copies has found, before anything is changed for it: where the known texts
 * lie, and which are new.
 */
import type { FileStatus, OpenFile } from './follow-fs.js';
import type { Member } from './members.js';
import type { Tail } from './tail.js';
import type { EndCause } from './types.js';

export interface FilePlace {
  readonly kind: 'file';
  readonly file: OpenFile;
  readonly status: FileStatus;
  /** Null: in no listed file, but it is open, or it was moved elsewhere in the directory. */
  readonly member: Member | null;
  /** It ends before what was seen of the text, not before what was read. */
  readonly isCut?: boolean;
}

export interface GzipPlace {
  readonly kind: 'gzip';
  readonly file: OpenFile;
  readonly member: Member;
  readonly chunks: AsyncGenerator<Uint8Array>;
}

/** Where a known text lies. */
export type Place =
  | FilePlace
  | GzipPlace
  /** It is being read from a compressed copy. */
  | { readonly kind: 'stays' }
  /** Null: nothing of it can have been lost. */
  | { readonly kind: 'lost'; readonly because: EndCause; readonly reason: string | null }
  /** It may be in a file that cannot be read now. */
  | { readonly kind: 'unknown' };

export interface Plan {
  readonly places: Map<Tail, Place>;
  /** Whose text each member holds. */
  readonly hosted: Map<Member, Tail>;
  /** Texts that nobody knew, or that go on after they were over. */
  readonly begun: { readonly tail: Tail; readonly member: Member }[];
  /** Texts that are new, and not to be read. */
  readonly passed: Tail[];
  /** Texts that were over and go on, as what. */
  readonly revived: Map<Tail, Tail>;
  /** Texts that are over and still lie there. */
  readonly there: Set<Tail>;
  /** Copies that end before what was read of the texts, which lie nowhere else. */
  readonly short: Map<Member, Tail>;
  /** Texts that are over, and the only file that holds them. */
  readonly seen: Map<Tail, Member>;
  /** Copies that are too short to say what they are. */
  readonly blank: Set<Member>;
  shows: Tail | null;
  /** Why what the live path shows is not followed. */
  refused: string | null;
}

export function newPlan(): Plan {
  return {
    places: new Map(),
    hosted: new Map(),
    begun: [],
    passed: [],
    revived: new Map(),
    there: new Set(),
    short: new Map(),
    seen: new Map(),
    blank: new Set(),
    shows: null,
    refused: null,
  };
}

export function isAnyLost({ places }: Plan): boolean {
  return [...places.values()].some(({ kind }) => kind === 'lost');
}

/** Closes what was opened for it alone. */
export async function discard({ begun, places }: Plan): Promise<void> {
  for (const place of places.values()) if (place.kind === 'gzip') await closeGzip(place);
  for (const { tail } of begun)
    if (tail.chunks !== null && tail.file !== null) await closeGzip({ file: tail.file, chunks: tail.chunks });
}

async function closeGzip(gzip: {
  readonly file: OpenFile;
  readonly chunks: AsyncGenerator<Uint8Array>;
}): Promise<void> {
  await gzip.chunks.return(undefined).catch(() => undefined);
  await gzip.file.close().catch(() => undefined);
}
