/**
 * What the parts of a follower share: the texts that are known, the pieces that wait to be given out, and the open
 * files with their cap. One of these a run.
 */
import { randomUUID } from 'node:crypto';
import { reasonOf } from '../input-error.js';
import { codeOf, type FileIdentity, type FollowFs, idOf, type OpenFile } from './follow-fs.js';
import { type Family, lastChange, readyForRead, type Saving, sourceOf, type Tail } from './tail.js';
import type { EndCause, FollowedPiece } from './types.js';

/** Ended texts that are remembered of a log, beyond those that a followed path still shows. */
const MAX_ENDED = 32;

/** A path that is followed. */
export interface Followed {
  readonly path: string;
  /** Named as it stands, not found by a glob. */
  readonly literal: boolean;
  family: Family;
  /** What it shows, or showed last; an ended one is kept to be recognised. */
  current: Tail | null;
  /** Real path at the last look. */
  real: string;
  /** Size at the start of the run, where it was there then and was not read yet: `from` holds up to it. */
  atStart: number | null;
  /** Since when it is known that there was nothing, ms since the epoch; null where that is not known. */
  absentSince: number | null;
  /** File that is not read, because its text is known or it is none: identity with size. */
  ignored: string | null;
  /** What was said about it last, so that it is said once. */
  trouble: string | null;
}

/** A look at everything. */
export interface WholeLook {
  /** Ms since the epoch. */
  readonly began: number;
  /** That of the start. */
  readonly first: boolean;
  /** Still to be looked at. */
  readonly paths: Set<Followed>;
  /** Found, and still to be told of or examined; null before all paths have been looked at. */
  tails: Set<Tail> | null;
}

export interface Following {
  readonly fs: FollowFs;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly followed: Map<string, Followed>;
  /** By identity: who reads the file. */
  readonly readers: Map<string, Tail>;
  readonly tails: Set<Tail>;
  /** Paths that have to be looked at. */
  readonly due: Set<Followed>;
  readonly queue: FollowedPiece[];
  /** The look at everything that is going on. */
  look: WholeLook | null;
  /** Begin of the last look at everything after which all that was found had been told of; null before the first. */
  looked: number | null;
  newKey(): string;
  /** The path changed while it was looked at. */
  lookAgain(path: Followed): void;
  open(path: string): Promise<OpenFile>;
  say(source: string, reason: string, lostBytes: number | null): void;
  add(tail: Tail): void;
  /** The file behind it is another one than before. */
  identify(tail: Tail, identity: FileIdentity): void;
  end(tail: Tail, because: EndCause): Promise<void>;
  /** The piece that tells of a text for the first time: from then on a later run can go on with it. */
  announce(tail: Tail): FollowedPiece;
  /** Tells of those that nobody knows yet, at a place in the queue. */
  announceAll(family: Family, at: number, except?: Tail | null): void;
  /** It has been read to its end, and nobody writes to it: it stays only until a later run would know its file. */
  finish(tail: Tail): Promise<void>;
  /** Before it is looked at: until all that is found then has been told of, it is saved as it was seen before. */
  settle(tail: Tail): void;
  /** Says that some of it is lost, nobody knows how much, and ends it, or finishes it where a part of it is there. */
  lose(tail: Tail, because: EndCause, reason: string, then?: 'end' | 'finish'): Promise<void>;
}

export function createFollowing(options: {
  readonly fs: FollowFs;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly maxOpen: number;
  /** Of the run that this one goes on from. */
  readonly looked: number | null;
  readonly newKey?: () => string;
}): Following {
  const { fs, signal, now } = options;
  const followed = new Map<string, Followed>();
  const readers = new Map<string, Tail>();
  const tails = new Set<Tail>();
  const due = new Set<Followed>();
  const queue: FollowedPiece[] = [];
  const run = randomUUID().slice(0, 13);
  let keys = 0;
  let openFiles = 0;
  let maxOpen = options.maxOpen;

  /** Closes idle files, longest idle first. */
  const makeRoom = async (): Promise<void> => {
    const idle = [...tails]
      .filter((tail) => tail.stage === 'live' && tail.file !== null)
      .sort((a, b) => Number(readyForRead(a)) - Number(readyForRead(b)) || a.active - b.active)
      .slice(0, Math.max(1, Math.floor(maxOpen / 16)));
    for (const tail of idle) {
      await tail.file?.close().catch(() => undefined);
      tail.file = null;
    }
  };

  const openOnce = async (path: string): Promise<OpenFile> => {
    const file = await fs.open(path);
    openFiles += 1;
    let closed = false;
    return {
      ...file,
      async close() {
        if (closed) return;
        closed = true;
        openFiles -= 1;
        await file.close();
      },
    };
  };

  const hasUntold = ({ tails }: Family): boolean =>
    queue.some(({ kind }) => kind === 'bytes') ||
    tails.some(({ finished, resumed, source }) => source === null && !finished && !resumed);

  const stageOf = (tail: Tail): 'left' | 'read' | undefined => {
    if (tail.finished) return 'read';
    return followed.get(tail.name)?.current === tail ? undefined : 'left';
  };

  const savingOf = (tail: Tail) => (): ReturnType<Saving> => {
    const { looked } = following;
    const settled = hasUntold(tail.family) ? tail.settled : null;
    const { identity, modified, stage } = settled ?? {
      identity: tail.identity,
      modified: lastChange(tail),
      stage: stageOf(tail),
    };
    return {
      identity,
      ...(Number.isFinite(modified) && { modified }),
      ...(looked !== null && { looked }),
      ...(stage !== undefined && { stage }),
    };
  };

  const following: Following = {
    fs,
    signal,
    now,
    followed,
    readers,
    tails,
    due,
    queue,
    look: null,
    looked: options.looked,
    lookAgain(path) {
      due.add(path);
      if (following.look === null) return;
      following.look.paths.add(path);
      following.look.tails = null;
    },
    newKey: options.newKey ?? (() => `${run}-${(keys++).toString(36)}`),
    async open(path) {
      if (openFiles >= maxOpen) await makeRoom();
      try {
        return await openOnce(path);
      } catch (error) {
        if (codeOf(error) !== 'EMFILE') throw error;
        maxOpen = Math.max(16, Math.floor(openFiles / 2));
        await makeRoom();
        return openOnce(path);
      }
    },
    say: (source, reason, lostBytes) => queue.push({ kind: 'problem', source, reason, lostBytes }),
    add(tail) {
      tails.add(tail);
      tail.family.tails.push(tail);
      readers.set(idOf(tail.identity), tail);
    },
    identify(tail, identity) {
      const id = idOf(tail.identity);
      if (readers.get(id) === tail) readers.delete(id);
      tail.identity = identity;
      readers.set(idOf(identity), tail);
    },
    async end(tail, because) {
      if (tail.stage === 'ended') return;
      if (tail.resumed) tail.source ??= sourceOf(tail, tail.startLine ?? 0, savingOf(tail));
      // Whoever saves behind the end of a text has to know those that came after it.
      following.announceAll(tail.family, queue.length, tail);
      if (tail.source !== null) queue.push({ kind: 'end', source: tail.source, because });
      tail.stage = 'ended';
      tail.due = false;
      tail.hungry = false;
      const { file, chunks, family } = tail;
      tail.file = null;
      tail.chunks = null;
      tails.delete(tail);
      family.tails.splice(family.tails.indexOf(tail), 1);
      family.ended.push(tail);
      if (family.ended.length > MAX_ENDED) {
        const shown = new Set([...followed.values()].map(({ current }) => current));
        const old = family.ended.findIndex((ended) => !shown.has(ended));
        if (old >= 0) family.ended.splice(old, 1);
      }
      const id = idOf(tail.identity);
      if (readers.get(id) === tail) readers.delete(id);
      await chunks?.return(undefined).catch(() => undefined);
      await file?.close().catch(() => undefined);
    },
    announceAll(family, at, except = null) {
      const untold = family.tails.filter(
        (tail) => tail !== except && tail.source === null && tail.startLine !== null,
      );
      // What is saved of the old ones holds until all new ones are known.
      const inOrder = untold.toSorted((a, b) => Number(a.resumed) - Number(b.resumed));
      queue.splice(at, 0, ...inOrder.map(following.announce));
    },
    announce(tail) {
      tail.source = sourceOf(tail, tail.startLine ?? 0, savingOf(tail));
      return { kind: 'bytes', source: tail.source, chunk: new Uint8Array(0), more: tail.hungry };
    },
    settle(tail) {
      if (hasUntold(tail.family)) return;
      tail.settled = { modified: lastChange(tail), identity: tail.identity, stage: stageOf(tail) };
    },
    async finish(tail) {
      const { file, chunks } = tail;
      tail.stage = 'rest';
      tail.finished = true;
      tail.due = false;
      tail.hungry = false;
      tail.caughtUp = true;
      tail.file = null;
      tail.chunks = null;
      await chunks?.return(undefined).catch(() => undefined);
      await file?.close().catch(() => undefined);
    },
    async lose(tail, because, reason, then = 'end') {
      following.say(tail.name, reason, null);
      tail.because = because;
      if (then === 'end') await following.end(tail, because);
      else await following.finish(tail);
    },
  };
  return following;
}

/** Says once what keeps a path from being read. */
export function sayTrouble(
  following: Following,
  followed: Followed,
  error: unknown,
  then = 'it is tried again',
): void {
  const reason = `${typeof error === 'string' ? error : reasonOf(error)}; ${then}`;
  if (followed.trouble === reason) return;
  followed.trouble = reason;
  following.say(followed.path, reason, 0);
}
