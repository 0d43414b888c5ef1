/** The traces of a speaker that are complete, and what was left out of them. Bounded: they wait to be taken. */

import type { EvidenceProblem, EvidenceReading } from '../types.js';
import { type Speaker, type Trace, type TraceBody, tracesOf } from './go-trace-body.js';
import { MAX_FRAMES } from './go-trace-stacks.js';

/** Traces, and problems beside them. */
const MAX_TRACES = 64;

export interface TraceShelf {
  put(body: TraceBody): void;
  /** True where `take` would give something. */
  readonly ready: boolean;
  /** Everything put so far, once. */
  take(): EvidenceReading;
}

/** Plain data. */
export interface ShelfMemory {
  traces: Trace[];
  problems: EvidenceProblem[];
  unread: number;
}

export function newShelfMemory(): ShelfMemory {
  return { traces: [], problems: [], unread: 0 };
}

export function createTraceShelf(speaker: Speaker, memory: ShelfMemory): TraceShelf {
  const { source } = speaker;

  function problem(line: number, reason: string): void {
    if (memory.problems.length < MAX_TRACES) memory.problems.push({ source, line, reason });
  }

  return {
    put(body) {
      const found = tracesOf(body, speaker);
      if (found.length === 0) return;
      const { stacks, line } = body;
      if (memory.traces.length + found.length > MAX_TRACES) memory.unread += 1;
      else memory.traces.push(...found);
      if (stacks.deep > 0) {
        const reason = `${stacks.deep} goroutines have more than ${MAX_FRAMES} frames: the middle is left out`;
        problem(line, reason);
      }
      if (stacks.dropped > 0)
        problem(line, `${stacks.dropped} of ${stacks.total} goroutines were only counted`);
    },
    get ready() {
      return memory.traces.length > 0 || memory.problems.length > 0;
    },
    take() {
      const { traces, problems, unread } = memory;
      if (unread > 0) {
        const reason = `${unread} more goroutine dumps and panics than the ${MAX_TRACES} that are held were not read`;
        problems.push({ source, line: null, reason });
      }
      memory.traces = [];
      memory.problems = [];
      memory.unread = 0;
      return { evidence: traces, problems };
    },
  };
}
