/**
 * What was told since the state was saved last, beside it as FILE.told: a line for each update, written in the moment
 * before it is told. A large state need not be saved for every piece of news then; the next run goes on from the last
 * one, comes to the same news again, and finds here that it was told.
 */
import { closeSync, constants, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';

/** An update, as far as it has to be known again. */
export interface ToldStanding {
  /** Of its incident. */
  readonly id: string;
  readonly state: string;
  readonly certainty: string;
}

export interface ToldEntry extends ToldStanding {
  /** What is to stand in the file of `--output` for it: whole lines. Empty without one. */
  readonly lines: string;
}

export interface ToldLog {
  /** Updates noted up to now, by all runs: the state counts them. */
  count(): number;
  /** False where it cannot be written. Done when it returns: what follows in the same turn cannot come before it. */
  note(entry: ToldEntry): boolean;
  /** The state that counts so many is saved. */
  saved(count: number): void;
}

/** Bytes at which what the state counts is taken out. */
const TRIM_BYTES = 1024 * 1024;
/** Entries that are kept for a state that cannot be saved; the oldest are given up. */
const MOST = 20_000;

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR } = constants;

/** `saved`: updates that the state counts, null where there is none to go on from. `since`: those told after it. */
export function openToldLog(
  state: string,
  saved: number | null,
): { readonly log: ToldLog; readonly since: readonly ToldEntry[] } {
  const path = `${state}.told`;
  // Of another history than the one that begins now.
  if (saved === null) rmSync(path, { force: true });
  const known = saved === null ? { lines: [], isWhole: true } : read(path);
  let lines = known.lines.filter(({ count }) => count > (saved ?? 0));
  let count = lines.at(-1)?.count ?? saved ?? 0;
  let bytes = 0;
  let isBroken = !known.isWhole;

  const note = (entry: ToldEntry): boolean => {
    const line = JSON.stringify({ count: count + 1, ...entry });
    let file: number | null = null;
    try {
      // Not kept open: nobody could make its disk read-only then.
      file = openSync(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
      // Behind a line that a full disk or a kill cut.
      const text = `${isBroken ? '\n' : ''}${line}\n`;
      isBroken = true;
      const written = writeSync(file, text);
      if (written < Buffer.byteLength(text)) return false;
      isBroken = false;
      bytes += written;
    } catch {
      return false;
    } finally {
      if (file !== null) closeSync(file);
    }
    count += 1;
    lines.push({ count, line });
    if (lines.length > MOST) lines = lines.slice(-MOST / 2);
    return true;
  };

  return {
    since: lines.flatMap(({ line }) => entryOf(line)?.entry ?? []),
    log: {
      count: () => count,
      note,
      saved(counted) {
        lines = lines.filter((line) => line.count > counted);
        if (bytes < TRIM_BYTES) return;
        const fresh = `${path}.tmp`;
        try {
          rmSync(fresh, { force: true });
          const next = openSync(fresh, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
          const text = lines.map(({ line }) => `${line}\n`).join('');
          let isWritten = false;
          try {
            isWritten = writeSync(next, text) === Buffer.byteLength(text);
          } finally {
            closeSync(next);
          }
          if (isWritten) renameSync(fresh, path);
          bytes = 0;
          isBroken &&= !isWritten;
        } catch {
          // It is longer than it need be, and tried again with the next save.
        }
      },
    },
  };
}

interface Line {
  readonly count: number;
  readonly line: string;
}

function read(path: string): { readonly lines: Line[]; readonly isWhole: boolean } {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return { lines: [], isWhole: true };
  }
  const lines = text.split('\n').flatMap((line) => {
    const count = entryOf(line)?.count;
    return count === undefined ? [] : [{ count, line }];
  });
  return { lines, isWhole: text === '' || text.endsWith('\n') };
}

function entryOf(line: string): { readonly count: number; readonly entry: ToldEntry } | null {
  try {
    const value = JSON.parse(line) as (ToldEntry & { readonly count: unknown }) | null;
    if (typeof value?.count !== 'number' || typeof value.id !== 'string') return null;
    const { certainty, count, id, lines, state } = value;
    return { count, entry: { id, state, certainty, lines } };
  } catch {
    // Half a line, or somebody else's.
    return null;
  }
}
