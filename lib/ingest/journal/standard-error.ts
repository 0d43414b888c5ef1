/**
 * What journalctl says on its standard error: whole lines, cut and made harmless. They are given out a second after
 * they came, unless journalctl has ended by then: they then tell why, and belong to that.
 */
import type { Readable } from 'node:stream';
import split2 from 'split2';
import type { Timers } from './types.js';

const MAX_LINE = 300;
const MAX_UNSPLIT = 65_536;
/** Lines that wait, and lines that an end is explained with. */
const MAX_WAITING = 8;
const DELAY_MS = 1000;

export interface StandardError {
  /** The last lines that have not been given out. They will not be any more. */
  end(): readonly string[];
}

export function readStandardError(
  stream: Readable,
  timers: Timers,
  onLine: (line: string) => void,
): StandardError {
  let waiting: string[] = [];
  let timer: unknown = null;

  function giveOut(): void {
    timer = null;
    const lines = waiting;
    waiting = [];
    for (const line of lines) onLine(line);
  }

  function take(line: string): void {
    const text = line.replace(/\p{C}+/gu, ' ').trim();
    if (text === '') return;
    waiting.push(text.length > MAX_LINE ? `${text.slice(0, MAX_LINE)}…` : text);
    if (waiting.length > MAX_WAITING) waiting.shift();
    timer ??= timers.setTimeout(giveOut, DELAY_MS);
  }

  // Its mapper takes every line: there is nothing to read from it.
  const limits = { maxLength: MAX_UNSPLIT, skipOverflow: true };
  const lines = split2(take, limits);
  stream.on('error', () => {});
  stream.pipe(lines).resume();
  return {
    end() {
      if (timer !== null) timers.clearTimeout(timer);
      timer = null;
      const lines = waiting;
      waiting = [];
      return lines;
    },
  };
}
