/**
 * One text that is being followed: from its first byte to its last, in whatever file and under whatever names. It
 * knows how far it was read, sees whether its file still holds what was read, and reads on.
 */
import { type FileIdentity, type FileStatus, idOf, type OpenFile } from './follow-fs.js';
import type { Group } from './group.js';
import {
  agrees,
  BEFORE_BYTES,
  compareHeads,
  equal,
  extended,
  fingerprintOf,
  type Head,
  headOf,
  isPrint,
  isWholeHead,
  nextBefore,
  type TextMark,
  textBehind,
  written,
  zerosAtStart,
} from './text-mark.js';
import type { EndCause, Fingerprint, FollowedSource, SavedFile } from './types.js';

/**
 * `live`: a followed path shows it. `left`: none does any more, and it is read until it has been quiet for a while.
 * `over`: nothing is to be read of it; it is kept to be recognised.
 */
export type Stage = 'live' | 'left' | 'over';

export interface Tail {
  readonly key: string;
  /** Path that was followed when it was found. */
  readonly name: string;
  /** Real path of its log, where that is another. */
  readonly target: string | null;
  group: Group;
  readonly modified: number | null;
  stage: Stage;
  because: EndCause;
  /** File that it was seen in last. */
  identity: FileIdentity;
  /** Where that was; null before it was found again after a restart. */
  path: string | null;
  /** A path that was followed showed it: what is found elsewhere is a copy. */
  wasLive: boolean;
  /** When its first bytes were compared last, by the clock of the run. */
  comparedAt: number;
  /** What the last look saw. */
  seen: { readonly size: number; readonly modified: number };
  /** What a path has shown of its file since; null where its file has to be asked. */
  shown: FileStatus | null;
  head: Head | Fingerprint;
  /** Behind the zeros that follow `offset`, where some text does; -1 where that is not known. */
  textAt: number;
  /** Size of the file when nothing but zeros followed `offset`. */
  zerosTo: number;
  /** Of the next byte to read. */
  offset: number;
  before: Uint8Array;
  /** Bytes read behind the last newline. */
  unfinished: number;
  /** Lines before the first byte read; null where they still have to be counted. */
  startLine: number | null;
  file: OpenFile | null;
  /** The text behind `offset` where it is read from a compressed copy. */
  chunks: AsyncGenerator<Uint8Array> | null;
  /** Whoever follows knows it from an earlier run, and waits for its end even if nothing more comes. */
  readonly resumed: boolean;
  /** Given out at the first turn. */
  source: FollowedSource | null;
  /** Has to be looked at. */
  due: boolean;
  /** Has bytes to be read. */
  hungry: boolean;
  /** A watch told that its file was written, since it was read last. */
  told: boolean;
  /** Has been read as far as it went, at least once since it was found where it is. */
  caughtUp: boolean;
  /** There is something in it, and the texts before it have been looked at since. */
  begun: boolean;
  /** Reading failed; it is tried again at the next sweep. */
  failed: boolean;
  /** It did not hold what was read of it, though a look at all of the log had just found that it does. */
  disputed: boolean;
  /** In an earlier run its writer had gone on to the next file, and all of it was read. */
  readonly finished: boolean;
  /** Since when it has been nowhere, while it may be in a file that cannot be read. */
  missingSince: number | null;
  /** What was said of it last, so that it is said once. */
  trouble: string | null;
  /** Time of the last news, by the clock of the run. */
  active: number;
  /** Number of the turn it had last. */
  turn: number;
  /** Key of the text that it was a copy of when it was found: nothing was read of it itself. */
  copyOf: string | null;
}

export type TailRead =
  | { readonly kind: 'bytes'; readonly chunk: Uint8Array; readonly more: boolean }
  | { readonly kind: 'nothing' | 'changed' | 'end' };

type Given = Pick<Tail, 'key' | 'name' | 'target' | 'group' | 'identity' | 'head' | 'offset' | 'before'> &
  Partial<Tail>;

export function newTail(given: Given): Tail {
  return {
    modified: null,
    stage: 'left',
    because: 'rotated',
    path: null,
    wasLive: false,
    comparedAt: Number.NEGATIVE_INFINITY,
    seen: { size: -1, modified: -1 },
    shown: null,
    textAt: -1,
    zerosTo: -1,
    unfinished: 0,
    startLine: null,
    file: null,
    chunks: null,
    resumed: false,
    source: null,
    due: true,
    hungry: true,
    told: false,
    caughtUp: false,
    begun: false,
    failed: false,
    disputed: false,
    finished: false,
    missingSince: null,
    trouble: null,
    active: 0,
    turn: 0,
    copyOf: null,
    ...given,
  };
}

/** What is saved of a text, besides where the taking in of it stands. */
export function savedOf(tail: Tail): Omit<SavedFile, 'kind' | 'position'> {
  const { head, identity, key, name, seen, target } = tail;
  const modified = seen.modified >= 0 ? seen.modified : tail.modified;
  return {
    key,
    name,
    dev: identity.dev,
    ino: identity.ino,
    ...(identity.born !== null && { born: identity.born }),
    head: printOf(head),
    ...(modified !== null && { modified }),
    ...(target !== null && { target }),
  };
}

/** Heads only ever grow, into new objects. */
const prints = new WeakMap<Head, Fingerprint>();

function printOf(head: Head | Fingerprint): Fingerprint {
  if (isPrint(head)) return head;
  let print = prints.get(head);
  if (print === undefined) {
    print = fingerprintOf(head);
    prints.set(head, print);
  }
  return print;
}

export function sourceOf(tail: Tail): FollowedSource {
  const { before, key, modified, name, offset, startLine } = tail;
  return {
    name,
    kind: 'stream',
    modified,
    key,
    start: { offset, line: startLine ?? 0, before: Buffer.from(before).toString('base64') },
    save: (position) => ({
      kind: 'file',
      ...savedOf(tail),
      position,
      ...(isFinished(tail, position.offset) && { finished: true }),
    }),
    path: () => tail.path,
  };
}

/** Its writer has gone on to the next file, and all of it was read. `offset`: up to where all of it was taken in. */
export function isFinished(tail: Tail, offset: number): boolean {
  if (tail.stage !== 'left' || offset < tail.offset || offset < tail.seen.size) return false;
  if (tail.finished) return true;
  const { tails } = tail.group;
  return tails.slice(tails.indexOf(tail) + 1).some((later) => later.offset > (later.head.at ?? 0));
}

const NEWLINE = 10;
/** So long after a look at its first bytes nothing can have been truncated and written beyond its old end again, ms. */
const SETTLED_MS = 1000;

/** Looks at the open file. `changed`: it does not hold any more what was read from it. `now`: ms. */
export async function examine(tail: Tail, file: OpenFile, now: number): Promise<'same' | 'changed'> {
  const { identity, shown } = tail;
  tail.shown = null;
  const status = shown !== null && idOf(shown) === idOf(identity) ? shown : await file.status();
  if (status.size < tail.offset) return 'changed';
  if (tail.stage === 'left') tail.because = status.links === 0 ? 'removed' : 'rotated';
  // Of what an earlier run read only a digest is left, which would not grow with what is read now.
  const isDigest = status.size > tail.offset && isPrint(tail.head) && !isWholeHead(tail.head);
  if (isDigest || isChanged(tail, status)) {
    if (now - tail.comparedAt >= SETTLED_MS || !isRead(tail)) {
      const found = await headOf(file, tail.head);
      if (found === null || compareHeads(found, tail.head) !== 'same') return 'changed';
      // Bytes of a text that is replaced meanwhile must not become part of its fingerprint.
      tail.head = found;
      tail.comparedAt = now;
    }
    tail.seen = { size: status.size, modified: status.modified };
    tail.hungry = true;
  } else if (status.size > tail.offset) {
    tail.hungry = true;
  }
  return 'same';
}

/** Far enough for what stands before the place that was reached to tell whether it is still the same text. */
function isRead({ before, head }: Tail): boolean {
  return before.length >= BEFORE_BYTES && isWholeHead(head);
}

/** Since it was looked at last. */
function isChanged({ seen }: Pick<Tail, 'seen'>, { size, modified }: FileStatus): boolean {
  return size !== seen.size || modified !== seen.modified;
}

/** The chunk lies in `buffer`. */
export async function readOn(tail: Tail, buffer: Uint8Array): Promise<TailRead> {
  if (tail.chunks !== null) {
    const next = await tail.chunks.next();
    if (next.done) return { kind: 'end' };
    advance(tail, next.value);
    return { kind: 'bytes', chunk: next.value, more: true };
  }
  if (tail.file === null) return { kind: 'nothing' };
  const overlap = tail.before.length;
  const got = await tail.file.read(buffer, 0, buffer.length, tail.offset - overlap);
  if (got < overlap || !equal(buffer.subarray(0, overlap), tail.before)) return { kind: 'changed' };
  // Zeros at the end may be room that was asked for in advance: they are text only where some follows.
  const all = buffer.subarray(overlap, got);
  const isFull = got === buffer.length;
  const isZeros = isFull && zerosAtStart(all) === all.length;
  const chunk = isZeros && (await goesOn(tail, tail.file, tail.offset + all.length)) ? all : written(all);
  if (!agrees(tail.head, chunk, tail.offset)) return { kind: 'changed' };
  if (chunk.length === 0) return { kind: 'nothing' };
  advance(tail, chunk);
  return { kind: 'bytes', chunk, more: isFull };
}

/** Whether some text stands behind zeros. What was found out is kept: there may be gigabytes of them. */
async function goesOn(tail: Tail, file: OpenFile, from: number): Promise<boolean> {
  if (tail.textAt >= from) return true;
  if (tail.zerosTo === tail.seen.size) return false;
  const at = await textBehind(file, from);
  if (at === null) tail.zerosTo = tail.seen.size;
  else tail.textAt = at;
  return at !== null;
}

function advance(tail: Tail, chunk: Uint8Array): void {
  tail.head = extended(tail.head, chunk, tail.offset);
  tail.before = nextBefore(tail.before, chunk);
  tail.offset += chunk.length;
  const newline = chunk.lastIndexOf(NEWLINE);
  tail.unfinished = newline < 0 ? tail.unfinished + chunk.length : chunk.length - newline - 1;
}

export function markOf({ head, offset, before }: Tail): TextMark {
  return { head, offset, before };
}

export function readyForRead(tail: Tail): boolean {
  return (tail.due || tail.hungry || tail.told) && !tail.failed;
}

/**
 * Whether it may be read on without a look at its file: reading itself sees that it was truncated, unless so much was
 * written since that the same bytes stand before the place that was reached, which takes its time. `now`: ms.
 */
export function needsNoLook(tail: Tail, now: number): boolean {
  const { begun, chunks, comparedAt, disputed, due, failed, file, source, stage } = tail;
  const isBeingRead = stage === 'live' && begun && source !== null && file !== null && chunks === null;
  return isBeingRead && !due && !failed && !disputed && isRead(tail) && now - comparedAt < SETTLED_MS;
}
