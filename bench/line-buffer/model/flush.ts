/**
 * What writing a record takes: since containerd 1.5 a line buffer that belongs to the stream and only grows, before
 * that three copies of the line one after the other, all of them garbage afterwards.
 */
import type { FlushEra } from '../versions.js';
import type { GoRules } from './go-rules.js';
import type { Heap } from './heap.js';
import { growthSteps } from './line-buffer-growth.js';
import { shapeOf } from './open-line.js';
import { RECORD_BYTES, RECORD_HEAD_BYTES } from './records.js';

export interface Flush {
  /** Bytes of heap that stay for the next record. */
  readonly keptBytes: number;
  /** `onStep` is called after every allocation, with the old memory still there. */
  write(contentBytes: number, pieceBytes: number, onStep?: () => void): void;
  /** The stream was closed. */
  close(): void;
}

function lineBuffer(heap: Heap, rules: GoRules, streams: number): Flush {
  let capacity = 0;
  let kept = 0;
  return {
    get keptBytes() {
      return kept * streams;
    },
    write(contentBytes, pieceBytes, onStep) {
      for (const step of growthSteps({ capacity, contentBytes, pieceBytes }, rules)) {
        const touched = rules.clearsGrownBuffer
          ? step.heapBytes
          : Math.min(step.heapBytes, contentBytes + RECORD_BYTES);
        heap.allocateAndCopy(step.heapBytes * streams, shapeOf(step.heapBytes), touched * streams);
        onStep?.();
        if (kept > 0) heap.drop(kept * streams, shapeOf(kept));
        ({ capacity } = step);
        kept = step.heapBytes;
      }
    },
    close() {
      if (kept > 0) heap.drop(kept * streams, shapeOf(kept));
      kept = 0;
      capacity = 0;
    },
  };
}

function join(heap: Heap, rules: GoRules, streams: number): Flush {
  return {
    keptBytes: 0,
    write(contentBytes, _pieceBytes, onStep) {
      // The pieces are joined, then header and line; the newline does not fit behind that, so append moves it all.
      const joined = contentBytes + RECORD_HEAD_BYTES;
      const copies = [contentBytes, joined, rules.growSlice(joined, 1)].map(rules.roundUp);
      for (const bytes of copies) {
        heap.allocateAndCopy(bytes * streams, shapeOf(bytes));
        onStep?.();
      }
      for (const bytes of copies) heap.drop(bytes * streams, shapeOf(bytes));
    },
    close() {},
  };
}

export function createFlush(era: FlushEra, heap: Heap, rules: GoRules, streams: number): Flush {
  return era === 'join' ? join(heap, rules, streams) : lineBuffer(heap, rules, streams);
}
