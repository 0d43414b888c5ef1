/**
 * Lines that wait to be written, oldest first. The first may have been written in part, when a disk filled up in
 * the middle of it: it is never given up, for its other half would run into the next line.
 */

export interface OutputQueue {
  readonly bytes: number;
  readonly length: number;
  /** Bytes of the first line that are in the file already. */
  readonly begun: number;
  push(line: string): void;
  /** Bytes to be written next, whole lines but for a begun first one: at most `limit`, at least one line. */
  batch(limit: number): Buffer;
  /** So many bytes of the batch were written. Returns those that ended lines, with the begun part of the first. */
  written(bytes: number): Buffer;
  /** What was written of the first line is not there any more: all of it is to be written again. */
  restart(): void;
  /** Gives up the oldest until at most so many are left. Returns how many. */
  trim(bytes: number, lines: number): number;
  /** Without their newlines. */
  lines(): string[];
}

export function createOutputQueue(): OutputQueue {
  /** With their newlines. */
  const waiting: Buffer[] = [];
  let bytes = 0;
  let begun = 0;

  return {
    get bytes() {
      return bytes;
    },
    get length() {
      return waiting.length;
    },
    get begun() {
      return begun;
    },
    push(line) {
      const entry = Buffer.from(`${line}\n`);
      waiting.push(entry);
      bytes += entry.length;
    },
    batch(limit) {
      let count = 0;
      let size = 0;
      while (count < waiting.length) {
        const length = waiting[count]?.length ?? 0;
        if (count > 0 && size + length > limit) break;
        size += length;
        count++;
      }
      return Buffer.concat(waiting.slice(0, count)).subarray(begun);
    },
    written(more) {
      let count = 0;
      let size = 0;
      const reached = begun + more;
      while (count < waiting.length && size + (waiting[count]?.length ?? 0) <= reached)
        size += waiting[count++]?.length ?? 0;
      begun = reached - size;
      bytes -= size;
      return Buffer.concat(waiting.splice(0, count));
    },
    restart() {
      begun = 0;
    },
    trim(maxBytes, maxLines) {
      const first = begun > 0 ? 1 : 0;
      let count = 0;
      while (first + count < waiting.length && (bytes > maxBytes || waiting.length - count > maxLines))
        bytes -= waiting[first + count++]?.length ?? 0;
      waiting.splice(first, count);
      return count;
    },
    lines: () => waiting.map((line) => line.toString().slice(0, -1)),
  };
}
