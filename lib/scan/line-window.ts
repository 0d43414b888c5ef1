/**
 * The bytes that are still needed: lines not yet looked at, and a little of what came before them.
 *
 * Chunks go in at one end; the scanner takes whole lines at the other. What a line has beyond its limit is dropped
 * on the way in and only counted, so that a line of any length takes constant memory. Where nothing that is needed
 * came before a chunk, its lines are looked at where they stand; only what is left of it at its end is copied.
 */

const NEWLINE = 10;

/** Whole lines in `bytes[unread, end)`, each ended by a newline. Indexes are good until the next `take` or `keep`. */
export interface LineWindow {
  readonly bytes: Buffer;
  /** First byte that has not been consumed. */
  readonly unread: number;
  /** First byte behind the last whole line. */
  readonly end: number;
  /** First line that became whole with the last `take` or `finish`; `end` where none did. */
  readonly fresh: number;
  /** True once the source has ended: no line follows. */
  readonly final: boolean;
  /** Bytes before this index belong to lines that have been given out: nobody looks behind it. */
  readonly claimed: number;
  /** First byte of those that stand in the source right before `unread`, as far as they are there. */
  readonly known: number;
  /** Takes what it can of a chunk from `at` on, and says how far it has come. */
  take(chunk: Buffer, at: number): number;
  /** The chunk that was taken goes: what is still needed of it is copied. */
  keep(): void;
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
  /** What was dropped in `[from, to)`: the newline behind it, from `from` on, and how much. */
  cutsIn(from: number, to: number): readonly CutMark[];
  /** What was dropped from lines that have not been consumed. */
  pendingCuts(): { readonly lines: number; readonly bytes: number };
  /** Gives back the memory that nothing is held in. */
  release(): void;
}

export type CutMark = readonly [index: number, bytes: number];

/** Where a window begins that goes on with a source. */
export interface WindowStart {
  /** Of the first byte to come. */
  readonly offset: number;
  /** Kept bytes that stand right before it. */
  readonly before: Uint8Array;
  /** First byte of `before` that somebody may look at. */
  readonly claimed: number;
  /** What was dropped from `before`. */
  readonly cuts: readonly CutMark[];
}

export interface LineWindowOptions {
  readonly lineBytes: number;
  readonly longLineBytes: number;
  /** First byte in front of `unread` that somebody may still look at: what is before it goes. */
  readonly neededFrom: () => number;
  /** Default: the start of the source. */
  readonly start?: WindowStart | undefined;
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

/** A source that is followed has often only a line to say: little is allocated at once. */
const LEAST_BYTES = 4096;
/** Bytes kept before `unread` in any case: they tell whether a source is still the same. */
export const BEFORE_BYTES = 64;
/** The same where a chunk goes: whoever asks for the last line finds it here. */
const KEPT_BYTES = 8192;
/** Most that is copied at once: small enough to be still in the cache when it is searched. */
const STEP_BYTES = 64 * 1024;
const LINE_START: Uint8Array = Uint8Array.of(NEWLINE);

export function createLineWindow(options: LineWindowOptions): LineWindow {
  const { lineBytes, longLineBytes, start } = options;
  // In front of a line stands a newline: some literals begin with it.
  const made = start !== undefined && start.offset > 0 && start.before.length === 0;
  let bytes: Buffer = Buffer.from(made ? LINE_START : (start?.before ?? []));
  let unread = bytes.length;
  let claimed = made ? unread : (start?.claimed ?? 0);
  let end = unread;
  let fresh = unread;
  let filled = unread;
  let known = made ? unread : 0;
  const before = start?.cuts.reduce((sum, [, count]) => sum + count, 0) ?? 0;
  /** Kept bytes that have left the window; below 0 for a newline that is not in the source. */
  let gone = (start?.offset ?? 0) - unread - before;
  /** Dropped bytes in front of the window. */
  let cutBefore = 0;
  let limit = lineBytes;
  let skipping: Cut | null = null;
  let final = false;
  /** What `bytes` is while it is not a chunk. */
  let own = bytes;
  /** Bytes that are copied of a chunk at once: more each time, because a candidate may wait for many lines. */
  let step = 0;
  const cuts: Cut[] = (start?.cuts ?? []).map(([index, count]) => ({
    position: gone + index,
    bytes: count,
  }));

  /** What was index `from` is index 0 from now on. */
  function shift(from: number, needed: number): void {
    gone += from;
    unread -= from;
    // Where the start of a line is not there any more, it cannot be told what the line is.
    claimed = Math.max(claimed, needed) - from;
    known = Math.max(0, known - from);
    end -= from;
    fresh -= from;
    filled -= from;
    for (let first = cuts[0]; first !== undefined && first.position < gone; first = cuts[0]) {
      cutBefore += first.bytes;
      cuts.shift();
    }
  }

  /** Forgets what nobody needs; `target` may be what the rest stands in already. */
  function moveTo(target: Buffer, needed: number, from: number): void {
    bytes.copy(target, 0, from, filled);
    own = target;
    bytes = target;
    shift(from, needed);
  }

  function makeRoom(count: number): void {
    if (filled + count <= bytes.length) return;
    const needed = options.neededFrom();
    const from = Math.max(0, Math.min(needed, unread - BEFORE_BYTES));
    // Room for as much again as is kept: bytes are moved once on average, not once for each chunk.
    const room = Math.max(LEAST_BYTES, (filled - from + count) * 2);
    moveTo(room > bytes.length ? Buffer.alloc(room) : bytes, needed, from);
  }

  function copy(chunk: Buffer, from: number, to: number): void {
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

  /**
   * Goes on in the chunk itself from `at` on. False where something in front of it is needed that does not stand
   * there as it is.
   */
  function borrow(chunk: Buffer, at: number): boolean {
    // Behind a line that is kept to a higher limit, the lines taken with it could be too long.
    if (limit !== lineBytes) return false;
    const needed = options.neededFrom();
    const from = Math.max(0, Math.min(needed, unread - BEFORE_BYTES));
    const first = filled - at;
    const last = cuts.at(-1);
    if (from < first || (last !== undefined && last.position >= gone + from)) return false;
    for (const cut of cuts.splice(0)) cutBefore += cut.bytes;
    shift(first, needed);
    bytes = chunk;
    return true;
  }

  /** Takes whole lines, together no longer than the limit, so that none of them is. */
  function extend(chunk: Buffer, at: number): number {
    const near = chunk.subarray(at, at + limit - (filled - end) + 1);
    const newline = near.lastIndexOf(NEWLINE);
    if (newline >= 0) {
      filled = at + newline + 1;
      end = filled;
    } else if (near.length <= limit - (filled - end)) {
      filled = chunk.length;
    } else {
      keep();
      return append(chunk, at);
    }
    return filled;
  }

  function keep(): void {
    step = 0;
    if (bytes === own) return;
    const needed = options.neededFrom();
    const from = Math.max(0, Math.min(needed, unread - BEFORE_BYTES, end - KEPT_BYTES));
    const room = filled - from;
    moveTo(room > own.length ? Buffer.alloc(Math.max(LEAST_BYTES, room * 2)) : own, needed, from);
  }

  /** Copies lines: the rest of the first one, and more the longer somebody waits for what follows. */
  function append(chunk: Buffer, at: number): number {
    const near = chunk.subarray(at, at + STEP_BYTES);
    const newline =
      skipping === null ? near.indexOf(NEWLINE, Math.min(step, near.length - 1)) : near.indexOf(NEWLINE);
    const taken = newline < 0 ? near : near.subarray(0, newline + 1);
    step = Math.min(STEP_BYTES, Math.max(512, step * 2));
    copyLines(taken);
    return at + taken.length;
  }

  function copyLines(chunk: Buffer): void {
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
        copy(chunk, at, at + newline + 1);
        at += newline + 1;
        end = filled;
        limit = lineBytes;
      } else if (near.length <= room) {
        copy(chunk, at, chunk.length);
        return;
      } else {
        copy(chunk, at, at + room);
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

  const offsetOf = (index: number): number => {
    let offset = gone + index + cutBefore;
    for (const cut of cuts) if (cut.position < gone + index) offset += cut.bytes;
    return offset;
  };

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
    take(chunk, at) {
      fresh = end;
      if (bytes !== chunk && !borrow(chunk, at)) return append(chunk, at);
      return extend(chunk, at);
    },
    keep,
    finish,
    consume(index) {
      unread = index;
    },
    claim(index) {
      claimed = index;
    },
    offsetOf,
    cutAt(newline) {
      for (const cut of cuts) if (cut.position === gone + newline) return cut.bytes;
      return 0;
    },
    get known() {
      // Where bytes were dropped, what is in front of them does not stand right before what is behind.
      const last = cuts.findLast(({ position }) => position < gone + unread);
      return last === undefined ? known : Math.max(known, last.position - gone);
    },
    cutsIn: (from, to) =>
      cuts
        .filter(({ position }) => position >= gone + from && position < gone + to)
        .map((cut) => [cut.position - gone - from, cut.bytes]),
    pendingCuts() {
      const pending = cuts.filter(({ position }) => position >= gone + unread);
      return { lines: pending.length, bytes: pending.reduce((sum, cut) => sum + cut.bytes, 0) };
    },
    release() {
      if (bytes.length <= LEAST_BYTES) return;
      const needed = options.neededFrom();
      const from = Math.max(0, Math.min(needed, unread - BEFORE_BYTES));
      const kept = filled - from;
      if (bytes.length > 2 * kept) moveTo(Buffer.alloc(kept), needed, from);
    },
  };
}
