/**
 * Knows a line that comes twice: pasted twice, or read from the journal and from the file that syslog made of
 * it. Two real lines never share pattern, captures and the very microsecond; coarser times prove nothing.
 */
import type { TimedEvent } from './types.js';
import { NO_UNDO, type Undo } from './undo.js';

/** Digits below a second from which on equal times mean the same line. */
const FINE_DIGITS = 4;
/** Lines that are remembered: copies come side by side. */
const CAP = 256;
/** Nodes that said the same at the same instant. */
const NODES = 64;

/** What was said at which instant, and on which nodes; the latest last. */
export type CopiesMemory = Map<string, string[]>;

export function newCopiesMemory(): CopiesMemory {
  return new Map();
}

/** True for an event that repeats an earlier one of the same instant. */
export function createCopies(
  seen: CopiesMemory = newCopiesMemory(),
  undo: Undo = NO_UNDO,
): (event: TimedEvent) => boolean {
  return ({ at, event, node }) => {
    if (at.digits < FINE_DIGITS) return false;
    const key = `${at.ms} ${at.nanos} ${event.pattern.id} ${JSON.stringify(event.captures)}`;
    const nodes = seen.get(key) ?? [];
    // A daemon's own output names no host; the journal's copy of it does.
    if (nodes.some((other) => other === node || other === '' || node === '')) return true;
    if (nodes.length < NODES) {
      undo.entry(seen, key);
      seen.set(key, [...nodes, node]);
    }
    if (seen.size > CAP) {
      const oldest = seen.keys().next().value ?? '';
      undo.oldestEntry(seen, oldest);
      seen.delete(oldest);
    }
    return false;
  };
}
