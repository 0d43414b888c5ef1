/**
 * What the parts of a follower share: the logs and texts that are known, the pieces that wait to be given out, and
 * the open files with their cap. One of these a run.
 */
import { randomUUID } from 'node:crypto';
import { reasonOf } from '../input-error.js';
import { codeOf, type FileIdentity, type FollowFs, idOf, type OpenFile } from './follow-fs.js';
import type { Followed, Group, Trouble } from './group.js';
import { createPackedTexts, type PackedTexts } from './packed-texts.js';
import { readyForRead, savedOf, sourceOf, type Tail } from './tail.js';
import type { EndCause, FollowedPiece, KnownText } from './types.js';

export interface Following {
  readonly fs: FollowFs;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** By the real path of their live log. */
  readonly groups: Map<string, Group>;
  readonly tails: Set<Tail>;
  /** Logs that have to be looked at as a whole. */
  readonly due: Set<Group>;
  /** Texts that wait for their turn, and maybe some that do no more: those that were given out, and the others. */
  readonly ready: { readonly told: Set<Tail>; readonly untold: Set<Tail> };
  /** Texts that no path shows any more, and maybe some that one does again. */
  readonly left: Set<Tail>;
  /** By identity: whose text a file holds. */
  readonly hosts: Map<string, Tail>;
  readonly queue: FollowedPiece[];
  readonly packed: PackedTexts;
  /** The group that is being looked at: its files stay open. */
  surveyed: Group | null;
  newKey(): string;
  open(path: string): Promise<OpenFile>;
  say(source: string, reason: string, lostBytes: number | null): void;
  /** What was said of it is over. */
  sayOver(source: string): void;
  add(tail: Tail): void;
  /** It is to have its turn: it has bytes to be read, or has to be looked at. */
  wake(tail: Tail): void;
  /** The text is in this file now. */
  identify(tail: Tail, identity: FileIdentity): void;
  /** Nothing more is to be read of it. */
  end(tail: Tail, because: EndCause): Promise<void>;
  /** The piece that tells of a text for the first time. */
  announce(tail: Tail): FollowedPiece;
  /** Texts of which nothing was given out, and those that are over. */
  knownTexts(): KnownText[];
}

export function createFollowing(options: {
  readonly fs: FollowFs;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly maxOpen: number;
  readonly unpackBytes: number;
}): Following {
  const { fs, signal, now } = options;
  const groups = new Map<string, Group>();
  const hosts = new Map<string, Tail>();
  const tails = new Set<Tail>();
  const ready = { told: new Set<Tail>(), untold: new Set<Tail>() };
  const queue: FollowedPiece[] = [];
  const run = randomUUID().slice(0, 13);
  let keys = 0;
  let openFiles = 0;
  let maxOpen = options.maxOpen;

  /** Closes idle files, longest idle first. */
  const makeRoom = async (): Promise<void> => {
    const idle = [...tails]
      .filter((tail) => tail.stage === 'live' && tail.file !== null && tail.chunks === null)
      .filter(({ group }) => group !== following.surveyed)
      .sort((a, b) => Number(readyForRead(a)) - Number(readyForRead(b)) || a.active - b.active)
      .slice(0, Math.max(1, Math.floor(maxOpen / 16)));
    for (const tail of idle) {
      const { file } = tail;
      tail.file = null;
      await file?.close().catch(() => undefined);
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

  const openFile = async (path: string): Promise<OpenFile> => {
    if (openFiles >= maxOpen) await makeRoom();
    try {
      return await openOnce(path);
    } catch (error) {
      if (codeOf(error) !== 'EMFILE') throw error;
      maxOpen = Math.max(16, Math.floor(openFiles / 2));
      await makeRoom();
      return openOnce(path);
    }
  };

  const packed = createPackedTexts({ open: openFile, signal, bytesAtOnce: options.unpackBytes });
  const following: Following = {
    fs,
    signal,
    now,
    groups,
    tails,
    due: new Set(),
    ready,
    left: new Set(),
    hosts,
    queue,
    packed,
    surveyed: null,
    newKey: () => `${run}-${(keys++).toString(36)}`,
    open: openFile,
    say: (source, reason, lostBytes) => queue.push({ kind: 'problem', source, reason, lostBytes }),
    sayOver: (source) =>
      queue.push({ kind: 'problem', source, reason: 'is read now', lostBytes: 0, over: true }),
    add(tail) {
      tails.add(tail);
      tail.group.tails.push(tail);
      hosts.set(idOf(tail.identity), tail);
      following.wake(tail);
    },
    wake(tail) {
      if (tail.stage === 'left') following.left.add(tail);
      if (tail.stage !== 'over') ready[tail.source === null ? 'untold' : 'told'].add(tail);
    },
    identify(tail, identity) {
      const id = idOf(tail.identity);
      if (hosts.get(id) === tail) hosts.delete(id);
      tail.identity = identity;
      hosts.set(idOf(identity), tail);
    },
    async end(tail, because) {
      if (tail.stage === 'over') return;
      const { chunks, file, group } = tail;
      if (tail.resumed) tail.source ??= sourceOf(tail);
      if (tail.source !== null) queue.push({ kind: 'end', source: tail.source, because });
      Object.assign(tail, {
        stage: 'over',
        due: false,
        hungry: false,
        file: null,
        chunks: null,
        active: now(),
      });
      tails.delete(tail);
      following.left.delete(tail);
      for (const waiting of [ready.told, ready.untold]) waiting.delete(tail);
      group.tails.splice(group.tails.indexOf(tail), 1);
      group.over.push(tail);
      const id = idOf(tail.identity);
      if (hosts.get(id) === tail) hosts.delete(id);
      await chunks?.return(undefined).catch(() => undefined);
      await file?.close().catch(() => undefined);
    },
    announce(tail) {
      tail.source = sourceOf(tail);
      return { kind: 'bytes', source: tail.source, chunk: new Uint8Array(0), more: tail.hungry };
    },
    knownTexts: () =>
      [...groups.values()].flatMap(({ tails, over }) => [
        ...tails
          .filter(({ resumed, source }) => source === null && !resumed)
          .map((tail) => knownText(tail, false)),
        ...over.map((tail) => knownText(tail, true)),
      ]),
  };
  return following;
}

function knownText(tail: Tail, over: boolean): KnownText {
  const { before, offset, startLine } = tail;
  const position = { offset, line: startLine ?? 0, before: Buffer.from(before).toString('base64') };
  const { copyOf } = tail;
  return { ...savedOf(tail), position, over, ...(copyOf !== null && { copyOf }) };
}

export function troubleOf(error: unknown, then = 'it is tried again'): Trouble {
  if (typeof error === 'string') return { state: 'refused', reason: `${error}; ${then}` };
  const state = STATES[codeOf(error)] ?? 'failing';
  return { state, reason: `${reasonOf(error)}; ${then}` };
}

const STATES: Readonly<Record<string, Trouble['state']>> = {
  EACCES: 'forbidden',
  EPERM: 'forbidden',
  ENOENT: 'waiting',
  ENOTDIR: 'waiting',
};

/** Says once what keeps a path from being read. */
export function sayTrouble(following: Following, followed: Followed, trouble: Trouble): void {
  if (followed.trouble?.reason === trouble.reason) return;
  followed.trouble = trouble;
  following.say(followed.path, trouble.reason, 0);
}
