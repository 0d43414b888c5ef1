/**
 * How many files following may keep open: half of what the process may, because others in it need some, too.
 */
import { readFileSync } from 'node:fs';

const MOST = 4096;

export function openFileLimit(): number {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    if (limit !== undefined) return Math.max(16, Math.min(MOST, Math.floor(Number(limit) / 2)));
  } catch {
    // No procfs: the error EMFILE tells in time.
  }
  return MOST;
}
