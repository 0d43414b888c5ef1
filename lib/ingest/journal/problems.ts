/**
 * The problems of a journal on their way out: no more than a few a minute, the same one not again for ten minutes,
 * and what was held back is counted. A sick journal repeats itself, for weeks.
 */
import type { FollowedPiece } from '../follow/types.js';

export type Problem = Extract<FollowedPiece, { kind: 'problem' }>;

const WINDOW_MS = 60_000;
const PER_WINDOW = 8;
const SAME_AGAIN_MS = 600_000;
/** What waits beyond that is added up: nobody may be asking. */
const MAX_QUEUE = 64;
/** Different ones that are known again. */
const MAX_KNOWN = 64;

export interface Problems {
  /** What journalctl or this process has to say; it may be held back. */
  say(reason: string): void;
  /** A file that is not read, under its own name; never held back. */
  file(name: string, reason: string): void;
  /** It is read after all. */
  fileOver(name: string, reason: string): void;
  /** A loss, which is never held back. */
  lost(reason: string, bytes: number | null): void;
  /** One is there to be given out. */
  readonly waiting: boolean;
  /** The next one to give out. */
  take(): Problem | undefined;
}

export function createProblems(source: string, clock: () => number, onSaid: () => void): Problems {
  const queue: Problem[] = [];
  const known = new Map<string, number>();
  let heldBack = 0;
  let windowStart = Number.NEGATIVE_INFINITY;
  let inWindow = 0;
  function push(reason: string, lostBytes: number | null, name = source): void {
    const last = queue.at(-1);
    if (queue.length >= MAX_QUEUE && last !== undefined) {
      const bytes = lostBytes === null || last.lostBytes === null ? null : last.lostBytes + lostBytes;
      queue[queue.length - 1] = { ...last, lostBytes: bytes };
    } else queue.push({ kind: 'problem', source: name, reason, lostBytes });
    onSaid();
  }

  return {
    say(reason) {
      const now = clock();
      if (now - windowStart >= WINDOW_MS) {
        windowStart = now;
        inWindow = 0;
        if (heldBack > 0) push(`${heldBack} more problems like those before were not shown`, 0);
        heldBack = 0;
      }
      const before = known.get(reason);
      if (inWindow >= PER_WINDOW || (before !== undefined && now - before < SAME_AGAIN_MS)) {
        heldBack++;
        return;
      }
      inWindow++;
      known.delete(reason);
      known.set(reason, now);
      if (known.size > MAX_KNOWN) for (const oldest of known.keys()) if (known.delete(oldest)) break;
      push(reason, 0);
    },
    file: (name, reason) => push(reason, 0, name),
    fileOver(name, reason) {
      queue.push({ kind: 'problem', source: name, reason, lostBytes: 0, over: true });
      onSaid();
    },
    lost: (reason, bytes) => push(reason, bytes),
    get waiting() {
      return queue.length > 0;
    },
    take: () => queue.shift(),
  };
}
