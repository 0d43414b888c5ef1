/**
 * The lines at which a scan stops: those that hold one of many literals. All others are skipped while they are bytes.
 *
 * There are two searches that find the same lines: one in WebAssembly SIMD, and one in JavaScript for machines
 * without, by which the first is tested. Here one of them is chosen.
 */
import { createPlainLines } from './plain-lines.js';
import { teddyFor } from './teddy/teddy.js';
import { createTeddyLines } from './teddy/teddy-lines.js';

/** What a literal is there for: a bit. */
export const KIND = { pattern: 1, marker: 2, block: 4 } as const;

export interface StopLiteral {
  readonly literal: string;
  /** One of `KIND`. */
  readonly kind: number;
}

export interface StopLines {
  /** From now on `bytes[0, to)` is looked at, which ends with a line. They stay as they are until the next call. */
  over(bytes: Buffer, to: number): void;
  /** Nothing more is asked of them: they are not held on to. */
  leave(): void;
  /**
   * Index of the first byte of the next line that holds a literal, -1 for none. `from` is the newline in front of the
   * first line that counts, or its first byte at the start of the source; it never goes back.
   */
  next(from: number): number;
  /** The kinds of all literals that the line holds which was given last; null where they are not known. */
  kinds(): number | null;
  /** How many newlines `[from, to)` holds. */
  count(from: number, to: number): number;
  /** Learns from bytes to come how to search them fastest. */
  tune(chunk: Buffer, live: boolean): void;
  /** The source is quiet: gives back what was learned. */
  reset(): void;
}

/** `plain`: in JavaScript in any case. */
export function createStopLines(literals: readonly StopLiteral[], plain: boolean): StopLines {
  const teddy = plain ? null : teddyFor(literals);
  return teddy === null ? createPlainLines(literals) : createTeddyLines(literals, teddy);
}
