/**
 * One line on standard error that says how far a command is, only where a person sees it. It is taken away before
 * anything else is written, since both outputs mostly share one terminal.
 */
import type { Io } from './io.js';

const REFRESH_MS = 500;
const CLEAR = '\r\x1b[K';

export interface StatusLine {
  /** Takes the line away until its next refresh. */
  clear(): void;
  /** Takes it away for good. */
  stop(): void;
}

/** `text`: what to show now; asked at each refresh. */
export function startStatusLine(io: Pick<Io, 'stderr' | 'every'>, text: () => string): StatusLine {
  if (!io.stderr.isTerminal) return { clear() {}, stop() {} };
  let shown = '';
  const clear = () => {
    if (shown !== '') io.stderr.write(CLEAR);
    shown = '';
  };
  const stopTimer = io.every(REFRESH_MS, () => {
    // A full line would wrap, and then only its second half could be taken away.
    const line = text().slice(0, Math.max(0, (io.stderr.columns ?? 80) - 1));
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
