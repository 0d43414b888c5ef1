/**
 * Follows files that grow, are rotated, truncated, deleted and made anew: gives their bytes in pieces, each text
 * from where it begins to its last byte, once. Everything that happens between two looks, or two runs, is found
 * again by what the files hold; a sweep over all paths is the truth, a watch only makes it faster.
 */
import { dirname, join } from 'node:path';
import { isGlob } from '../shell-glob.js';
import { inBatches } from './batches.js';
import { type FollowClock, systemClock } from './follow-clock.js';
import { type FollowFs, nodeFollowFs } from './follow-fs.js';
import { createFollowing, sayTrouble, troubleOf } from './following.js';
import { createWaking, giveOut } from './give-out.js';
import { createGlobs } from './globs.js';
import type { Followed, Group } from './group.js';
import { ask, createLook, readOnWithoutLook, type Shown } from './looking.js';
import { openFileLimit } from './open-file-limit.js';
import { createPaths } from './paths.js';
import { createReading } from './reading.js';
import { restore } from './restore.js';
import { standings } from './standing.js';
import { createSurveyor } from './survey.js';
import { createSweeping, LOOKS_PER_PIECE } from './sweeping.js';
import { createTurns } from './turns.js';
import type { FollowedPiece, FollowOptions, KnownFiles } from './types.js';
import { createWatches } from './watches.js';

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
  /** Bytes of compressed copies that are decompressed to compare them, before others are read again. Default 4 MiB. */
  readonly unpackBytes?: number;
  /** Whether a file that a glob finds, by the path that it leads to, is none to follow. Default: all are. */
  readonly leaveOut?: (path: string) => boolean;
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

/** Bytes of compressed copies that are decompressed to compare them, before others are read again. */
const UNPACKED_BYTES = 4 * 1024 * 1024;

export function createFileFollower(names: readonly string[], options: FileFollowOptions = {}): FileFollower {
  const fs = options.fs ?? nodeFollowFs;
  const clock = options.clock ?? systemClock;
  const { from = 'end', sweepMs = 10_000, pollMs = 1000, quietMs = 60_000 } = options;
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const buffer = Buffer.allocUnsafeSlow(options.bufferBytes ?? 512 * 1024);
  const following = createFollowing({
    fs,
    signal,
    now: () => clock.now(),
    maxOpen: options.maxOpen ?? openFileLimit(),
    unpackBytes: options.unpackBytes ?? UNPACKED_BYTES,
  });
  const { groups, queue, tails } = following;
  const surveyor = createSurveyor(following, { from, quietMs });
  const turns = createTurns(following, options.frontier);
  /** Paths that have to be looked at. */
  const due = new Set<Followed>();
  /** Logs that would not hold still. */
  const restless = new Set<Group>();
  let started = false;
  /** What an earlier run knew has been taken up. */
  let isRestored = false;
  /** Everything that was there at the start has been found. */
  let complete = false;
  const waking = createWaking();
  const watches = createWatches(fs, (directory, name, namesChanged) => {
    const heard = paths.inDirectory(directory, name);
    const isWritten = !namesChanged && name !== null;
    for (const followed of heard ?? [])
      if (!isWritten || due.has(followed) || !readOnWithoutLook(following, followed)) due.add(followed);
    for (const tail of following.left)
      if (tail.stage !== 'left') following.left.delete(tail);
      else if (dirname(tail.group.live) === directory) {
        tail.due = true;
        following.wake(tail);
      }
    for (const group of restless)
      if (group.growsSince === null && dirname(group.live) === directory) following.due.add(group);
    if (namesChanged && heard === undefined) globs.matchSoon();
    waking.wake();
  });
  const paths = createPaths(following, (directory) => watches.cover(directory));
  const globs = createGlobs({
    fs,
    clock,
    say: following.say,
    sayOver: following.sayOver,
    found: (found, glob) => takeUp(found, false, glob),
    cover: (directory) => watches.cover(directory),
    onDue: () => waking.wake(),
  });
  const lookAt = createLook(following, paths);
  const reading = createReading(following, buffer);
  const sweeping = createSweeping(following, { paths, globs, watches, due, restless, quietMs });
  const restored = restore(options.saved ?? []);

  const knownFiles: KnownFiles = {
    key: 'files',
    save: () => ({
      kind: 'files',
      key: 'files',
      name: 'files',
      position: { offset: 0, line: 0, before: '' },
      asked: complete ? [...names] : restored.asked,
      texts: isRestored ? following.knownTexts() : restored.texts,
    }),
    names: () => (complete ? [...globs.standing(), ...standings(paths.byPath.values())] : null),
  };
  queue.push({ kind: 'known', source: knownFiles });

  const takeUp = async (found: readonly string[], literal: boolean, by: string): Promise<void> => {
    const fresh = found.filter((path) => !paths.byPath.has(path));
    // Which log it belongs to is known by where it leads.
    const reals = await inBatches(fresh, (path) => fs.realPath(path).catch(() => path));
    for (const [at, path] of fresh.entries()) {
      const real = reals[at] as string;
      if (!literal && options.leaveOut?.(real) === true) continue;
      // The kubelet compresses into `0.log.20261121-101112.tmp`, and renames that when it is whole.
      if (path.endsWith('.tmp') && paths.byPath.has(path.slice(0, -4))) continue;
      due.add(paths.follow(path, real, { literal, covered: restored.covered.has(by) }));
    }
  };

  const start = async (): Promise<void> => {
    for (const name of names) {
      if (isGlob(name) && (await fs.status(name).catch(() => null)) === null) globs.add(name);
      else await takeUp([join(name)], true, name);
    }
    await globs.match();
    await inBatches([...paths.byPath.values()], async (followed) => {
      const status = await fs.status(followed.path).catch(() => null);
      if (status?.kind === 'file' && !followed.covered) followed.atStart = status;
    });
    const isAsked = (name: string): boolean => paths.byPath.has(name) || globs.includes(name);
    restored.into(following, paths, isAsked);
    isRestored = true;
    for (const followed of paths.byPath.values()) due.add(followed);
    for (const group of groups.values())
      group.first = group.paths.size > 0 && [...group.paths].every(({ covered }) => !covered);
    scheduleSweep();
    schedulePoll();
  };

  const survey = async (group: Group): Promise<void> => {
    restless.delete(group);
    try {
      if ((await surveyor.look(group)) === 'restless') restless.add(group);
    } catch (error) {
      const known = group.tails.some(({ trouble }) => trouble === troubleOf(error).reason);
      for (const tail of group.tails) if (tail.file === null) tail.failed = true;
      for (const followed of group.paths) {
        if (followed.real !== group.live) continue;
        if (known) followed.trouble = troubleOf(error);
        else sayTrouble(following, followed, troubleOf(error));
      }
    }
  };

  const sweep = (): void => {
    sweeping.start();
    waking.wake();
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
        for (const followed of paths.inDirectory(directory, null) ?? []) due.add(followed);
      for (const group of restless) following.due.add(group);
      if (unwatched.length > 0 || restless.size > 0) waking.wake();
      schedulePoll();
    });
  };

  const next = async (): Promise<FollowedPiece | null> => {
    for (;;) {
      if (signal.aborted) return null;
      const waiting = queue.shift();
      if (waiting !== undefined) return waiting;
      if (!started) {
        started = true;
        await start();
        continue;
      }
      if (globs.isDue()) await globs.match();
      const isSwept = sweeping.isCompared();
      if (!isSwept) await sweeping.some();
      let looks = 0;
      // Nothing is read before all that is there at the start has been told of.
      while (isSwept && due.size > 0 && (looks === 0 || !complete)) looks += await lookSome();
      if (due.size === 0 || complete) looks += await surveySome();
      if (queue.length > 0) continue;
      const isQuiet = looks === 0 && due.size === 0 && sweeping.isCompared() && !globs.isDue();
      complete ||= isQuiet;
      const tail = complete ? turns.next() : null;
      if (tail !== null) {
        const piece = await reading.step(tail);
        if (piece !== null) return piece;
        continue;
      }
      if (!isQuiet) continue;
      if (!sweeping.isUnderWay()) return null;
      await sweeping.finish();
    }
  };

  /** Many at a time, as for the sweep. */
  const lookSome = async (): Promise<number> => {
    const some: Followed[] = [];
    for (const followed of due) {
      if (some.length === LOOKS_PER_PIECE) break;
      due.delete(followed);
      some.push(followed);
    }
    const shown = await Promise.allSettled(some.map((followed) => ask(fs, followed)));
    for (const [at, followed] of some.entries()) {
      if (lookAt(followed, shown[at] as PromiseSettledResult<Shown>)) sweeping.found(followed.path);
    }
    return some.length;
  };

  const surveySome = async (): Promise<number> => {
    const some: Group[] = [];
    surveyor.begin();
    for (const group of following.due) {
      if (some.length === LOOKS_PER_PIECE && complete) break;
      following.due.delete(group);
      if (groups.get(group.live) === group) some.push(group);
    }
    for (const group of some) if (!signal.aborted) await survey(group);
    return some.length;
  };

  const close = async (): Promise<void> => {
    stop.abort();
    cancelSweep();
    cancelPoll();
    globs.close();
    watches.close();
    for (const tail of [...tails]) {
      await tail.chunks?.return(undefined).catch(() => undefined);
      await tail.file?.close().catch(() => undefined);
      tail.file = null;
    }
    tails.clear();
    await following.packed.close();
  };

  return {
    next,
    close,
    wake: sweep,
    pieces: () => giveOut({ next, close, waking, clock, signal, ready: options.ready }),
  };
}
