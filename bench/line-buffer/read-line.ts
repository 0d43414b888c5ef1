/**
 * Cuts a stream into lines the way containerd does: Go's bufio.Reader under a readLine of containerd's own
 * (pkg/cri/io/logger.go), which hands out a long line in pieces of the buffer's size. Where a source's chunks begin
 * and end makes no difference to what comes out.
 */
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** The size of containerd's read buffer where the limit is not below it. */
export const READER_BYTES = 4096;
/** bufio makes no buffer smaller than this, whatever was asked for. */
export const LEAST_READER_BYTES = 16;

/** Bytes of the buffer that containerd reads with: a limit below the usual size takes its place, down to bufio's floor. */
export function readerSize(limitBytes: number, readerBytes = READER_BYTES): number {
  const size = limitBytes > 0 && limitBytes < readerBytes ? limitBytes : readerBytes;
  return Math.max(size, LEAST_READER_BYTES);
}

/** What one read gives. */
export interface Piece {
  /** Without its line end. The memory is the reader's own and changes with the next read. */
  readonly bytes: Buffer;
  /** The buffer was full before a newline came: more of the same line follows. */
  readonly isPrefix: boolean;
  /** The stream ended without a newline after these bytes, which may be none. Nothing follows. */
  readonly atEnd: boolean;
}

export interface LineReader {
  /** The next chunk of the stream; only after `read` has asked for more with null. */
  give(chunk: Buffer): void;
  /** There will be no more chunks. */
  end(): void;
  /** The next piece; null: more bytes are needed. */
  read(): Piece | null;
}

const NOTHING = Buffer.alloc(0);

/** `size`: bytes of the buffer, see `readerSize`. */
export function createLineReader(size: number): LineReader {
  if (!Number.isSafeInteger(size) || size < 1)
    throw new RangeError(`size: expected a whole number of bytes, 1 or more, found ${size}`);
  const buffer = Buffer.allocUnsafeSlow(size);
  let from = 0;
  let to = 0;
  /** Bytes behind `from` that are known to have no newline: chunks of one byte must not make this quadratic. */
  let searched = 0;
  let chunk: Buffer = NOTHING;
  let ended = false;

  function fill(): boolean {
    if (chunk.length === 0) return false;
    if (from > 0) {
      buffer.copyWithin(0, from, to);
      to -= from;
      from = 0;
    }
    const copied = chunk.copy(buffer, to);
    to += copied;
    chunk = chunk.subarray(copied);
    return true;
  }

  function piece(end: number, next: number, isPrefix: boolean, atEnd: boolean): Piece {
    const bytes = buffer.subarray(from, end);
    from = next;
    searched = 0;
    return { bytes, isPrefix, atEnd };
  }

  return {
    give(next) {
      if (chunk.length > 0) throw new Error('give: the chunk before this one has not been read to its end');
      chunk = next;
    },
    end() {
      ended = true;
    },
    read() {
      for (;;) {
        // Up to `to` only: behind it lies what an earlier fill left, which would be searched again and again.
        const found = buffer.subarray(from + searched, to).indexOf(NEWLINE);
        if (found >= 0) {
          const newline = from + searched + found;
          const stripped = newline > from && buffer[newline - 1] === CARRIAGE_RETURN ? newline - 1 : newline;
          return piece(stripped, newline + 1, false, false);
        }
        if (to - from === size) {
          // It may be the first half of a CR LF: it stays for the next read.
          const kept = buffer[to - 1] === CARRIAGE_RETURN ? to - 1 : to;
          return piece(kept, kept, true, false);
        }
        searched = to - from;
        if (fill()) continue;
        return ended ? piece(to, to, false, true) : null;
      }
    },
  };
}
