/**
 * The course of a workload on Go's heap, from the first byte to what is left at the end: the line is held in pieces
 * until its end or the limit, then copied into a record. Streams that print the same are walked in lock step.
 */
import { lengthsBefore } from '../line-source.js';
import { readerSize } from '../read-line.js';
import type { Sample, Workload } from '../types.js';
import { eraOf } from '../versions.js';
import { createCurve } from './curve.js';
import { createFlush } from './flush.js';
import { type GoRules, goRules } from './go-rules.js';
import { createHeap, type Heap } from './heap.js';
import { LIST_ENTRY_BYTES } from './list-growth.js';
import { createOpenLine, type OpenLine } from './open-line.js';

/**
 * Live heap of the idle process that the calibration was measured on; it delays the first collections by that much.
 */
const IDLE_HEAP_BYTES = 384 * 1024;
/** Code, stacks and the runtime's own first pages that become resident with the first flush; measured: 0.2 to 1 MB. */
const WARM_UP_BYTES = 400 * 1024;
/** What else the first record of a stream leaves, such as the time stamp's buffer; measured: 0.2 kB, seldom 2.3. */
const FIRST_RECORD_BYTES = 256;
/**
 * What a thread leaves that Go starts while the line is read: 2,112 bytes, measured on go1.19, in most runs one thread,
 * in some none and in a few several. It matters only beside the 37 kB of the default limit.
 */
const THREAD_BYTES = 1900;
/** Shorter lines are over before a thread is started. */
const THREAD_FROM_BYTES = 1024 * 1024;
/** After so many parts of a line every further one is like the ones before it. */
const WALKED_PARTS = 1000;
/** Garbage of the parts that are not walked: enough for some rounds of collections. */
const WALKED_GARBAGE_BYTES = 64 * 1024 * 1024;
/** Go forces a collection when there was none for two minutes (runtime.forcegcperiod). */
export const FORCED_COLLECTION_SECONDS = 120;

interface Walk {
  readonly heap: Heap;
  readonly rules: GoRules;
  readonly line: OpenLine;
  readonly write: (contentBytes: number, onStep?: () => void) => void;
  readonly pieceBytes: number;
  readonly limitBytes: number;
  readonly streams: number;
}

/** Allocates what the parts that are not walked would, so that collections come as they would. */
function churn(heap: Heap, bytes: number): void {
  for (let left = Math.min(bytes, WALKED_GARBAGE_BYTES); left > 0; ) {
    const some = Math.min(left, heap.roomBytes + 1);
    heap.waste(some);
    left -= some;
  }
}

/** Reads a line of `lineBytes` up to, but without, its end. What is over the limit is written on the way. */
function read(walk: Walk, lineBytes: number, onFed?: (fedBytes: number) => number): void {
  const { heap, line, pieceBytes, limitBytes, rules, streams } = walk;
  // What does not fill the reader's buffer waits there.
  const piecesAt = (fed: number): number => Math.floor(fed / pieceBytes);
  const partsAt = (fed: number): number =>
    limitBytes > 0 ? Math.max(0, Math.ceil((piecesAt(fed) * pieceBytes) / limitBytes) - 1) : 0;
  /** Pieces of which nothing is left once so many parts are written. */
  const written = (parts: number): number =>
    parts === 0 ? 0 : Math.floor((parts * limitBytes) / pieceBytes);
  const fillTo = (total: number, gone: number): void =>
    line.fill(total - gone, (held) => {
      const next = onFed?.((held + gone) * pieceBytes) ?? Number.POSITIVE_INFINITY;
      return Math.ceil(next / pieceBytes) - gone;
    });

  /** From one sample to the next, with only the garbage of what lies between. */
  function leap(from: number): void {
    const perPart = (limitBytes / pieceBytes) * (rules.roundUp(pieceBytes) + 2 * LIST_ENTRY_BYTES);
    churn(heap, (partsAt(lineBytes) - from) * perPart * streams);
    for (
      let fed = onFed?.(from * limitBytes) ?? lineBytes;
      fed < lineBytes;
      fed = onFed?.(fed) ?? lineBytes
    ) {
      line.cut();
      line.fill(piecesAt(fed) - written(partsAt(fed)));
    }
    line.cut();
  }

  const parts = partsAt(lineBytes);
  for (let part = 1; part <= Math.min(parts, WALKED_PARTS); part++) {
    fillTo(written(part) + 1, written(part - 1));
    walk.write(limitBytes);
    line.cut();
  }
  if (parts > WALKED_PARTS) leap(WALKED_PARTS);
  fillTo(piecesAt(lineBytes), written(parts));
  onFed?.(lineBytes);
}

/** Deals with the end of the line that `read` left open. */
function finish(walk: Walk, lineBytes: number, onStep?: () => void): void {
  const { line, pieceBytes, limitBytes } = walk;
  const tail = lineBytes % pieceBytes;
  if (tail > 0) line.addTail(tail);
  walk.write(limitBytes > 0 ? Math.min(lineBytes, limitBytes) : lineBytes, onStep);
  line.drop();
}

/** Bytes of memory are growth over the idle process, sums over all streams. */
export interface Course {
  readonly heldBytes: number;
  readonly openRssBytes: number;
  readonly peakHeapBytes: number;
  readonly peakRssBytes: number;
  readonly retainedBytes: number;
  readonly retainedRssBytes: number;
  /** Of all line buffers that stay for the next record. */
  readonly keptBytes: number;
  readonly curve: readonly Sample[];
  /** Steps that it took to compute. */
  readonly steps: number;
}

/** One course of the workload with `streams` streams in lock step. */
export function course(workload: Workload, streams: number): Course {
  const era = eraOf(workload.version);
  const rules = goRules(era.goMinor);
  const heap = createHeap(rules, IDLE_HEAP_BYTES);
  const pieceBytes = readerSize(workload.limitBytes, workload.readerBytes);
  const flush = createFlush(era.flush, heap, rules, streams);
  let wrote = false;
  const walk: Walk = {
    heap,
    rules,
    pieceBytes,
    streams,
    limitBytes: workload.limitBytes,
    line: createOpenLine(heap, rules, pieceBytes, streams),
    write(contentBytes, onStep) {
      flush.write(contentBytes, pieceBytes, onStep);
      if (wrote) return;
      wrote = true;
      heap.allocate(FIRST_RECORD_BYTES * streams, 'small');
    },
  };
  let longest = -1;
  for (const bytes of lengthsBefore(workload)) {
    // A line that is no longer than one before it leaves only garbage.
    if (bytes <= longest) continue;
    longest = bytes;
    read(walk, bytes);
    finish(walk, bytes);
  }

  const curve = createCurve(workload, streams, heap);
  read(walk, workload.lineBytes, curve.open);
  const startsThread = workload.lineBytes >= THREAD_FROM_BYTES;
  if (startsThread) heap.allocate(THREAD_BYTES, 'small');
  const openRssBytes = Math.round(heap.residentBytes);
  // The calibration forces a collection here, and only what is live counts as held.
  heap.collect();
  const heldBytes = heap.liveBytes;
  // Nothing is written of a line that has not begun.
  if (workload.lineBytes > 0 || workload.end === 'newline')
    finish(walk, workload.lineBytes, () => curve.flush());
  const { keptBytes } = flush;
  if (workload.end !== 'newline') {
    flush.close();
    // The thread stays, but is no part of what the line left.
    if (startsThread) heap.drop(THREAD_BYTES, 'small');
    if (wrote) heap.drop(FIRST_RECORD_BYTES * streams, 'small');
  }
  const peakBytes = Math.round(heap.peakBytes);
  const residentBytes = Math.round(heap.residentBytes);
  heap.collect();
  const retainedBytes = heap.liveBytes;
  const retainedRssBytes = retainedBytes + Math.round(heap.bookBytes) + WARM_UP_BYTES;
  curve.after(retainedBytes, residentBytes, 0);
  curve.after(retainedBytes, retainedRssBytes, FORCED_COLLECTION_SECONDS);
  return {
    heldBytes,
    openRssBytes,
    peakHeapBytes: peakBytes,
    peakRssBytes: residentBytes + WARM_UP_BYTES,
    retainedBytes,
    retainedRssBytes,
    keptBytes: workload.end === 'newline' ? keptBytes : 0,
    curve: curve.samples,
    steps: heap.requests,
  };
}
