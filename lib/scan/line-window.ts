/**
 * The bytes that are still needed: lines not yet looked at, and a little of what came before them.
 *
 * Chunks go in at one end; the scanner takes whole lines at the other. What a line has beyond its limit is dropped
 * on the way in and only counted, so that a line of any length takes constant memory.
 */

const NEWLINE = 10;

/** Whole lines in `bytes[unread, end)`, each ended by a newline. Indexes are good until the next `append`. */
export interface LineWindow {
  readonly bytes: Buffer;
  /** First byte that has not been consumed. */
  readonly unread: number;
  /** First byte behind the last whole line. */
  readonly end: number;
  /** First line that became whole with the last `append` or `finish`; `end` where none did. */
  readonly fresh: number;
  /** True once the source has ended: no line follows. */
  readonly final: boolean;
  /** Bytes before this index belong to lines that have been given out: nobody looks behind it. */
  readonly claimed: number;
  append(chunk: Buffer): void;
  /** Ends the last line where the source did not. */
  finish(): void;
  /** Runs `work` as if no line followed the whole ones that are there. */
  settled(work: () => void): void;
  /** Everything before `index` has been dealt with. */
  consume(index: number): void;
  claim(index: number): void;
  /** Offset in the source of the byte at `index`. */
  offsetOf(index: number): number;
  /** Bytes that were dropped from the line that ends at this newline. */
  cutAt(newline: number): number;
}

export interface LineWindowOptions {
  readonly lineBytes: number;
  readonly longLineBytes: number;
  /** Bytes kept before `unread`. */
  readonly lookBehind: number;
  /** Whether the line that starts with these `lineBytes` bytes is kept to `longLineBytes`. */
  readonly isLong: (bytes: Buffer, from: number, to: number) => boolean;
  readonly onTruncatedLine: () => void;
  readonly onTruncatedBytes: (count: number) => void;
  /** Told the end of each such line: where its kept bytes stand in `bytes`, and how many there were in all. */
  readonly onLongLine?: ((from: number, kept: number, all: number) => void) | undefined;
}

/** What was dropped in front of a newline. `position` counts kept bytes from the start of the source. */
interface Cut {
  readonly position: number;
  bytes: number;
}

const INITIAL_BYTES = 256 * 1024;

export function createLineWindow(options: LineWindowOptions): LineWindow {
  const { lineBytes, longLineBytes, lookBehind } = options;
  let bytes: Buffer = Buffer.alloc(INITIAL_BYTES);
  /** Kept bytes that have left the window. */
  let gone = 0;
  /** Dropped bytes in front of the window. */
  let cutBefore = 0;
  let unread = 0;
  let claimed = 0;
  let end = 0;
  let fresh = 0;
  let filled = 0;
  let limit = lineBytes;
  let skipping: Cut | null = null;
  let final = false;
  const cuts: Cut[] = [];

  function makeRoom(count: number): void {
    if (filled + count <= bytes.length) return;
    const start = Math.max(0, unread - lookBehind);
    const kept = filled - start;
    let target = bytes;
    // Room for as much again as is kept: bytes are moved once on average, not once for each chunk.
    if ((kept + count) * 2 > bytes.length) target = Buffer.alloc((kept + count) * 2);
    bytes.copy(target, 0, start, filled);
    bytes = target;
    gone += start;
    unread -= start;
    claimed = Math.max(0, claimed - start);
    end -= start;
    fresh -= start;
    filled = kept;
    for (let first = cuts[0]; first !== undefined && first.position < gone; first = cuts[0]) {
      cutBefore += first.bytes;
      cuts.shift();
    }
  }

  function keep(chunk: Buffer, from: number, to: number): void {
    if (to === from) return;
    makeRoom(to - from);
    chunk.copy(bytes, filled, from, to);
    filled += to - from;
  }

  function drop(count: number): void {
    if (skipping === null || count === 0) return;
    skipping.bytes += count;
    options.onTruncatedBytes(count);
  }

  function endSkipping(): void {
    if (skipping === null) return;
    options.onLongLine?.(end, filled - end, filled - end + skipping.bytes);
    skipping = null;
  }

  function append(chunk: Buffer): void {
    fresh = end;
    for (let at = 0; at < chunk.length; ) {
      if (skipping !== null) {
        const newline = chunk.indexOf(NEWLINE, at);
        if (newline < 0) {
          drop(chunk.length - at);
          return;
        }
        drop(newline - at);
        at = newline;
        endSkipping();
      }
      // The last newline that is near enough to the open line's start ends that line, and shows that none of the
      // lines between can be too long. Behind a line with a higher limit they could.
      const room = limit - (filled - end);
      const near = chunk.subarray(at, at + room + 1);
      const newline = limit === lineBytes ? near.lastIndexOf(NEWLINE) : near.indexOf(NEWLINE);
      if (newline >= 0) {
        keep(chunk, at, at + newline + 1);
        at += newline + 1;
        end = filled;
        limit = lineBytes;
      } else if (near.length <= room) {
        keep(chunk, at, chunk.length);
        return;
      } else {
        keep(chunk, at, at + room);
        at += room;
        if (limit === lineBytes && longLineBytes > lineBytes && options.isLong(bytes, end, filled)) {
          limit = longLineBytes;
        } else {
          skipping = { position: gone + filled, bytes: 0 };
          cuts.push(skipping);
          options.onTruncatedLine();
        }
      }
    }
  }

  function finish(): void {
    final = true;
    fresh = end;
    endSkipping();
    if (filled === end) return;
    makeRoom(1);
    bytes[filled] = NEWLINE;
    filled += 1;
    end = filled;
  }

  return {
    get bytes() {
      return bytes;
    },
    get unread() {
      return unread;
    },
    get end() {
      return end;
    },
    get fresh() {
      return fresh;
    },
    settled(work) {
      const before = final;
      final = true;
      work();
      final = before;
    },
    get final() {
      return final;
    },
    get claimed() {
      return claimed;
    },
    append,
    finish,
    consume(index) {
      unread = index;
    },
    claim(index) {
      claimed = index;
    },
    offsetOf(index) {
      let offset = gone + index + cutBefore;
      for (const cut of cuts) if (cut.position < gone + index) offset += cut.bytes;
      return offset;
    },
    cutAt(newline) {
      for (const cut of cuts) if (cut.position === gone + newline) return cut.bytes;
      return 0;
    },
  };
}
