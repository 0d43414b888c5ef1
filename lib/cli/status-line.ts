/**
 * One line on standard error that says how far the reading is, only where a person sees it. It is taken away
 * before anything else is written, since both outputs mostly share one terminal.
 */
import { counted, inputSize } from '../report/quantity.js';
import type { Io } from './io.js';

const REFRESH_MS = 500;
const CLEAR = '\r\x1b[K';

export interface Progress {
  readonly bytes: number;
  readonly lines: number;
  readonly open: number;
}

export interface StatusLine {
  /** Takes the line away until its next refresh. */
  clear(): void;
  /** Takes it away for good. */
  stop(): void;
}

export function startStatusLine(io: Pick<Io, 'stderr' | 'every'>, progress: () => Progress): StatusLine {
  if (!io.stderr.isTerminal) return { clear() {}, stop() {} };
  let shown = '';
  const clear = () => {
    if (shown !== '') io.stderr.write(CLEAR);
    shown = '';
  };
  const stopTimer = io.every(REFRESH_MS, () => {
    const { bytes, lines, open } = progress();
    const text = `${inputSize(bytes)}, ${counted(lines, 'line')}, ${open} open`;
    // A full line would wrap, and then only its second half could be taken away.
    const line = text.slice(0, Math.max(0, (io.stderr.columns ?? 80) - 1));
    if (line !== shown) io.stderr.write(CLEAR + line);
    shown = line;
  });
  return {
    clear,
    stop() {
      stopTimer();
      clear();
    },
  };
}
