/**
 * A line while it is read: pieces of the reader's size and the list of them, in the lock step of all streams. The
 * walk goes from one event (the list grows, a collection is due, a sample is wanted) to the next, never by piece.
 */
import type { GoRules } from './go-rules.js';
import type { Heap, Shape } from './heap.js';
import { grownList, listBytes } from './list-growth.js';
import { LARGEST_CLASS_BYTES } from './size-classes.js';

export function shapeOf(bytes: number): Shape {
  return bytes > LARGEST_CLASS_BYTES ? 'run' : 'small';
}

export interface OpenLine {
  readonly pieces: number;
  /** Adds pieces until there are `pieces`; `stopAt` may ask to be told at an earlier count. */
  fill(pieces: number, stopAt?: (pieces: number) => number): void;
  /** The tail that is shorter than a piece. */
  addTail(bytes: number): void;
  /** A part was written: the list becomes a new one of the last piece alone. */
  cut(): void;
  /** The line was written. */
  drop(): void;
}

export function createOpenLine(heap: Heap, rules: GoRules, pieceBytes: number, streams: number): OpenLine {
  const classBytes = rules.roundUp(pieceBytes);
  let pieces = 0;
  let tailBytes = 0;
  let capacity = 0;

  function makeRoom(): void {
    const grown = grownList(capacity, rules);
    const bytes = listBytes(grown, rules);
    heap.allocate(bytes * streams, shapeOf(bytes));
    dropList();
    capacity = grown;
  }

  function dropList(): void {
    if (capacity === 0) return;
    const bytes = listBytes(capacity, rules);
    heap.drop(bytes * streams, shapeOf(bytes));
  }

  function dropPieces(count: number): void {
    if (count > 0) heap.drop(count * classBytes * streams, 'small');
  }

  return {
    get pieces() {
      return pieces;
    },
    fill(wanted, stopAt = () => wanted) {
      while (pieces < wanted) {
        if (pieces === capacity) makeRoom();
        const untilCollection = Math.floor(heap.roomBytes / (classBytes * streams)) + 1;
        const next = Math.min(
          wanted,
          capacity,
          pieces + untilCollection,
          Math.max(pieces + 1, stopAt(pieces)),
        );
        heap.allocate((next - pieces) * classBytes * streams, 'small');
        pieces = next;
      }
    },
    addTail(bytes) {
      if (pieces === capacity) makeRoom();
      tailBytes += rules.roundUp(bytes);
      heap.allocate(rules.roundUp(bytes) * streams, 'small');
    },
    cut() {
      dropPieces(pieces - 1);
      dropList();
      pieces = 1;
      capacity = 0;
      makeRoom();
    },
    drop() {
      dropPieces(pieces);
      dropList();
      if (tailBytes > 0) heap.drop(tailBytes * streams, 'small');
      pieces = 0;
      capacity = 0;
      tailBytes = 0;
    },
  };
}
