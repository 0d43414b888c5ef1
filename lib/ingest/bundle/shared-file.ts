/**
 * An open file that many sources read at their own offsets: an archive, or the file that another was unpacked
 * to. One descriptor for all, because two thousand members must not need two thousand of them.
 */
import { closeSync } from 'node:fs';

export interface SharedFile {
  /** Rejects after `close`. */
  use<Result>(work: (fd: number) => Promise<Result>): Promise<Result>;
  /** Closes when the last use ends: a read under way would else hit whatever gets the descriptor next. */
  close(): void;
}

/** Takes over the descriptor. `closed` is called once, after the close. */
export function shareFile(fd: number, closed: () => void = () => {}): SharedFile {
  let uses = 0;
  let closing = false;
  const closeNow = () => {
    closeSync(fd);
    closed();
  };
  return {
    async use(work) {
      if (closing) throw new Error('the bundle was closed before this was read');
      uses++;
      try {
        return await work(fd);
      } finally {
        uses--;
        if (closing && uses === 0) closeNow();
      }
    },
    close() {
      if (closing) return;
      closing = true;
      if (uses === 0) closeNow();
    },
  };
}
