/**
 * The cursor of a journal entry: which one it is and where it stands. It is found in the text of an entry without
 * parsing it, and is the one thing of an entry that following needs to know.
 */

/** Characters; one with the longest numbers has 145. */
export const MAX_CURSOR = 160;
/** journalctl up to 239 writes blanks around the colon. Neither can stand inside a value: its quotes are escaped. */
const KEYS = ['"__CURSOR":"', '"__CURSOR" : "'];

export interface Cursor {
  /** As journalctl writes and takes it: `s=…;i=…;b=…;m=…;t=…;x=…`. */
  readonly text: string;
  /** Names the numbering: one journald that writes to one set of files. Empty where it is missing. */
  readonly numbering: string;
  /** Counts up by one from entry to entry of a numbering, 0 where it is missing. */
  readonly number: number;
}

function part(text: string, name: string): string {
  const before = text.startsWith(name) ? 0 : text.indexOf(`;${name}`) + 1;
  if (before === 0 && !text.startsWith(name)) return '';
  const end = text.indexOf(';', before);
  return text.slice(before + name.length, end === -1 ? undefined : end);
}

function read(text: string): Cursor {
  return { text, numbering: part(text, 's='), number: Number.parseInt(part(text, 'i='), 16) || 0 };
}

/** Null: this is no cursor. It becomes an argument of a command, where not every character can stand. */
export function parseCursor(text: string): Cursor | null {
  return text.length <= MAX_CURSOR && /^[\w=;-]+$/.test(text) ? read(text) : null;
}

/**
 * Cursor of an entry in JSON, null where it has none. `line`: one character a byte. Its texts are parts of the line,
 * which stays in memory as long as they do.
 */
export function entryCursor(line: string): Cursor | null {
  for (const key of KEYS) {
    const at = line.indexOf(key);
    if (at === -1) continue;
    const start = at + key.length;
    const end = line.indexOf('"', start);
    if (end === -1 || end - start > MAX_CURSOR) return null;
    return read(line.slice(start, end));
  }
  return null;
}

/** µs since the epoch, null where it is missing. */
export function cursorMicros({ text }: Cursor): number | null {
  const micros = Number.parseInt(part(text, 't='), 16);
  return Number.isSafeInteger(micros) ? micros : null;
}

/** Boot, times and hash: they stay where journald moves an entry to other files, under another number. */
export function cursorMoment({ text }: Cursor): string {
  const at = text.indexOf(';b=');
  return at === -1 ? text : text.slice(at);
}
