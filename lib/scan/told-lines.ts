/**
 * Tells of lines whatever they hold: the head of a source, lines that are longer than their limit, and what stands
 * behind those. Each line is told once, also where an earlier scan has told some that this one reads again.
 */
import { textEnd } from './continuation.js';
import type { LineWindow } from './line-window.js';
import type { ScannerOptions, ScanState } from './types.js';

const NEWLINE = 10;
const HEAD_LINES = 64;
const HEAD_LINE_BYTES = 1024;
/** Bytes that are shown of a line that is longer than its limit. */
const LONG_LINE_HEAD_BYTES = 512;
/** Lines behind a long one that are told, and bytes of each. */
const LINES_BEHIND = 4096;
const LINE_BEHIND_BYTES = 128;

export interface ToldLines {
  /** A long line has come to its end. */
  longLine(window: LineWindow, from: number, kept: number, all: number): void;
  /** Tells of the fresh lines. */
  fresh(window: LineWindow): void;
  /** What another scan has to know that goes on behind `lines` lines of the source, `fresh` ones of it told. */
  state(lines: number, fresh: number): Pick<ScanState, 'shown' | 'told' | 'behind'>;
}

/** `numberOf`: the number of the line at an index. */
export function createToldLines(options: ScannerOptions, numberOf: (index: number) => number): ToldLines {
  const { source, start, onHead, onLongLine, onLineBehind } = options;
  const headLines = onHead === undefined ? 0 : (options.headLines ?? HEAD_LINES);
  let shown = start?.scan?.shown ?? 0;
  /** Lines to come that an earlier scan has told. */
  let old = start?.scan?.told ?? 0;
  const lastOld = (start?.line ?? 0) + old;
  /** Lines behind the last long one that are still told. */
  let behind = start?.scan?.behind ?? 0;
  /** Long lines among the fresh ones. */
  let long = 0;

  function heads(window: LineWindow, from: number): void {
    let line = numberOf(from);
    for (let at = from; shown < headLines && at < window.end; line += 1) {
      const newline = window.bytes.indexOf(NEWLINE, at);
      const end = Math.min(textEnd(window, at, newline), at + HEAD_LINE_BYTES);
      shown += 1;
      onHead?.(window.bytes.toString('utf8', at, end), line);
      at = newline + 1;
    }
  }

  function linesBehind(window: LineWindow, from: number): void {
    let line = numberOf(from);
    for (let at = from; at < window.end && (behind > 0 || long > 0); line += 1) {
      const newline = window.bytes.indexOf(NEWLINE, at);
      if (window.cutAt(newline) > 0) {
        behind = LINES_BEHIND;
        long -= 1;
      } else if (behind > 0) {
        behind -= 1;
        const head = window.bytes.toString('utf8', at, Math.min(newline, at + LINE_BEHIND_BYTES));
        onLineBehind?.({ source, line, head });
      }
      at = newline + 1;
    }
  }

  return {
    longLine(window, from, kept, all) {
      const line = numberOf(from);
      if (line <= lastOld) return;
      long += 1;
      const head = window.bytes.toString('utf8', from, from + Math.min(kept, LONG_LINE_HEAD_BYTES));
      onLongLine?.({ source, line, head, bytes: all, ended: !window.final });
    },
    fresh(window) {
      let from = window.fresh;
      for (; old > 0 && from < window.end; old -= 1) from = window.bytes.indexOf(NEWLINE, from) + 1;
      if (shown < headLines) heads(window, from);
      if (onLineBehind !== undefined && (behind > 0 || long > 0)) linesBehind(window, from);
      long = 0;
    },
    state: (lines, fresh) => ({ shown, told: Math.max(fresh, lastOld - lines), behind }),
  };
}
