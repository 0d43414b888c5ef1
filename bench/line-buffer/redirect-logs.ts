/**
 * containerd's redirectLogs: reads one stream of a container in pieces, keeps copies of them until a newline, the
 * limit or the end comes, and writes what it has as one record. Without a limit the copies are the leak; from
 * containerd 1.5 on the buffer that the record is put together in stays allocated, too.
 */
import { type RecordTag, recordHead, rfc3339Nano } from './cri-record.js';
import { allocate, createGoBytesBuffer } from './go-bytes-buffer.js';
import type { GoMemory } from './go-memory.js';
import { LIST_ENTRY_BYTES } from './model/list-growth.js';
import { createLineReader, type Piece, readerSize } from './read-line.js';
import { emptyCounts, type StreamContext, type StreamRun } from './stream-counts.js';
import type { FlushEra } from './versions.js';

export interface RedirectOptions {
  /** `max_container_log_line_size`, bytes; 0 and below: none. */
  readonly limitBytes: number;
  /** Size of the read buffer in bytes, 4096 by default; a smaller limit takes its place. */
  readonly readerBytes?: number;
  readonly flush: FlushEra;
  readonly memory: GoMemory;
}

const LINE_END = Buffer.from('\n');

/** How a record is put together in memory, and what of that stays. */
interface Assembly {
  /** The memory of the record is valid until the next call. */
  readonly assemble: (head: Buffer, pieces: readonly Buffer[]) => Buffer;
  readonly retainedBytes: () => number;
}

/** From 1.5.0: one buffer for the life of the stream. */
function lineBufferAssembly({ goMinor, roundUp }: GoMemory, onLive: (bytes: number) => void): Assembly {
  const buffer = createGoBytesBuffer(goMinor, roundUp, (before, after) => {
    onLive(roundUp(before) + roundUp(after));
  });
  return {
    assemble(head, pieces) {
      buffer.reset();
      buffer.write(head);
      for (const piece of pieces) buffer.write(piece);
      buffer.write(LINE_END);
      return buffer.bytes();
    },
    retainedBytes: () => roundUp(buffer.capacity),
  };
}

/** Up to 1.4: the pieces are joined, then head and line, and the newline may need a third copy. */
function joinAssembly({ roundUp, growSlice }: GoMemory, onLive: (bytes: number) => void): Assembly {
  return {
    assemble(head, pieces) {
      const line = allocate(pieces.reduce((sum, piece) => sum + piece.length, 0));
      let joinedBytes = 0;
      for (const piece of pieces) joinedBytes += piece.copy(line, joinedBytes);
      const length = head.length + line.length;
      const joined = allocate(length);
      head.copy(joined);
      line.copy(joined, head.length);
      onLive(roundUp(line.length) + roundUp(length));
      const record = allocate(growSlice(length, 1));
      joined.copy(record);
      LINE_END.copy(record, length);
      onLive(roundUp(line.length) + roundUp(length) + roundUp(record.length));
      return record.subarray(0, length + 1);
    },
    retainedBytes: () => 0,
  };
}

/** Reads `input` to its end. With `limitBytes` from 1 to 15 it fails where containerd panics. */
export function redirectLogs(
  input: AsyncIterable<Buffer>,
  options: RedirectOptions,
  context: StreamContext,
): StreamRun {
  const { limitBytes, memory } = options;
  const { log, stream, now, onTaken, onFlush } = context;
  const counts = emptyCounts();
  const reader = createLineReader(readerSize(limitBytes, options.readerBytes));
  const assembly = (options.flush === 'join' ? joinAssembly : lineBufferAssembly)(memory, (bytes) => {
    // The line buffer's old capacity is what is retained until the growth is over.
    counts.peakBytes = Math.max(counts.peakBytes, counts.heldBytes + bytes);
    onFlush?.();
  });
  let pieces: Buffer[] = [];
  /** Bytes of all pieces. */
  let length = 0;
  /** Of the list; Go's, not the array's. */
  let listCapacity = 0;

  function hold(piece: Piece): void {
    counts.inputEntries++;
    counts.inputBytes += piece.bytes.length;
    // Memory of its own for every piece, as `make([]byte, n)` gives: the held memory is to be the algorithm's.
    const copy = Buffer.allocUnsafeSlow(piece.bytes.length);
    piece.bytes.copy(copy);
    pieces.push(copy);
    length += copy.length;
    counts.heldBytes += memory.roundUp(copy.length);
    if (pieces.length > listCapacity) growList();
    counts.peakBytes = Math.max(counts.peakBytes, counts.heldBytes + counts.retainedBytes);
  }

  function growList(): void {
    const before = memory.roundUp(listCapacity * LIST_ENTRY_BYTES);
    listCapacity = listCapacity === 0 ? 1 : memory.growSlice(listCapacity, LIST_ENTRY_BYTES);
    const after = memory.roundUp(listCapacity * LIST_ENTRY_BYTES);
    counts.peakBytes = Math.max(counts.peakBytes, counts.heldBytes + counts.retainedBytes + after);
    counts.heldBytes += after - before;
  }

  function write(tag: RecordTag): Promise<void> | undefined {
    const record = assembly.assemble(recordHead(rfc3339Nano(now()), stream, tag), pieces);
    counts.retainedBytes = assembly.retainedBytes();
    counts.outputEntries++;
    counts.outputBytes += record.length;
    counts.longestRecordBytes = Math.max(counts.longestRecordBytes, record.length);
    if (tag === 'P') counts.partialRecords++;
    else counts.fullRecords++;
    return log.append(record);
  }

  /** Writes what fits the limit and keeps the excess, which still lies in the memory of the whole last piece. */
  async function split(): Promise<void> {
    const last = pieces.at(-1);
    const excess = length - limitBytes;
    if (last === undefined || excess > last.length)
      throw new Error(
        `expected a limit of at least 16 bytes for lines longer than that, found ${limitBytes}: ` +
          'containerd reads 16 bytes at least and panics here (exceed length should <= last buffer size)',
      );
    pieces[pieces.length - 1] = last.subarray(0, last.length - excess);
    await write('P');
    counts.splitEntries++;
    pieces = [last.subarray(last.length - excess)];
    length = excess;
    listCapacity = 1;
    counts.heldBytes = memory.roundUp(last.buffer.byteLength) + memory.roundUp(LIST_ENTRY_BYTES);
  }

  /** A line of exactly the limit is whole. */
  const isOver = (): boolean => limitBytes > 0 && length > limitBytes;

  async function flush(piece: Piece): Promise<void> {
    if (piece.atEnd && length === 0) return;
    if (isOver()) await split();
    if (piece.isPrefix) return;
    await write(piece.atEnd ? 'P' : 'F');
    pieces = [];
    length = 0;
    listCapacity = 0;
    counts.heldBytes = 0;
  }

  /** Everything that can be read now. The hot path is a piece that is only kept: it waits for nothing. */
  async function readOn(): Promise<void> {
    for (let piece = reader.read(); piece !== null; piece = reader.read()) {
      if (piece.bytes.length > 0) hold(piece);
      if (!piece.isPrefix || isOver()) await flush(piece);
      if (piece.atEnd) return;
    }
  }

  async function run(): Promise<void> {
    for await (const chunk of input) {
      reader.give(chunk);
      await readOn();
      counts.takenBytes += chunk.length;
      onTaken?.(chunk.length);
    }
    reader.end();
    await readOn();
    counts.retainedBytes = 0;
    onTaken?.(0);
  }
  return { counts, done: run() };
}
