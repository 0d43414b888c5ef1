/**
 * Knows a line that comes twice: pasted twice, or read from the journal and from the file that syslog made of
 * it. Two real lines never share pattern, captures and the very microsecond; coarser times prove nothing.
 */
import type { Captures } from '../match/types.js';
import { createOldest } from './oldest.js';
import type { TimedEvent } from './types.js';
import { NO_UNDO, type Undo } from './undo.js';

/** Digits below a second from which on equal times mean the same line. */
const FINE_DIGITS = 4;
/** Instants that are remembered: copies come side by side. */
const CAP = 256;
/** Different lines of one instant. */
const AT_ONCE = 64;
/** Nodes that said the same at the same instant. */
const NODES = 64;
/** Captures are pieces of their line: those of a longer one are copied. */
const LONG_LINE = 4096;
/** Milliseconds that can be told apart with all their nanoseconds in one number: some eleven days. */
const SPAN_MS = 1e9;

/** What was said at an instant, and on which nodes. */
interface Said {
  readonly ms: number;
  readonly pattern: string;
  /** As JSON where the line was long. */
  readonly captures: Captures | string;
  readonly nodes: readonly string[];
}

/** By the instant, as nanoseconds within eleven days; the latest last. */
export type CopiesMemory = Map<number, readonly Said[]>;

export function newCopiesMemory(): CopiesMemory {
  return new Map();
}

/** True for an event that repeats an earlier one of the same instant. */
export function createCopies(
  seen: CopiesMemory = newCopiesMemory(),
  undo: Undo = NO_UNDO,
): (event: TimedEvent) => boolean {
  const oldest = createOldest(() => seen.keys());
  return ({ at, event, node }) => {
    if (at.digits < FINE_DIGITS) return false;
    const { captures, pattern, record } = event;
    const key = (at.ms % SPAN_MS) * 1e6 + at.nanos;
    const then = seen.get(key) ?? [];
    const said = then.find(
      (other) => other.ms === at.ms && other.pattern === pattern.id && isSame(other.captures, captures),
    );
    // A daemon's own output names no host; the journal's copy of it does.
    if (said?.nodes.some((other) => other === node || other === '' || node === '')) return true;
    if (then.length >= AT_ONCE || (said?.nodes.length ?? 0) >= NODES) return false;
    const kept: Said = {
      ms: at.ms,
      pattern: pattern.id,
      captures: record.text.length > LONG_LINE ? JSON.stringify(captures) : captures,
      nodes: said === undefined ? [node] : [...said.nodes, node],
    };
    undo.entry(seen, key);
    seen.set(key, then.length === 0 ? [kept] : [...then.filter((other) => other !== said), kept]);
    oldest.moved();
    if (seen.size > CAP) {
      const first = oldest.next() as number;
      undo.oldestEntry(seen, first);
      seen.delete(first);
    }
    return false;
  };
}

function isSame(a: Captures | string, b: Captures): boolean {
  if (typeof a === 'string') return a === JSON.stringify(b);
  const names = Object.keys(b) as (keyof Captures)[];
  return Object.keys(a).length === names.length && names.every((name) => a[name] === b[name]);
}
