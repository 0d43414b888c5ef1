/**
 * Panics and dumps inside logs. Those of named files are given out at the end, when the zones and years of their
 * lines are known; those of a live stream as soon as their speaker has gone on or fallen silent.
 */
import type { Instant, LogRecord } from '../../envelope/types.js';
import type { Evidence, EvidenceProblem } from '../types.js';
import { createTraceGatherer } from './trace-gatherer.js';

export interface TracesOptions {
  /** Null where the record states no time that can be resolved. */
  readonly timeOf: (record: LogRecord) => { readonly at: Instant; readonly assumed: boolean } | null;
  readonly onEvidence: (evidence: Evidence) => void;
  readonly onProblem: (problem: EvidenceProblem) => void;
  readonly live: boolean;
}

export interface Traces {
  push(record: LogRecord): void;
  /** A live stream has been quiet: what was begun is complete. */
  quiet(): void;
  end(): void;
}

/** Held of named files. */
const HELD = 1024;

export function createTraces({ timeOf, onEvidence, onProblem, live }: TracesOptions): Traces {
  let held: { readonly evidence: Evidence; readonly record: LogRecord }[] = [];
  const give = (evidence: Evidence, record: LogRecord): void => {
    const time = timeOf(record);
    onEvidence(time === null ? evidence : { ...evidence, at: time.at, timeAssumed: time.assumed });
  };
  const gatherer = createTraceGatherer({
    onProblem,
    onEvidence: (evidence, record) => {
      if (live || held.length >= HELD) give(evidence, record);
      else held.push({ evidence, record });
    },
  });
  return {
    push: gatherer.push,
    quiet: gatherer.quiet,
    end() {
      gatherer.flush();
      for (const { evidence, record } of held) give(evidence, record);
      held = [];
    },
  };
}
