/**
 * Knows a line that comes twice: pasted twice, or read from the journal and from the file that syslog made of
 * it. Two real lines never share pattern, captures and the very microsecond; coarser times prove nothing.
 */
import type { TimedEvent } from './types.js';

/** Digits below a second from which on equal times mean the same line. */
const FINE_DIGITS = 4;
/** Different lines of one instant that are remembered. */
const CAP = 256;
/** Nodes that said the same at the same instant. */
const NODES = 64;

export interface CopiesMemory {
  instant: string;
  /** What was said at this instant, and on which nodes. */
  readonly seen: Map<string, string[]>;
}

export function newCopiesMemory(): CopiesMemory {
  return { instant: '', seen: new Map() };
}

/** True for an event that repeats an earlier one of the same instant. Events come in event-time order. */
export function createCopies(memory: CopiesMemory = newCopiesMemory()): (event: TimedEvent) => boolean {
  const { seen } = memory;
  return ({ at, event, node }) => {
    if (at.digits < FINE_DIGITS) return false;
    const now = `${at.ms} ${at.nanos}`;
    if (now !== memory.instant) {
      memory.instant = now;
      seen.clear();
    }
    const key = `${event.pattern.id} ${JSON.stringify(event.captures)}`;
    const nodes = seen.get(key) ?? [];
    // A daemon's own output names no host; the journal's copy of it does.
    if (nodes.some((other) => other === node || other === '' || node === '')) return true;
    if (seen.size < CAP && nodes.length < NODES) seen.set(key, [...nodes, node]);
    return false;
  };
}
