/**
 * Entries that have been read and not yet given out, at most about one piece of them: when there are enough, the
 * reader has to wait.
 */

/** Of a piece, roughly: it ends with the entry that reaches it. */
export const PIECE_BYTES = 256 * 1024;

export interface QueuedEntry {
  /** One character a byte, without a newline. */
  readonly line: string;
  /** Null where it has none of its own. */
  readonly cursor: string | null;
}

export interface EntryQueue {
  push(entry: QueuedEntry): void;
  readonly size: number;
  /** There is enough for a piece. */
  readonly full: boolean;
  /** The entries of the next piece, none where nothing waits. */
  take(): readonly QueuedEntry[];
}

export function createEntryQueue(): EntryQueue {
  let entries: QueuedEntry[] = [];
  let bytes = 0;
  return {
    push(entry) {
      entries.push(entry);
      bytes += entry.line.length + 1;
    },
    get size() {
      return entries.length;
    },
    get full() {
      return bytes >= PIECE_BYTES;
    },
    take() {
      let count = 0;
      let taken = 0;
      while (count < entries.length && taken < PIECE_BYTES) taken += (entries[count++]?.line.length ?? 0) + 1;
      const piece = entries.slice(0, count);
      entries = entries.slice(count);
      bytes -= taken;
      return piece;
    },
  };
}
