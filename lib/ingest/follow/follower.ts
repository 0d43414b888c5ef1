/**
 * Follows files that grow, are rotated, truncated, deleted and made anew: gives their bytes in pieces, each text
 * from where it begins to its last byte, once. Everything that happens between two looks is found again by what
 * the files hold; a sweep over all paths is the truth, a watch only makes it faster.
 */
import { dirname, join } from 'node:path';
import { InputError, reasonOf } from '../input-error.js';
import { groupRotated } from '../rotation.js';
import { CLOCK_STEP_MS, earlierRun } from './earlier-run.js';
import { codeOf, type FileStatus, type FollowFs, idOf, nodeFollowFs } from './follow-fs.js';
import { createFollowing, type Followed, sayTrouble, type WholeLook } from './following.js';
import { openFileLimit } from './open-file-limit.js';
import { livesOf } from './search.js';
import { linesBefore } from './start-position.js';
import { createSuccession } from './succession.js';
import {
  examine,
  type Family,
  isChanged,
  lastChange,
  newTail,
  readOn,
  readyForRead,
  type Tail,
} from './tail.js';
import { headLength, PROOF_BYTES } from './text-mark.js';
import { createTurns } from './turns.js';
import type { FollowedPiece, FollowOptions, SavedFile } from './types.js';
import { createWatches } from './watches.js';

export interface FollowClock {
  /** Ms since the epoch. */
  now(): number;
  /** Gives a function that calls it off. */
  after(ms: number, run: () => void): () => void;
}

export interface FileFollowOptions extends FollowOptions {
  readonly fs?: FollowFs;
  readonly clock?: FollowClock;
  /** Time between two looks at everything, ms. Default 10,000. */
  readonly sweepMs?: number;
  /** Time between two looks at a directory that cannot be watched, ms. Default 1,000. */
  readonly pollMs?: number;
  /** A file that was rotated away or deleted is given up when nothing came for so long, ms. Default 60,000. */
  readonly quietMs?: number;
  /** Bytes of the one buffer that all files are read with. Default 524,288. */
  readonly bufferBytes?: number;
  /** Files kept open; beyond it idle ones are closed. Default 4,096, or half of what the process may open. */
  readonly maxOpen?: number;
}

export interface FileFollower {
  /** Without end, until the signal aborts. May be called once. */
  pieces(): AsyncGenerator<FollowedPiece>;
  /** The next piece, null where there is nothing to be read now. */
  next(): Promise<FollowedPiece | null>;
  /** Looks at everything at once, as the sweep does. */
  wake(): void;
  close(): Promise<void>;
}

const GLOB_MAGIC = /[*?[{]|[!@+]\(/;
/** Looks between two pieces: a sweep over a thousand paths does not stop the reading. */
const LOOKS_PER_PIECE = 32;
/** A directory in which files come and go all the time is not matched with the globs more often, ms. */
const MATCH_PAUSE_MS = 100;

const systemClock: FollowClock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

export function createFileFollower(names: readonly string[], options: FileFollowOptions = {}): FileFollower {
  const fs = options.fs ?? nodeFollowFs;
  const clock = options.clock ?? systemClock;
  const { sweepMs = 10_000, pollMs = 1000, quietMs = 60_000 } = options;
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const startedAt = clock.now();
  const savedFiles = (options.saved ?? []).filter((source): source is SavedFile => source.kind === 'file');
  const earlier = earlierRun(savedFiles);
  const buffer = Buffer.allocUnsafeSlow(options.bufferBytes ?? 512 * 1024);
  const following = createFollowing({
    fs,
    signal,
    now: () => clock.now(),
    maxOpen: options.maxOpen ?? openFileLimit(),
    looked: earlier?.looked ?? null,
  });
  const { followed: paths, tails, queue, due } = following;
  const succession = createSuccession(following, { ...options, startedAt, earlier });
  const turns = createTurns(tails, options.frontier);
  const families = new Map<string, Family>();
  /** By directory, then by name in it. */
  const byDirectory = new Map<string, Map<string, Set<Followed>>>();
  /** By what the names of their copies begin with. */
  const byStem = new Map<string, Set<string>>();
  const globs: string[] = [];
  const globTrouble = new Map<string, string>();
  let started = false;
  let starting = true;
  let matchDue = false;
  let lastMatch = startedAt;
  let wakeUp = (): void => {};
  /** Paths that the sweep has still to compare with what they showed. */
  let unswept: Followed[] = [];
  /** Directories whose watches told nothing since the last sweep. */
  let silent: ReadonlySet<string> = new Set();

  const watches = createWatches(fs, (directory, name, namesChanged) => {
    const known = byDirectory.get(directory);
    const heard = name === null ? [...(known?.values() ?? [])].flatMap((set) => [...set]) : known?.get(name);
    for (const followed of heard ?? []) due.add(followed);
    for (const tail of tails)
      if (
        tail.stage === 'leaving' &&
        livesOf(following, tail.family).some((live) => dirname(live) === directory)
      )
        tail.due = true;
    if (namesChanged && heard === undefined) matchSoon();
    wakeUp();
  });

  let calledMatch: (() => void) | null = null;
  const matchSoon = (): void => {
    if (globs.length === 0 || calledMatch !== null) return;
    calledMatch = clock.after(Math.max(0, lastMatch + MATCH_PAUSE_MS - clock.now()), () => {
      calledMatch = null;
      matchDue = true;
      wakeUp();
    });
  };

  const familyOf = (path: string): Family => {
    const near: string[] = [];
    for (let end = dirname(path).length + 1; end <= path.length; end++)
      for (const other of byStem.get(path.slice(0, end)) ?? []) if (other !== path) near.push(other);
    const self = { name: path, modified: 0 };
    const group = groupRotated([self, ...near.map((name) => ({ name, modified: 0 }))]).find(({ files }) =>
      files.includes(self),
    );
    const live = group !== undefined && paths.has(group.name) ? group.name : path;
    let family = families.get(live);
    if (family === undefined) {
      family = { live, tails: [], ended: [], resumed: false };
      families.set(live, family);
    }
    return family;
  };

  const index = (followed: Followed, path: string): void => {
    const directory = dirname(path);
    let inDirectory = byDirectory.get(directory);
    if (inDirectory === undefined) {
      inDirectory = new Map();
      byDirectory.set(directory, inDirectory);
    }
    const name = path.slice(directory.length + (directory.endsWith('/') || path === directory ? 0 : 1));
    const set = inDirectory.get(name);
    if (set === undefined) inDirectory.set(name, new Set([followed]));
    else set.add(followed);
    watches.cover(directory);
  };

  /** Paths that turn out to be rotated copies of a log that came later. */
  const adoptCopies = ({ path, family }: Followed): void => {
    const stem = stemOf(path);
    const start = stem.slice(stem.lastIndexOf('/') + 1);
    for (const [name, set] of byDirectory.get(dirname(path)) ?? []) {
      if (!name.startsWith(start)) continue;
      for (const other of set) {
        const alone = other.family;
        if (!other.path.startsWith(stem)) continue;
        if (alone === family || alone.live !== other.path || familyOf(other.path) !== family) continue;
        other.family = family;
        for (const tail of [...alone.tails, ...alone.ended]) tail.family = family;
        family.tails.unshift(...alone.tails.splice(0));
        family.ended.unshift(...alone.ended.splice(0));
        family.resumed ||= alone.resumed;
        families.delete(other.path);
      }
    }
  };

  const follow = (path: string, literal: boolean): Followed => {
    const known = paths.get(path);
    if (known !== undefined) return known;
    const followed: Followed = {
      path,
      literal,
      family: familyOf(path),
      current: null,
      real: path,
      atStart: null,
      absentSince: starting ? null : lastMatch,
      ignored: null,
      trouble: null,
    };
    paths.set(path, followed);
    const stem = stemOf(path);
    const ofStem = byStem.get(stem);
    if (ofStem === undefined) byStem.set(stem, new Set([path]));
    else ofStem.add(path);
    index(followed, path);
    due.add(followed);
    following.look?.paths.add(followed);
    if (followed.family.live === path) adoptCopies(followed);
    return followed;
  };

  const match = async (): Promise<void> => {
    matchDue = false;
    const began = clock.now();
    for (const glob of globs) {
      try {
        const found = await fs.match(glob);
        for (const path of byShortness(found)) follow(join(path), false);
        if (found.length === 0 && starting) {
          following.say(glob, 'no file matches; it is tried again', 0);
        }
        globTrouble.delete(glob);
      } catch (error) {
        const reason = `${reasonOf(error)}; it is tried again`;
        if (globTrouble.get(glob) !== reason) following.say(glob, reason, 0);
        globTrouble.set(glob, reason);
      }
    }
    lastMatch = began;
  };

  const start = async (): Promise<void> => {
    following.look = { began: startedAt, first: true, paths: new Set(), tails: null };
    for (const name of names) {
      const isGlob = GLOB_MAGIC.test(name) && (await fs.status(name).catch(() => null)) === null;
      if (isGlob) globs.push(name);
      else follow(join(name), true);
    }
    for (const glob of globs) watches.cover(join(baseOf(glob)));
    const saved = savedFiles.filter(({ name }) => isAsked(name));
    for (const name of byShortness(saved.map((source) => source.name))) follow(name, false);
    await match();
    for (const followed of paths.values()) {
      const status = await fs.status(followed.path).catch(() => null);
      if (status?.kind === 'file') followed.atStart = status.size;
      else followed.absentSince = earlier?.looked ?? startedAt;
      await resume(
        followed,
        saved.filter(({ name }) => name === followed.path),
        status,
      );
    }
    starting = false;
    scheduleSweep();
    schedulePoll();
  };

  const isAsked = (name: string): boolean =>
    paths.has(name) || globs.some((glob) => name.startsWith(baseOf(glob).replace(/^\.\/|^\.$/, '')));

  /** Texts of an earlier run wait to be found again, as those do whose files were closed while they were idle. */
  const resume = async (followed: Followed, saved: SavedFile[], status: FileStatus | null): Promise<void> => {
    if (saved.length === 0) return;
    const { family } = followed;
    family.resumed = true;
    if (status !== null) followed.real = await fs.realPath(followed.path).catch(() => followed.path);
    if (followed.real !== followed.path) index(followed, followed.real);
    if (followed.path === family.live) followed.atStart = null;
    let current: Tail | null = null;
    const resumed = saved
      .toSorted((a, b) => (a.modified ?? 0) - (b.modified ?? 0))
      .map((source) => {
        const tail = newTail({
          key: source.key,
          resumed: true,
          name: source.name,
          target: source.target ?? null,
          family,
          identity: { dev: source.dev, ino: source.ino, born: source.born ?? null },
          modified: source.modified ?? status?.modified ?? null,
          head: source.head.bytes === 0 ? new Uint8Array(0) : source.head,
          start: source.start ?? null,
          offset: source.position.offset,
          startLine: source.position.line,
          before: Buffer.from(source.position.before, 'base64'),
          seen: { size: -1, modified: source.modified ?? Number.POSITIVE_INFINITY },
          active: clock.now(),
          ...(source.stage === 'read' && READ),
        });
        following.add(tail);
        if (source.stage === undefined) current = tail;
        return tail;
      });
    followed.current = current ?? resumed.findLast(({ finished }) => !finished) ?? resumed.at(-1) ?? null;
    for (const tail of resumed) {
      if (tail === current || tail.finished) continue;
      tail.stage = 'leaving';
      tail.suspect = tail !== followed.current && tail.offset === 0 && headLength(tail.head) < PROOF_BYTES;
    }
  };

  /** True where there was news. */
  const lookAt = async (followed: Followed): Promise<boolean> => {
    due.delete(followed);
    following.look?.paths.delete(followed);
    const { current } = followed;
    let status: FileStatus;
    try {
      status = await fs.status(followed.path);
    } catch (error) {
      const code = codeOf(error);
      if (code !== 'ENOENT' && code !== 'ENOTDIR') {
        sayTrouble(following, followed, error);
        return false;
      }
      if (current === null && followed.literal) sayTrouble(following, followed, error, 'it is waited for');
      followed.absentSince ??= clock.now();
      followed.atStart = null;
      followed.ignored = null;
      const left = current?.stage === 'live';
      if (current !== null && left) succession.leave(current, followed);
      await succession.gatherUnseen(followed);
      return left;
    }
    if (status.kind !== 'file') {
      sayTrouble(following, followed, SPECIAL[status.kind], 'it is not followed');
      if (current !== null) succession.leave(current, followed);
      return false;
    }
    if (followed.ignored === `${idOf(status)}:${status.size}`) return false;
    if (current !== null && idOf(current.identity) === idOf(status) && current.chunks === null) {
      const same = !isChanged(current, status);
      if (current.stage !== 'ended') {
        if (current.stage === 'leaving' && current.name === followed.path) current.stage = 'live';
        if (same && !current.failed) return false;
        current.due = true;
        current.failed = false;
        return true;
      }
      if (same) return false;
    }
    const before = followed.real;
    await succession.takeOver(followed);
    if (followed.real !== before) index(followed, followed.real);
    return true;
  };

  const lookSafely = async (followed: Followed): Promise<boolean> => {
    try {
      return await lookAt(followed);
    } catch (error) {
      sayTrouble(following, followed, error);
      return false;
    }
  };

  const sweep = (): void => {
    following.look ??= { began: clock.now(), first: false, paths: new Set(paths.values()), tails: null };
    silent = new Set([...byDirectory.keys()].filter((directory) => !watches.heard(directory)));
    unswept = [...paths.values()];
    for (const tail of tails) {
      if (tail.failed || tail.stage === 'leaving') tail.due = true;
      tail.failed = false;
    }
    for (const glob of globs) watches.cover(join(baseOf(glob)));
    matchDue = globs.length > 0;
    wakeUp();
  };

  /** Many at a time, which costs a third of one after the other: nearly all of them show what they showed before. */
  const sweepSome = async (): Promise<void> => {
    const some = unswept.splice(0, LOOKS_PER_PIECE);
    // Told of meanwhile, one comes back: what is seen now may be older than that.
    for (const followed of some) due.delete(followed);
    const statuses = await Promise.all(some.map(({ path }) => fs.status(path).catch(() => null)));
    for (const [at, followed] of some.entries()) {
      const status = statuses[at] ?? null;
      if (status === null || !showsTheSame(followed, status)) due.add(followed);
      else following.look?.paths.delete(followed);
    }
  };

  let cancelSweep = (): void => {};
  let cancelPoll = (): void => {};
  const scheduleSweep = (): void => {
    if (signal.aborted) return;
    cancelSweep = clock.after(sweepMs, () => {
      sweep();
      scheduleSweep();
    });
  };
  const schedulePoll = (): void => {
    if (signal.aborted) return;
    cancelPoll = clock.after(pollMs, () => {
      const unwatched = watches.unwatched();
      for (const directory of unwatched)
        for (const set of byDirectory.get(directory)?.values() ?? [])
          for (const followed of set) due.add(followed);
      if (unwatched.length > 0) wakeUp();
      schedulePoll();
    });
  };

  /** All that there was when the look began has been found, told of, and examined. */
  const isWhole = ({ paths, tails: found }: WholeLook): boolean => {
    if (paths.size > 0) return false;
    for (const tail of found ?? [])
      if (tail.failed || tail.stage === 'ended' || (!tail.due && (tail.source !== null || tail.finished)))
        found?.delete(tail);
    return found?.size === 0;
  };

  const finishLook = async ({ began }: WholeLook): Promise<void> => {
    following.look = null;
    following.looked = began;
    const now = clock.now();
    for (const tail of [...tails]) {
      const quiet = now - tail.active >= quietMs;
      if (tail.finished && !tail.due && (quiet || lastChange(tail) <= began - CLOCK_STEP_MS))
        await following.end(tail, tail.because);
      else if (tail.stage === 'leaving' && tail.caughtUp && !readyForRead(tail) && quiet)
        await following.end(tail, tail.because);
    }
    tidy(now);
  };

  const tidy = (now: number): void => {
    for (const followed of [...paths.values()]) {
      const over = followed.current === null || followed.current.stage === 'ended';
      if (followed.literal || !over || followed.absentSince === null || followed.ignored !== null) continue;
      if (now - followed.absentSince < quietMs) continue;
      paths.delete(followed.path);
      const ofStem = byStem.get(stemOf(followed.path));
      ofStem?.delete(followed.path);
      if (ofStem?.size === 0) byStem.delete(stemOf(followed.path));
      for (const [directory, inDirectory] of byDirectory) {
        for (const [name, set] of inDirectory) {
          set.delete(followed);
          if (set.size === 0) inDirectory.delete(name);
        }
        if (inDirectory.size === 0) byDirectory.delete(directory);
      }
    }
    for (const [live, family] of families)
      if (family.tails.length === 0 && ![...paths.values()].some((followed) => followed.family === family))
        families.delete(live);
    watches.keep(new Set([...byDirectory.keys(), ...globs.map((glob) => join(baseOf(glob)))]));
    for (const directory of byDirectory.keys()) watches.cover(directory);
  };

  /** One step with a text; null where it gave no piece. */
  const step = async (tail: Tail): Promise<FollowedPiece | null> => {
    if (tail.file === null && tail.chunks === null && !(await succession.reopen(tail))) {
      if (tail.stage !== 'ended') rest(tail);
      return null;
    }
    const { file } = tail;
    if (tail.due && file !== null && tail.chunks === null) {
      tail.due = false;
      const blank = tail.stage === 'live' && tail.offset === 0 && headLength(tail.head) === 0;
      const after = lastChange(tail);
      following.settle(tail);
      if ((await examine(tail, file)) === 'changed') {
        await succession.replaceText(tail);
        return null;
      }
      // Where nothing was read yet, nothing shows that it was written, copied and truncated meanwhile.
      if (blank && tail.hungry) await succession.gatherCopies(tail, after);
      if (queue.length > 0) return null;
      // It was closed meanwhile to make room: it is opened again at its next turn.
      if (tail.file === null) return null;
    }
    tail.due = false;
    if (tail.source === null) {
      if (tail.startLine === null && file !== null)
        tail.startLine = await linesBefore(file, tail.offset, buffer);
      return following.announce(tail);
    }
    if (tail.suspect && file !== null) {
      if (tail.seen.size === 0 || (await succession.isCopy(tail, file))) {
        rest(tail);
        return null;
      }
      tail.suspect = false;
    }
    const read = await readOn(tail, buffer);
    switch (read.kind) {
      case 'bytes':
        tail.hungry = read.more;
        tail.caughtUp ||= !read.more;
        tail.active = clock.now();
        tail.trouble = null;
        return { kind: 'bytes', source: tail.source, chunk: read.chunk, more: read.more };
      case 'nothing':
        rest(tail);
        return null;
      case 'changed':
        await succession.replaceText(tail);
        return null;
      case 'hole':
        await succession.skipHole(tail);
        return null;
      case 'end':
        await following.finish(tail);
        return null;
    }
  };

  const rest = (tail: Tail): void => {
    tail.due = false;
    tail.hungry = false;
    tail.caughtUp = true;
  };

  const stepSafely = async (tail: Tail): Promise<FollowedPiece | null> => {
    try {
      return await step(tail);
    } catch (error) {
      rest(tail);
      if (error instanceof InputError) {
        await following.lose(tail, tail.because, error.problem.reason, 'finish');
        return null;
      }
      const reason = `${reasonOf(error)}; it is tried again`;
      if (tail.trouble !== reason) following.say(tail.name, reason, 0);
      tail.trouble = reason;
      tail.failed = true;
      const { file } = tail;
      tail.file = null;
      if (tail.chunks !== null) {
        // It is looked for again, and decompressed up to the place that was reached.
        tail.chunks = null;
        tail.stage = 'leaving';
      }
      await file?.close().catch(() => undefined);
      return null;
    }
  };

  const next = async (): Promise<FollowedPiece | null> => {
    if (!started) {
      started = true;
      await start();
    }
    for (;;) {
      if (signal.aborted) return null;
      const waiting = queue.shift();
      if (waiting !== undefined) return waiting;
      if (matchDue) await match();
      const isSwept = unswept.length === 0;
      if (!isSwept) await sweepSome();
      let looks = 0;
      for (const some of isSwept ? due : []) {
        // Nothing is read before all that is there at the start has been told of.
        if (looks++ === LOOKS_PER_PIECE && !following.look?.first) break;
        // Whose copy a new file is shows at the live log.
        const live = paths.get(some.family.live);
        const followed = live !== undefined && due.has(live) ? live : some;
        if (followed !== live && live?.current?.due === true && readyForRead(live.current)) continue;
        const directory = dirname(followed.path);
        if ((await lookSafely(followed)) && following.look !== null && silent.has(directory))
          watches.missed(directory);
      }
      if (queue.length > 0) continue;
      const { look } = following;
      if (look !== null && !matchDue) {
        if (look.paths.size === 0) look.tails ??= new Set(tails);
        if (isWhole(look)) {
          await finishLook(look);
          continue;
        }
      }
      const tail = turns.next();
      if (tail !== null) {
        const piece = await stepSafely(tail);
        if (piece !== null) return piece;
        continue;
      }
      if (looks > 0 || due.size > 0 || matchDue || unswept.length > 0) continue;
      return null;
    }
  };

  const close = async (): Promise<void> => {
    stop.abort();
    cancelSweep();
    cancelPoll();
    calledMatch?.();
    watches.close();
    for (const tail of [...tails]) {
      await tail.chunks?.return(undefined).catch(() => undefined);
      await tail.file?.close().catch(() => undefined);
      tail.file = null;
    }
    tails.clear();
  };

  return {
    next,
    close,
    wake: sweep,
    async *pieces() {
      let giveUp = (): void => {};
      const onAbort = (): void => {
        wakeUp();
        giveUp();
      };
      signal.addEventListener('abort', onAbort);
      try {
        while (!signal.aborted) {
          let woken = false;
          let resolve = (): void => {};
          wakeUp = () => {
            woken = true;
            resolve();
          };
          const piece = await next();
          if (piece !== null) {
            yield piece;
            const ready = options.ready?.();
            if (ready !== undefined)
              await new Promise<void>((resolve, reject) => {
                giveUp = resolve;
                ready.then(resolve, reject);
              });
            continue;
          }
          if (woken || signal.aborted) continue;
          await new Promise<void>((done) => {
            resolve = done;
          });
        }
      } finally {
        signal.removeEventListener('abort', onAbort);
        await close();
      }
    },
  };
}

const READ = { stage: 'rest', finished: true, due: false, hungry: false, caughtUp: true } as const;

/** Whether a look at the path would come to nothing. */
function showsTheSame({ current, ignored, trouble }: Followed, status: FileStatus): boolean {
  if (status.kind !== 'file' || trouble !== null) return false;
  if (ignored !== null) return ignored === `${idOf(status)}:${status.size}`;
  if (current === null || current.chunks !== null || current.failed || current.due) return false;
  const { identity, seen, stage } = current;
  return (
    stage === 'live' &&
    identity.ino === status.ino &&
    identity.dev === status.dev &&
    seen.size === status.size &&
    seen.modified === status.modified
  );
}

const SPECIAL = {
  file: '',
  directory: 'is a directory',
  pipe: 'is a pipe, which is followed only through standard input (analyze < PIPE)',
  other: 'is a device or a socket',
} as const;

/** `messages` before `messages.1`: whose copy it is has to be known first. */
function byShortness(found: readonly string[]): string[] {
  return found.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1));
}

/** Sorts out nearly all others cheaply: a copy's name begins as that of its log does, without the ending. */
function stemOf(path: string): string {
  return path.replace(/(?<=[^/])\.[^./]*$/, '');
}

/** The directory above the first part of a glob that has magic. */
function baseOf(glob: string): string {
  const parts = glob.split('/');
  const magic = parts.findIndex((part) => GLOB_MAGIC.test(part));
  const base = parts.slice(0, magic).join('/');
  return base === '' ? (glob.startsWith('/') ? '/' : '.') : base;
}
