/** Learns from lines that are no candidates: hosts, years, zones, and how far a log reaches. */
import type { Clock } from './clock.js';
import { createEnvelopeParser } from './parse.js';

/** A log may be printed newest first: then its first lines show how far it reaches. */
const FIRST_LINES = 3;

/**
 * Learns from lines that say nothing themselves: the head of a log shows its hosts, years and zones, its last
 * line how far it reaches.
 */
export function createSampler(clock: Clock, ends: { node: string; ms: () => number | null }[]) {
  const parser = createEnvelopeParser();
  return (source: string, text: string, line: number, isLast: boolean): void => {
    for (const record of parser.parse({ source, text, line, offset: 0, cutBytes: 0, tail: [] })) {
      clock.learn(record);
      if (isLast || line <= FIRST_LINES)
        ends.push({ node: record.host ?? '', ms: () => clock.resolve(record)?.at.ms ?? null });
    }
  };
}
