/**
 * How far a journal has been read: tells new entries from those that journalctl gives again, and notices those that
 * it can no longer give. journald numbers its entries, so what is missing between two of them can be counted.
 */
import { type Cursor, cursorMicros, cursorMoment } from './cursor.js';

/** Entries that are known again, up to twice as many. More are not repeated: journalctl begins at the last one. */
export const REMEMBERED = 4096;
/** Journals of other machines in one directory, each with a numbering of its own. */
const MAX_NUMBERINGS = 256;

export interface ProgressOptions {
  /** Every entry is read: one that is missing in the numbering is lost. */
  readonly complete: boolean;
  /** Entries that were not given and never will be; null: it is not known how many. */
  readonly onMissing: (entries: number | null) => void;
}

export interface Progress {
  /** The last entry read. */
  readonly last: Cursor | null;
  /** journalctl starts again at the last entry; `exactly`: that entry is the first one to come. */
  restarted(exactly: boolean): void;
  /** Not every entry is read, as it turns out. */
  partly(): void;
  /** An entry went by that is not looked at. */
  leftOut(): void;
  /** True: it is new. */
  take(cursor: Cursor): boolean;
}

export function createProgress(first: Cursor | null, options: ProgressOptions): Progress {
  let last = first;
  // Two sets, the older one dropped as a whole: to delete the oldest of a set one by one is slow.
  let older = new Set<string>();
  let recent = new Set<string>(first === null ? [] : [first.text]);
  const numbers = new Map<string, number>(first === null ? [] : [[first.numbering, first.number]]);
  /** Until the first new entry behind a start. */
  let catchingUp: 'no' | 'from-cursor' | 'from-time' = 'no';
  let ownSeen = true;
  let { complete } = options;
  let leftOut = 0;

  /** Moved from /run to /var it has another number, and is the same. */
  function moved(cursor: Cursor): boolean {
    if (last === null || cursor.numbering === last.numbering) return false;
    const moment = cursorMoment(cursor);
    for (const set of [recent, older]) for (const text of set) if (text.endsWith(moment)) return true;
    return false;
  }

  function behind(cursor: Cursor): boolean {
    if (last === null) return false;
    if (cursor.numbering === last.numbering) return cursor.number <= last.number;
    const [micros, reached] = [cursorMicros(cursor), cursorMicros(last)];
    return micros !== null && reached !== null && micros < reached;
  }

  function repeated(cursor: Cursor): boolean {
    if (recent.has(cursor.text) || older.has(cursor.text)) return true;
    if (catchingUp === 'no') return false;
    return moved(cursor) || (catchingUp === 'from-time' && behind(cursor));
  }

  function noticeMissing(cursor: Cursor, before: number | undefined): void {
    const missing = before === undefined ? 0 : cursor.number - before - 1 - leftOut;
    leftOut = 0;
    if (complete && missing > 0) options.onMissing(missing);
    // Its own entry is gone: those behind it may be, too.
    else if (!ownSeen && (missing > 0 || before === undefined)) options.onMissing(null);
  }

  function remember(cursor: Cursor, before: number | undefined): void {
    last = cursor;
    recent.add(cursor.text);
    if (recent.size >= REMEMBERED) {
      older = recent;
      recent = new Set();
    }
    if (before === undefined && numbers.size >= MAX_NUMBERINGS) numbers.clear();
    if (before === undefined || cursor.number > before) numbers.set(cursor.numbering, cursor.number);
  }

  return {
    get last() {
      return last;
    },
    restarted(exactly) {
      catchingUp = exactly ? 'from-cursor' : 'from-time';
      ownSeen = !exactly || last === null;
    },
    partly() {
      complete = false;
    },
    leftOut() {
      leftOut++;
    },
    take(cursor) {
      if (repeated(cursor)) {
        ownSeen = true;
        return false;
      }
      const before = numbers.get(cursor.numbering);
      noticeMissing(cursor, before);
      remember(cursor, before);
      ownSeen = true;
      catchingUp = 'no';
      return true;
    },
  };
}
