/**
 * Takes one step with a text: opens its file, looks whether it still holds what was read, and reads on. What fails is
 * said once and tried again at the next sweep.
 */
import { InputError } from '../input-error.js';
import { codeOf } from './follow-fs.js';
import { type Following, troubleOf } from './following.js';
import { linesBefore } from './start-position.js';
import { examine, readOn, type Tail } from './tail.js';
import type { FollowedPiece } from './types.js';
import { isFileOf } from './view.js';

export interface Reading {
  /** Null where it gave no piece. */
  step(tail: Tail): Promise<FollowedPiece | null>;
}

/** `buffer`: all files are read with it. */
export function createReading(following: Following, buffer: Uint8Array): Reading {
  /** One step with a text; null where it gave no piece. */
  const step = async (tail: Tail): Promise<FollowedPiece | null> => {
    if (tail.file === null && tail.chunks === null && !(await reopen(tail))) {
      rest(tail);
      following.due.add(tail.group);
      return null;
    }
    const { file } = tail;
    if (tail.due && file !== null && tail.chunks === null) {
      tail.due = false;
      if ((await examine(tail, file, following.now())) === 'changed') return changed(tail);
      // It was closed meanwhile to make room: it is opened again at its next turn.
      if (tail.file === null) return null;
    }
    tail.due = false;
    if (tail.source === null) {
      if (tail.startLine === null)
        tail.startLine = file === null ? 0 : await linesBefore(file, tail.offset, buffer, following.signal);
      return following.announce(tail);
    }
    if (!tail.begun && tail.seen.size > tail.offset) {
      tail.begun = true;
      if (hasOlder(tail)) return null;
    }
    tail.told = false;
    const read = await readOn(tail, buffer);
    switch (read.kind) {
      case 'bytes':
        tail.hungry = read.more;
        tail.caughtUp ||= !read.more;
        tail.active = following.now();
        if (tail.trouble !== null) following.sayOver(tail.name);
        tail.trouble = null;
        tail.disputed = false;
        return { kind: 'bytes', source: tail.source, chunk: read.chunk, more: read.more };
      case 'nothing':
        rest(tail);
        return null;
      case 'changed':
        return changed(tail);
      case 'end':
        await following.end(tail, tail.because);
        return null;
    }
  };

  /**
   * A logger writes on to a renamed file until it is told to open the new one: what it wrote there is looked for again,
   * and read, before the first line of the new one.
   */
  const hasOlder = (tail: Tail): boolean => {
    const { tails } = tail.group;
    const older = tails.slice(0, tails.indexOf(tail)).filter(({ failed }) => !failed);
    for (const one of older) {
      Object.assign(one, { due: true, caughtUp: false });
      following.wake(one);
    }
    return older.length > 0;
  };

  /** Opens the file of a text where it was seen last. */
  const reopen = async (tail: Tail): Promise<boolean> => {
    if (tail.path === null) return false;
    try {
      const file = await following.open(tail.path);
      const status = await file.status().catch(() => null);
      if (status !== null && isFileOf(status, tail)) {
        tail.file = file;
        return true;
      }
      await file.close();
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
    return false;
  };

  /** Its file holds another text: where it has gone is seen when all of the log is looked at. */
  const changed = (tail: Tail): null => {
    rest(tail);
    // Found in the same file again: whatever that is, it is not looked at again before the next sweep.
    if (tail.disputed) tail.failed = true;
    else following.due.add(tail.group);
    tail.disputed = !tail.disputed;
    return null;
  };

  const rest = (tail: Tail): void => {
    tail.due = false;
    tail.hungry = false;
    tail.caughtUp = true;
  };

  return {
    async step(tail) {
      try {
        return await step(tail);
      } catch (error) {
        rest(tail);
        if (error instanceof InputError) {
          following.say(tail.name, error.problem.reason, null);
          await following.end(tail, tail.because);
          return null;
        }
        const reason = troubleOf(error).reason;
        const isSaid = [...tail.group.paths].some(({ trouble }) => trouble?.reason === reason);
        if (tail.trouble !== reason && !isSaid) following.say(tail.name, reason, 0);
        tail.trouble = reason;
        tail.failed = true;
        const { chunks, file } = tail;
        // It is looked for again, and decompressed up to the place that was reached.
        tail.chunks = null;
        tail.file = null;
        await chunks?.return(undefined).catch(() => undefined);
        await file?.close().catch(() => undefined);
        return null;
      }
    },
  };
}
