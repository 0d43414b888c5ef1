/**
 * How far a journal has been read: tells new entries from those that journalctl gives again, and notices those that
 * it can no longer give. journald numbers its entries, so what is missing between two of them can be counted.
 */
import { type Cursor, cursorMicros, cursorMoment } from './cursor.js';

/** So many entries behind a start can be repeated ones. */
const REPEATED_WITHIN = 4096;
/** Journals of other machines in one directory, each with a numbering of its own. */
const MAX_NUMBERINGS = 256;

export interface ProgressOptions {
  /** Every entry is read: one that is missing in the numbering is lost. */
  readonly complete: boolean;
  /** Cursors of the last entries read. */
  readonly known: () => readonly string[];
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
  /** Highest number of the last entry's numbering; those of the others. */
  let highest = first?.number ?? 0;
  const others = new Map<string, number>();
  let { complete } = options;
  let leftOut = 0;
  /** Null: none is repeated any more. */
  let known: ReadonlySet<string> | null = null;
  let stillRepeated = 0;
  /** Where the last start was by time: the last entry at that time. */
  let reached: Cursor | null = null;
  /** Until the first new entry behind a start. */
  let catchingUp = false;
  let ownSeen = true;

  /** Moved from /run to /var it has another number, and is the same. */
  function moved(cursor: Cursor): boolean {
    if (last === null || known === null || cursor.numbering === last.numbering) return false;
    const moment = cursorMoment(cursor);
    for (const text of known) if (text.endsWith(moment)) return true;
    return false;
  }

  function behind(cursor: Cursor): boolean {
    if (reached === null) return false;
    if (cursor.numbering === reached.numbering) return cursor.number <= reached.number;
    const [micros, from] = [cursorMicros(cursor), cursorMicros(reached)];
    return micros !== null && from !== null && micros < from;
  }

  function repeated(cursor: Cursor): boolean {
    if (known === null) return false;
    if (stillRepeated-- > 0) return known.has(cursor.text) || behind(cursor) || (catchingUp && moved(cursor));
    known = null;
    reached = null;
    return false;
  }

  function noticeMissing(cursor: Cursor, before: number | undefined): void {
    const missing = before === undefined ? 0 : cursor.number - before - 1 - leftOut;
    leftOut = 0;
    if (complete && missing > 0) options.onMissing(missing);
    // Its own entry is gone: those behind it may be, too.
    else if (!ownSeen && (missing > 0 || before === undefined)) options.onMissing(null);
  }

  function goOn(cursor: Cursor, before: number | undefined): void {
    if (last !== null && last.numbering !== cursor.numbering) {
      if (others.size >= MAX_NUMBERINGS) others.clear();
      others.set(last.numbering, highest);
    }
    highest = Math.max(cursor.number, before ?? 0);
    last = cursor;
  }

  return {
    get last() {
      return last;
    },
    restarted(exactly) {
      known = last === null ? null : new Set(options.known());
      stillRepeated = REPEATED_WITHIN;
      reached = exactly ? null : last;
      catchingUp = true;
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
      const before = last?.numbering === cursor.numbering ? highest : others.get(cursor.numbering);
      noticeMissing(cursor, before);
      goOn(cursor, before);
      ownSeen = true;
      catchingUp = false;
      return true;
    },
  };
}
