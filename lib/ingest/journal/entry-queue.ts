/**
 * Entries that have been read and not yet given out, at most about one piece of them: when there are enough, the
 * reader has to wait.
 */

/** Of a piece, roughly: it ends with the entry that reaches it. */
export const PIECE_BYTES = 256 * 1024;

export interface EntryQueue {
  /** One character a byte, without a newline. */
  push(line: string): void;
  readonly size: number;
  /** There is enough for a piece. */
  readonly full: boolean;
  /** The entries of the next piece, none where nothing waits. */
  take(): readonly string[];
}

export function createEntryQueue(): EntryQueue {
  let lines: string[] = [];
  let bytes = 0;
  return {
    push(line) {
      lines.push(line);
      bytes += line.length + 1;
    },
    get size() {
      return lines.length;
    },
    get full() {
      return bytes >= PIECE_BYTES;
    },
    take() {
      let count = 0;
      let taken = 0;
      while (count < lines.length && taken < PIECE_BYTES) taken += (lines[count++]?.length ?? 0) + 1;
      const piece = lines.slice(0, count);
      lines = lines.slice(count);
      bytes -= taken;
      return piece;
    },
  };
}
