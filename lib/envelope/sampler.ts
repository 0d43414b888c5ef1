/** Learns from lines that are no candidates: hosts, years, zones, and how far a log reaches. */
import type { Clock } from './clock.js';
import { createEnvelopeParser } from './parse.js';

/** A line at the head or the end of a source: which host it names, and how far the log reaches by it. */
export interface SampledEnd {
  readonly source: string;
  readonly node: string;
  readonly ms: () => number | null;
}

/** A log may be printed newest first: then its first lines show how far it reaches. */
const FIRST_LINES = 3;

/**
 * Learns from lines that say nothing themselves: the head of a log shows its hosts, years and zones, its last
 * line how far it reaches.
 */
export function createSampler(clock: Clock, ends: SampledEnd[]) {
  const parser = createEnvelopeParser();
  return (source: string, text: string, line: number, isLast: boolean): void => {
    for (const record of parser.parse({ source, text, line, offset: 0, cutBytes: 0, tail: [] })) {
      clock.learn(record);
      if (isLast || line <= FIRST_LINES)
        ends.push({ source, node: record.host ?? '', ms: () => clock.resolve(record)?.at.ms ?? null });
    }
  };
}
