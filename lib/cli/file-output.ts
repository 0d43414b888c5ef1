/**
 * Standard output that was redirected to a file, as an `Output`. A disk that is full does not end the run: what is
 * told waits, and half a line is completed when there is room again. Node's own stream takes a part of a write for all of it.
 */
import { writeSync } from 'node:fs';
import { reasonOf } from '../ingest/input-error.js';
import { counted } from '../report/quantity.js';
import { countNewlines } from '../scan/newline-count.js';
import type { Output } from './io.js';

export interface FileOutputOptions {
  /** Writes a part, and gives how much of it; throws what the system call throws. */
  readonly write?: (bytes: Uint8Array) => number;
  /** Calls the listener every so many ms. Returns what stops it. */
  readonly every?: (ms: number, listener: () => void) => () => void;
}

/** What may pass: a disk that is full, a quota, a device that answers again. */
const PASSING = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EAGAIN']);
const RETRY_MS = 1000;
/** Of what waits; beyond it the latest is given up: a report that was begun goes on without a hole. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

export function createFileOutput(descriptor: number, options: FileOutputOptions = {}): Output {
  const { write = (bytes) => writeSync(descriptor, bytes), every = everyUnreferenced } = options;
  const waiting: Buffer[] = [];
  const onBroken: (() => void)[] = [];
  let waitingBytes = 0;
  let broken: string | null = null;
  let failing: string | null = null;
  let lost = 0;
  let stopRetrying = (): void => {};
  let tell = (_text: string): void => {};

  function breakWith(code: string): void {
    if (broken !== null) return;
    broken = code;
    stopRetrying();
    for (const listener of onBroken) listener();
  }

  function drain(): void {
    for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
      // Each call takes as much as there is room for.
      const bytes = write(first);
      waitingBytes -= bytes;
      if (bytes === first.length) waiting.shift();
      else waiting[0] = first.subarray(bytes);
    }
  }

  function pump(): void {
    try {
      drain();
    } catch (error) {
      const { code = 'an error' } = error as NodeJS.ErrnoException;
      if (!PASSING.has(code)) breakWith(code);
      else if (failing === null) {
        failing = code;
        stopRetrying = every(RETRY_MS, pump);
        tell(`cannot be written: ${reasonOf(error)}; what is told waits, it is tried again every second`);
      }
      return;
    }
    if (failing === null) return;
    failing = null;
    stopRetrying();
    tell(
      `is written again; ${lost === 0 ? 'nothing was lost' : `${counted(lost, 'line')} had to be given up`}`,
    );
    lost = 0;
  }

  return {
    isTerminal: false,
    columns: null,
    get broken() {
      return broken;
    },
    write(text) {
      if (broken !== null || text === '') return;
      const bytes = Buffer.from(text);
      if (failing !== null && waitingBytes + bytes.length > MAX_WAITING_BYTES) {
        lost += countNewlines(bytes, 0, bytes.length);
        return;
      }
      waiting.push(bytes);
      waitingBytes += bytes.length;
      if (failing === null) pump();
    },
    drained: () => undefined,
    async flushed() {
      if (failing !== null && broken === null) pump();
      if (failing !== null) breakWith(failing);
    },
    onBroken: (listener) => void onBroken.push(listener),
    onTrouble(listener) {
      tell = (text) => listener(`standard output: ${text}`);
    },
  };
}

function everyUnreferenced(ms: number, listener: () => void): () => void {
  const timer = setInterval(listener, ms).unref();
  return () => clearInterval(timer);
}
