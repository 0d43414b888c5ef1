/**
 * One text that is being followed: a file from its first byte to its last, under whatever names. It knows how far
 * it was read, looks whether the file still holds what was read, and reads on.
 */
import type { FileIdentity, FileStatus, OpenFile } from './follow-fs.js';
import { followedBy } from './gzip-text.js';
import {
  BEFORE_BYTES,
  equal,
  fingerprintOf,
  HEAD_BYTES,
  hasHead,
  headLength,
  isUnproved,
  nextBefore,
  readRange,
  startOf,
  type TextMark,
} from './text-mark.js';
import type { EndCause, Fingerprint, FollowedSource, SavedFile } from './types.js';

/**
 * `live`: a followed path shows it. `leaving`: none does any more, and it is read until it has been quiet for a
 * while. `rest`: only to the end that it has now, because nobody writes to a copy. `ended`: kept to be recognised.
 */
export type Stage = 'live' | 'leaving' | 'rest' | 'ended';

/** A log with its rotated copies. */
export interface Family {
  /** Path of the live log. */
  readonly live: string;
  /** Oldest first; a later one waits until the earlier ones have been read as far as they go. */
  readonly tails: Tail[];
  /** Oldest first, capped: a path that shows one of them again shows nothing new. */
  readonly ended: Tail[];
  /** Sources of an earlier run belong to it: what it does not know of them was read then. */
  resumed: boolean;
}

export interface Tail {
  readonly key: string;
  /** Path that was followed when it was found. */
  readonly name: string;
  /** Real path, where that is another. */
  readonly target: string | null;
  family: Family;
  readonly modified: number | null;
  stage: Stage;
  because: EndCause;
  identity: FileIdentity;
  /** What the last look saw: nothing is read while it stays the same. */
  seen: { readonly size: number; readonly modified: number };
  /** What was known of it when all that had been found beside it was told of. */
  settled: {
    readonly modified: number;
    readonly identity: FileIdentity;
    readonly stage: SavedFile['stage'];
  } | null;
  head: Uint8Array | Fingerprint;
  /** Of an earlier run, as long as `head` is. */
  start: Fingerprint | null;
  /** Of the next byte to read. */
  offset: number;
  /** Lines before the first byte read; null where they still have to be counted. */
  startLine: number | null;
  before: Uint8Array;
  file: OpenFile | null;
  /** The text behind `offset` where it is read from a compressed copy. */
  chunks: AsyncGenerator<Uint8Array> | null;
  /** Goes on from an earlier run: whoever follows waits for its end even if nothing more comes. */
  resumed: boolean;
  /** Given out at the first turn. */
  source: FollowedSource | null;
  /** It has the name of a rotated copy: it may be one of a text that is known. Looked into before its first byte. */
  suspect: boolean;
  /** Has to be looked at. */
  due: boolean;
  /** Has bytes to be read. */
  hungry: boolean;
  /** Has been read as far as it went, at least once. */
  caughtUp: boolean;
  /** A copy that was read to its end. It is kept until a later run cannot take its file for one never seen. */
  finished: boolean;
  /** Only zeros were found so far: a hole that a writer left which goes on at its old offset after a truncation. */
  skipping: boolean;
  /** Reading failed; it is tried again at the next sweep. */
  failed: boolean;
  /** What was said of it last, so that it is said once. */
  trouble: string | null;
  /** Time of the last news, by the clock of the run. */
  active: number;
  /** Number of the turn it had last. */
  turn: number;
}

export type TailRead =
  | { readonly kind: 'bytes'; readonly chunk: Uint8Array; readonly more: boolean }
  | { readonly kind: 'nothing' | 'changed' | 'hole' | 'end' };

type Given = Pick<Tail, 'key' | 'name' | 'target' | 'family' | 'identity' | 'head' | 'offset' | 'before'> &
  Partial<Tail>;

export function newTail(given: Given): Tail {
  return {
    modified: null,
    stage: 'live',
    because: 'rotated',
    seen: { size: -1, modified: -1 },
    settled: null,
    start: null,
    startLine: null,
    file: null,
    chunks: null,
    resumed: false,
    source: null,
    suspect: false,
    due: true,
    hungry: true,
    caughtUp: false,
    finished: false,
    skipping: false,
    failed: false,
    trouble: null,
    active: 0,
    turn: 0,
    ...given,
  };
}

export function markOf({ head, start, offset, before }: Tail): TextMark {
  return { head, start, offset, before };
}

/** What is known of a text only when it is saved. */
export type Saving = () => Pick<SavedFile, 'looked' | 'modified' | 'stage'> & {
  readonly identity: FileIdentity;
};

export function sourceOf(tail: Tail, line: number, saving: Saving): FollowedSource {
  let hashed: {
    readonly head: Uint8Array;
    readonly print: Fingerprint;
    readonly start: Fingerprint | null;
  } | null = null;
  const fingerprint = (): Fingerprint => {
    const { head } = tail;
    if (!(head instanceof Uint8Array)) return head;
    // Bytes are only ever added to it.
    if (hashed?.head.length !== head.length)
      hashed = { head, print: fingerprintOf(head), start: startOf(head) };
    return hashed.print;
  };
  return {
    name: tail.name,
    kind: 'stream',
    modified: tail.modified,
    key: tail.key,
    start: { offset: tail.offset, line, before: Buffer.from(tail.before).toString('base64') },
    save(position): SavedFile {
      const { identity, looked, modified, stage } = saving();
      const head = fingerprint();
      const start = hashed === null ? tail.start : hashed.start;
      // The start of a last line without a newline is still to be read again.
      const kept = stage === 'read' && position.offset < tail.offset ? 'left' : stage;
      return {
        kind: 'file',
        key: tail.key,
        name: tail.name,
        dev: identity.dev,
        ino: identity.ino,
        head,
        ...(start !== null && { start }),
        position,
        ...(modified !== undefined && { modified }),
        ...(identity.born !== null && { born: identity.born }),
        ...(tail.target !== null && { target: tail.target }),
        ...(looked !== undefined && { looked }),
        ...(kept !== undefined && { stage: kept }),
      };
    },
  };
}

/** Looks at the open file. `changed`: it does not hold any more what was read from it. */
export async function examine(tail: Tail, file: OpenFile): Promise<'same' | 'changed'> {
  const status = await file.status();
  if (status.size < tail.offset || isOther(tail, status)) return 'changed';
  if (tail.stage !== 'rest' && tail.stage !== 'live')
    tail.because = status.links === 0 ? 'removed' : 'rotated';
  if (isChanged(tail, status)) {
    const start = await readRange(file, 0, HEAD_BYTES);
    if (!hasHead(start, tail.head)) return 'changed';
    // Bytes of a text that is replaced meanwhile must not become part of its fingerprint.
    if (start.length > headLength(tail.head) || !(tail.head instanceof Uint8Array)) tail.head = start;
    tail.seen = { size: status.size, modified: status.modified };
    tail.hungry = true;
  } else if (status.size > tail.offset) {
    tail.hungry = true;
  }
  return 'same';
}

/** Since it was looked at last. */
export function isChanged({ seen }: Tail, { size, modified }: FileStatus): boolean {
  return size !== seen.size || modified !== seen.modified;
}

/** One inode, two files: told by the time of creation where no text tells them apart. */
function isOther(tail: Tail, status: FileStatus): boolean {
  const { born } = tail.identity;
  return headLength(tail.head) === 0 && born !== null && status.born !== null && born !== status.born;
}

/** The chunk lies in `buffer`. */
export async function readOn(tail: Tail, buffer: Uint8Array): Promise<TailRead> {
  if (tail.chunks !== null) {
    const next = await tail.chunks.next();
    if (next.done) return { kind: 'end' };
    const { value } = next;
    const zeros = leadingZeros(tail, value);
    if (zeros === 0 && !tail.skipping) {
      advance(tail, value);
      return { kind: 'bytes', chunk: value, more: true };
    }
    advance(tail, value.subarray(0, zeros));
    if (zeros === value.length) return readOn(tail, buffer);
    tail.chunks = followedBy(Uint8Array.from(value.subarray(zeros)), tail.chunks);
    return { kind: 'hole' };
  }
  if (tail.file === null) return { kind: 'nothing' };
  const overlap = tail.before.length;
  const got = await tail.file.read(buffer, 0, buffer.length, tail.offset - overlap);
  if (got < overlap || !equal(buffer.subarray(0, overlap), tail.before)) return { kind: 'changed' };
  const chunk = buffer.subarray(overlap, got);
  if (!isHeadPart(tail, chunk)) return { kind: 'changed' };
  if (chunk.length === 0) return { kind: tail.stage === 'rest' ? 'end' : 'nothing' };
  const zeros = leadingZeros(tail, chunk);
  if (zeros > 0 || tail.skipping) {
    advance(tail, chunk.subarray(0, zeros));
    if (zeros < chunk.length) return { kind: 'hole' };
    return got === buffer.length ? readOn(tail, buffer) : { kind: 'nothing' };
  }
  advance(tail, chunk);
  return { kind: 'bytes', chunk, more: got === buffer.length };
}

/** Whether what was read of the first bytes is what was seen there before: the text may have been replaced. */
function isHeadPart({ head, offset }: Tail, chunk: Uint8Array): boolean {
  if (!(head instanceof Uint8Array) || offset >= head.length) return true;
  const known = head.subarray(offset, offset + chunk.length);
  return equal(known, chunk.subarray(0, known.length));
}

/** Zeros before all text, which a writer left that went on at its old offset after a truncation. */
function leadingZeros(tail: Tail, chunk: Uint8Array): number {
  if (!tail.skipping && (chunk[0] !== 0 || (tail.offset > 0 && !isUnproved(tail)))) return 0;
  tail.skipping = true;
  const text = chunk.findIndex((byte) => byte !== 0);
  return text < 0 ? chunk.length : text;
}

function advance(tail: Tail, chunk: Uint8Array): void {
  const { head, offset } = tail;
  if (head instanceof Uint8Array && head.length < HEAD_BYTES && offset <= head.length) {
    const more = chunk.subarray(head.length - offset, HEAD_BYTES - offset);
    if (more.length > 0) tail.head = Buffer.concat([head, more]);
  }
  tail.before = nextBefore(tail.before, chunk);
  tail.offset += chunk.length;
}

/** The bytes before an offset, as they are remembered. */
export async function beforeOf(file: OpenFile, offset: number): Promise<Buffer> {
  const length = Math.min(BEFORE_BYTES, offset);
  return readRange(file, offset - length, length);
}

export function readyForRead(tail: Tail): boolean {
  return (tail.due || tail.hungry) && !tail.failed;
}

/** As it was seen last, ms since the epoch. */
export function lastChange({ seen, modified }: Tail): number {
  return seen.modified >= 0 ? seen.modified : (modified ?? Number.POSITIVE_INFINITY);
}
