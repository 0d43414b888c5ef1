/**
 * What happens when a path shows another text than before: it was renamed away, copied and truncated, deleted and
 * made anew, or its link points elsewhere. The old text is read to its end, then what was written between two
 * looks and never seen, then the new one.
 */

import { CLOCK_STEP_MS, type Earlier } from './earlier-run.js';
import { codeOf, type FileStatus, idOf, type OpenFile } from './follow-fs.js';
import { type Followed, type Following, sayTrouble } from './following.js';
import { gzipHead, gzipText } from './gzip-text.js';
import { addUnseen, type Found, isKnownHead, knownText, locate, type Unseen } from './search.js';
import { isCompressed, type Sibling } from './siblings.js';
import { lastLineStart } from './start-position.js';
import { beforeOf, type Family, isChanged, lastChange, markOf, newTail, type Tail } from './tail.js';
import { HEAD_BYTES, headLength, holdsText, isUnproved, readRange } from './text-mark.js';
import type { FollowOptions } from './types.js';

export interface Succession {
  /** The path shows a file that is not its current one. */
  takeOver(followed: Followed): Promise<void>;
  /** The file of a text holds another one now. */
  replaceText(tail: Tail): Promise<void>;
  /** No path shows the text any more, or the one given only. */
  leave(tail: Tail, except?: Followed): void;
  /** The path shows nothing: what was written and rotated since its last text may lie beside it. */
  gatherUnseen(followed: Followed): Promise<void>;
  /** Reads copies that were made after a time, ms since the epoch, of what stood before in the file of a text. */
  gatherCopies(tail: Tail, after: number): Promise<void>;
  /** Opens the file of a text again. False where it has none any more, or has to be looked for at its path. */
  reopen(tail: Tail): Promise<boolean>;
  /** Whether a text with the name of a rotated copy is a known one, as far as it goes. */
  isCopy(tail: Tail, file: OpenFile): Promise<boolean>;
  /** A text begins behind zeros: it is another source, because the one before it began at the first of them. */
  skipHole(tail: Tail): Promise<void>;
}

const LOST_ROTATED = 'was rotated away and removed while nobody read it; what was not read of it is lost';
const LOST_TRUNCATED =
  'was truncated, and no copy of it is there; what was written since it was read last is lost, if anything was';
const LOST_SHORT =
  'was truncated, and its copy ends before what was read of it; what was written in between may be lost';

export function createSuccession(
  following: Following,
  options: Pick<FollowOptions, 'from'> & { readonly startedAt: number; readonly earlier: Earlier | null },
): Succession {
  const { fs, followed: paths, readers } = following;
  const from = options.from ?? 'end';
  const { earlier } = options;
  const isYounger = (status: FileStatus): boolean => earlier?.isYounger(status) ?? false;
  const younger: Unseen = { anywhere: false, behind: isYounger, isNew: isYounger };

  const showsOf = (tail: Tail): Followed[] =>
    [...paths.values()].filter((followed) => followed.current === tail);

  const leave = (tail: Tail, except?: Followed): void => {
    if (tail.stage !== 'live') return;
    if (showsOf(tail).some((followed) => followed !== except)) return;
    tail.stage = 'leaving';
    tail.due = true;
    // What comes after it waits for its rest.
    tail.caughtUp = false;
    tail.active = following.now();
  };

  /** Whatever was found beside it is older. */
  const comesLast = (tail: Tail): void => {
    const { tails } = tail.family;
    if (tails.includes(tail)) tails.push(...tails.splice(tails.indexOf(tail), 1));
  };

  /** Whether a copy was made after a text was seen last, or while nothing was there. */
  const isAfter = (old: Tail | null, absentSince: number | null): Unseen => {
    const after = old !== null ? lastChange(old) : (absentSince ?? Number.POSITIVE_INFINITY) - CLOCK_STEP_MS;
    const known = old === null || old.resumed ? earlier : null;
    const unproved = old !== null && isUnproved(markOf(old));
    return {
      anywhere: unproved,
      behind: (status) => !known?.surelyKnows(status),
      isNew: (status) =>
        (old !== null || status.born === null || status.born > after) &&
        (unproved ? status.modified >= after : status.modified > after) &&
        !known?.knows(status),
    };
  };

  /** Opens the file at the path that shows it. Null where none does. */
  const reopenShown = async (tail: Tail): Promise<boolean | null> => {
    const [shown] = tail.stage === 'live' ? showsOf(tail) : [];
    if (shown === undefined) return null;
    let file: OpenFile | null = null;
    try {
      file = await following.open(shown.path);
      const status = await file.status();
      if (idOf(status) === idOf(tail.identity) && status.kind === 'file') {
        tail.file = file;
        return true;
      }
      await file.close();
    } catch (error) {
      await file?.close().catch(() => undefined);
      if (codeOf(error) !== 'ENOENT') throw error;
    }
    following.lookAgain(shown);
    return false;
  };

  const copyOf = async (
    family: Family,
    old: Tail | null,
    file: OpenFile,
    status: FileStatus,
  ): Promise<Tail | null> => {
    for (const tail of family.tails) {
      if (tail === old || tail.stage !== 'leaving' || tail.file === null || tail.chunks !== null) continue;
      const mine = await tail.file.status();
      if (mine.size <= status.size && (await holdsText(file, markOf(tail)))) return tail;
    }
    return null;
  };

  const isFileOf = ({ file, identity, stage }: Tail, { born }: FileStatus): boolean =>
    stage !== 'ended' && file !== null && identity.born === born;

  /** Two texts that were found in one file are one: what begins with zeros is hard to know again. */
  const isAlone = async (tail: Tail, file: OpenFile, status: FileStatus): Promise<boolean> => {
    for (const other of [...tail.family.tails]) {
      if (other === tail || other.chunks !== null || other.finished || other.stage === 'live') continue;
      if (idOf(other.identity) !== idOf(status)) continue;
      if (tail.offset === 0 && other.offset > 0 && (await holdsText(file, markOf(other)))) return false;
      if (other.offset === 0) await following.end(other, 'rotated');
    }
    return true;
  };

  /** Goes on with a text in the file where it was found. False where that was the end of it. */
  const goOn = async (tail: Tail, found: Found | null, copied: boolean): Promise<boolean> => {
    if (found === null) {
      await following.lose(tail, copied ? 'truncated' : 'removed', copied ? LOST_TRUNCATED : LOST_ROTATED);
      return false;
    }
    if (found.kind === 'unread') {
      // A copy of the live text is known only where that can be read.
      for (const other of tail.family.tails)
        if (other.stage === 'live' && other.file === null && other.chunks === null) await reopenShown(other);
      await addUnseen(following, tail.family, tail, isAfter(tail, null), null);
      await following.end(tail, 'rotated');
      return false;
    }
    if (found.kind === 'file' && !(await isAlone(tail, found.file, found.status))) {
      await found.file.close();
      await following.end(tail, 'rotated');
      return false;
    }
    following.identify(tail, found.status);
    if (found.kind === 'short') {
      tail.seen = found.status;
      await following.lose(tail, 'truncated', LOST_SHORT, 'finish');
      return false;
    }
    if (found.kind === 'file' && found.status.size < headLength(tail.head)) {
      following.say(tail.name, LOST_SHORT, null);
      tail.head = await readRange(found.file, 0, HEAD_BYTES);
    }
    tail.because = copied ? 'truncated' : 'rotated';
    tail.stage = copied || found.kind === 'gzip' ? 'rest' : 'leaving';
    if (found.kind === 'gzip') tail.chunks = found.chunks;
    if (tail.stage === 'rest') tail.seen = found.status;
    tail.file = found.file;
    tail.hungry = true;
    tail.due = tail.stage === 'leaving';
    tail.caughtUp = false;
    tail.active = following.now();
    return true;
  };

  /** Where the reading of a file begins that nothing is known of. */
  const beginning = async (
    followed: Followed,
    file: OpenFile,
    status: FileStatus,
  ): Promise<{ readonly offset: number; readonly line: number | null }> => {
    const { atStart, family } = followed;
    if (family.resumed && followed.path !== family.live) {
      // Among the rotated copies of a log that is gone on with, what was there before was read then, and forgotten.
      if (earlier !== null && !earlier.knows(status)) return { offset: 0, line: 0 };
      return { offset: await lastLineStart(file, status.size), line: null };
    }
    if (family.resumed && earlier?.isOlder(status)) {
      return { offset: await lastLineStart(file, status.size), line: null };
    }
    if (atStart === null || earlier?.isYounger(status)) return { offset: 0, line: 0 };
    const through = !followed.literal && earlier?.wasThrough(followed.path, status);
    if (through) return { offset: await lastLineStart(file, status.size), line: null };
    if (from === 'start') return { offset: 0, line: 0 };
    if (typeof from === 'object' && status.modified >= from.sinceMs) return { offset: 0, line: 0 };
    return { offset: await lastLineStart(file, Math.min(atStart, status.size)), line: null };
  };

  const begin = async (followed: Followed, file: OpenFile, status: FileStatus): Promise<void> => {
    const { absentSince, family } = followed;
    const old = followed.current;
    const id = idOf(status);
    const { offset, line } = await beginning(followed, file, status);
    const first = followed.atStart !== null && old === null;
    const head = await readRange(file, 0, HEAD_BYTES);
    const tail = newTail({
      key: following.newKey(),
      name: followed.path,
      target: followed.real === followed.path ? null : followed.real,
      family,
      identity: status,
      modified: status.modified,
      head,
      offset,
      startLine: line,
      before: await beforeOf(file, offset),
      file,
      suspect: followed.path !== family.live && head.length === 0,
      active: following.now(),
    });
    // Registered before the copies are looked at: one that is being made of it is not another text.
    following.add(tail);
    followed.current = tail;
    followed.atStart = null;
    const told = following.queue.length;
    if (old !== null) leave(old, followed);
    if (old !== null && old.stage === 'leaving' && old.file === null && old.chunks === null) {
      await goOn(old, await locate(following, old, id), false);
    }
    const early = first && !family.resumed ? (sibling: Sibling) => isEarly(sibling) : () => false;
    const nothingOlder =
      first &&
      from === 'end' &&
      (earlier === null || earlier.reached(followed.path) || earlier.reached(followed.real));
    if (followed.path === family.live && !nothingOlder) {
      await addUnseen(following, family, old, first ? younger : isAfter(old, absentSince), id, early);
      comesLast(tail);
      if (old !== null) following.announceAll(family, told);
    }
  };

  /** Rotated copies that are there at the start and are asked for. */
  const isEarly = ({ path, status }: Sibling): boolean => {
    const asked = paths.get(path);
    if (asked?.literal !== true && earlier?.wasThrough(path, status)) return false;
    if (from === 'start') return asked !== undefined;
    return typeof from === 'object' && status.modified >= from.sinceMs;
  };

  /** The same text in another file: written anew by an editor, or the file system changed its inodes. */
  const isSameText = async (old: Tail, file: OpenFile, status: FileStatus): Promise<boolean> => {
    if (old.stage === 'ended' || old.chunks !== null || old.offset === 0) return false;
    if (old.file !== null) {
      const mine = await old.file.status().catch(() => null);
      if (mine !== null && mine.links > 0 && idOf(mine) !== idOf(status)) return false;
      if (mine !== null && mine.size > status.size) return false;
    }
    return holdsText(file, markOf(old));
  };

  const isOf = async (tail: Tail, file: OpenFile, status: FileStatus): Promise<boolean> =>
    isUnproved(markOf(tail))
      ? tail.identity.born === status.born
      : status.size >= tail.offset && (await holdsText(file, markOf(tail)));

  const endedWith = async (family: Family, file: OpenFile, status: FileStatus): Promise<Tail | null> => {
    for (const tail of family.ended) {
      if (idOf(tail.identity) === idOf(status) && (await isOf(tail, file, status))) return tail;
    }
    return null;
  };

  const ignore = (followed: Followed, status: FileStatus): void => {
    followed.ignored = `${idOf(status)}:${status.size}`;
  };

  const takeCompressed = async (followed: Followed, file: OpenFile, status: FileStatus): Promise<boolean> => {
    const { family } = followed;
    const appeared =
      earlier === null
        ? status.modified >= options.startedAt && followed.atStart === null
        : !earlier.knows(status);
    const wanted = appeared || (followed.atStart !== null && isEarlyFile(followed, status));
    const head = wanted ? await gzipHead(file, following.signal) : null;
    if (head === null || head.length === 0 || (await isKnownHead(following, family, head))) return false;
    following.add(
      newTail({
        key: following.newKey(),
        name: followed.path,
        target: null,
        family,
        identity: status,
        modified: status.modified,
        head,
        offset: 0,
        startLine: 0,
        before: new Uint8Array(0),
        stage: 'rest',
        seen: status,
        file,
        chunks: gzipText(followed.path, file, following.signal),
        active: following.now(),
      }),
    );
    return true;
  };

  const isEarlyFile = ({ family, literal, path }: Followed, status: FileStatus): boolean =>
    !family.resumed &&
    (literal || !earlier?.wasThrough(path, status)) &&
    (from === 'start' || (typeof from === 'object' && status.modified >= from.sinceMs));

  const takeOpened = async (followed: Followed, file: OpenFile): Promise<boolean> => {
    const status = await file.status();
    if (status.kind !== 'file') return false;
    const id = idOf(status);
    const known = readers.get(id);
    // The inode of one that is closed may have been given to another file.
    const reader =
      known?.file === null && known !== followed.current && !(await isOf(known, file, status))
        ? undefined
        : known;
    const old = followed.current;
    if (reader !== undefined && reader.chunks === null) {
      // Two names of one file, or it was renamed back.
      followed.current = reader;
      if (old !== null && old !== reader) leave(old, followed);
      if (reader.stage === 'leaving' && reader.name === followed.path) reader.stage = 'live';
      reader.due ||= !reader.finished || isChanged(reader, status);
      return false;
    }
    if (reader !== undefined) return false;
    if (followed.path.endsWith('.tmp') && paths.has(followed.path.slice(0, -4))) {
      // The kubelet compresses into `0.log.20261121-101112.tmp`, and renames that when it is whole.
      ignore(followed, status);
      return false;
    }
    const magic = await readRange(file, 0, 2);
    if (magic[0] === 0x1f && magic[1] === 0x8b) {
      const taken = await takeCompressed(followed, file, status);
      if (old !== null) leave(old, followed);
      followed.current = null;
      if (!taken) ignore(followed, status);
      return taken;
    }
    if (old !== null && (await isSameText(old, file, status))) {
      const before = old.file;
      following.identify(old, status);
      old.file = file;
      old.stage = 'live';
      old.due = true;
      await before?.close().catch(() => undefined);
      return true;
    }
    const copied =
      followed.path === followed.family.live ? await copyOf(followed.family, old, file, status) : null;
    if (copied !== null) {
      // What was found first was only a copy that had been made of it.
      const before = copied.file;
      following.identify(copied, status);
      copied.file = file;
      copied.stage = 'live';
      copied.due = true;
      followed.current = copied;
      if (old !== null) leave(old, followed);
      await before?.close().catch(() => undefined);
      return true;
    }
    const ended = await endedWith(followed.family, file, status);
    if (ended !== null) {
      if (old !== null && old !== ended) leave(old, followed);
      followed.current = ended;
      if (status.size === ended.offset) {
        ended.seen = { size: status.size, modified: status.modified };
        return false;
      }
      const again = newTail({
        ...ended,
        key: following.newKey(),
        identity: status,
        modified: status.modified,
        stage: 'live',
        startLine: null,
        source: null,
        resumed: false,
        file,
        due: true,
        hungry: true,
        active: following.now(),
      });
      following.add(again);
      followed.current = again;
      return true;
    }
    if (isCompressed(followed.path) && followed.path !== followed.family.live) {
      // A rotator is about to write it.
      ignore(followed, status);
      return false;
    }
    if (
      followed.path !== followed.family.live &&
      (await knownText(following, followed.family, file, null)) !== null
    ) {
      if (old !== null) leave(old, followed);
      followed.current = null;
      ignore(followed, status);
      return false;
    }
    await begin(followed, file, status);
    return true;
  };

  return {
    leave,
    async takeOver(followed) {
      if (followed.current !== null) following.settle(followed.current);
      let file: OpenFile;
      try {
        file = await following.open(followed.path);
      } catch (error) {
        // It went since it was looked at.
        if (codeOf(error) === 'ENOENT') following.lookAgain(followed);
        else sayTrouble(following, followed, error);
        return;
      }
      let kept = false;
      try {
        followed.real = await fs.realPath(followed.path).catch(() => followed.path);
        kept = await takeOpened(followed, file);
        followed.trouble = null;
        followed.absentSince = null;
        // `from` has been heeded: what it shows from now on is new.
        followed.atStart = null;
      } catch (error) {
        sayTrouble(following, followed, error);
      } finally {
        if (!kept) await file.close().catch(() => undefined);
      }
    },

    async replaceText(old) {
      const { family, file } = old;
      const shows = showsOf(old);
      const shown = file === null ? null : await file.status().catch(() => null);
      const { stage } = old;
      old.file = null;
      if (file === null || shown === null) {
        old.due = true;
        return;
      }
      const isMember = shows.some((followed) => followed.path !== family.live);
      if (isMember && (await knownText(following, family, file, old)) !== null) {
        await file.close().catch(() => undefined);
        for (const followed of shows) {
          followed.current = null;
          ignore(followed, shown);
        }
        old.stage = 'leaving';
        await goOn(old, await locate(following, old, idOf(shown)), true);
        return;
      }
      const reader = readers.get(idOf(shown));
      if (reader !== undefined && reader !== old && reader.chunks === null && isFileOf(reader, shown)) {
        // Another path had shown it before.
        await file.close().catch(() => undefined);
        for (const followed of shows) followed.current = reader;
        old.stage = 'leaving';
        const isNew = isAfter(old, null);
        const told = following.queue.length;
        await goOn(old, await locate(following, old, idOf(shown)), true);
        await addUnseen(following, family, old, isNew, idOf(shown));
        following.announceAll(family, told);
        return;
      }
      const next = newTail({
        key: following.newKey(),
        name: old.name,
        target: old.target,
        family,
        identity: shown,
        modified: shown.modified,
        head: await readRange(file, 0, HEAD_BYTES).catch(() => Buffer.alloc(0)),
        offset: 0,
        startLine: 0,
        before: new Uint8Array(0),
        stage: stage === 'live' ? 'live' : 'leaving',
        file,
        active: following.now(),
      });
      old.stage = 'leaving';
      following.add(next);
      for (const followed of shows) followed.current = next;
      const isNew = isAfter(old, null);
      const told = following.queue.length;
      await goOn(old, await locate(following, old, idOf(shown)), true);
      await addUnseen(following, family, old, isNew, idOf(shown));
      comesLast(next);
      following.announceAll(family, told);
    },

    isCopy: async (tail, file) => (await knownText(following, tail.family, file, tail)) !== null,

    async skipHole(tail) {
      const { file, stage } = tail;
      const next = newTail({
        ...tail,
        key: following.newKey(),
        startLine: 0,
        source: null,
        resumed: false,
        skipping: false,
      });
      tail.file = null;
      tail.chunks = null;
      const shows = showsOf(tail);
      const { ended, tails } = tail.family;
      const place = tails.indexOf(tail);
      following.add(next);
      tails.splice(place, 0, ...tails.splice(tails.indexOf(next), 1));
      await following.end(tail, 'truncated');
      ended.splice(ended.indexOf(tail), 1);
      next.file = file;
      next.stage = stage;
      for (const followed of shows) followed.current = next;
    },

    async gatherUnseen({ absentSince, path, family, current }) {
      if (path !== family.live || current?.stage === 'live') return;
      if (current !== null) following.settle(current);
      const told = following.queue.length;
      if (current?.stage === 'leaving' && current.file === null && current.chunks === null)
        await goOn(current, await locate(following, current, null), false);
      await addUnseen(following, family, current, isAfter(current, absentSince), null);
      following.announceAll(family, told);
    },

    async gatherCopies(tail, after) {
      const { family } = tail;
      if (!showsOf(tail).some(({ path }) => path === family.live)) return;
      const known = tail.resumed ? earlier : null;
      const isNew = (status: FileStatus): boolean => status.modified > after && !known?.knows(status);
      const told = following.queue.length;
      await addUnseen(following, family, tail, { anywhere: true, behind: isNew, isNew }, idOf(tail.identity));
      comesLast(tail);
      following.announceAll(family, told);
    },

    async reopen(tail) {
      const shown = await reopenShown(tail);
      if (shown !== null) return shown;
      const found = await locate(following, tail, null);
      if (tail.finished) {
        // Nothing of it was left to be read when it went.
        if (found === null) await following.end(tail, tail.because);
        if (found?.kind !== 'file' && found?.kind !== 'gzip') return false;
        tail.finished = false;
      }
      return goOn(tail, found, false);
    },
  };
}
