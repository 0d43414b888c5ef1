/** Learns from lines that are no candidates: hosts, years, zones, and how far a log reaches. */
import type { Clock } from './clock.js';
import { createEnvelopeParser, type EnvelopeMemory, newEnvelopeMemory } from './parse.js';
import type { ClockRecord } from './stamp-evidence.js';

/** A line at the head or the end of a source: which host it names, and what tells its time. */
export interface SampledEnd {
  readonly source: string;
  readonly node: string;
  /** Its time may only be known later, when other lines have told the year and the zone. */
  readonly record: ClockRecord;
}

/** Plain data. */
export interface SamplerMemory {
  readonly parser: EnvelopeMemory;
  /** Latest of a source, host and place in the source; the one that was told last is the last. */
  readonly ends: Map<string, SampledEnd>;
}

export function newSamplerMemory(): SamplerMemory {
  return { parser: newEnvelopeMemory(), ends: new Map() };
}

export interface Sampler {
  /** `isLast`: it is the last line of its source up to now. */
  sample(source: string, text: string, line: number, isLast: boolean): void;
  /** How far the log of each source and host reaches by a line, ms since the epoch; null where that is not known. */
  reached(): readonly { readonly source: string; readonly node: string; readonly ms: number | null }[];
}

/** A log may be printed newest first: then its first lines show how far it reaches. */
const FIRST_LINES = 3;
/** Ends kept: a run that follows for weeks meets thousands of files. */
const MAX_ENDS = 4096;

/**
 * Learns from lines that say nothing themselves: the head of a log shows its hosts, years and zones, its last
 * line how far it reaches.
 */
export function createSampler(clock: Clock, memory: SamplerMemory = newSamplerMemory()): Sampler {
  const { ends } = memory;
  const parser = createEnvelopeParser({}, memory.parser);

  function keep(key: string, end: SampledEnd): void {
    ends.delete(key);
    ends.set(key, end);
    if (ends.size > MAX_ENDS) ends.delete(ends.keys().next().value as string);
  }

  return {
    sample(source, text, line, isLast) {
      for (const record of parser.parse({ source, text, line, offset: 0, cutBytes: 0, tail: [] })) {
        clock.learn(record);
        if (!isLast && line > FIRST_LINES) continue;
        const { host, envelopeTime, innerTime } = record;
        const node = host ?? '';
        keep(`${source}\0${node}\0${isLast ? 'last' : line}`, {
          source,
          node,
          record: { source, host, line, envelopeTime, innerTime },
        });
      }
    },
    reached: () =>
      [...ends.values()].map(({ source, node, record }) => ({
        source,
        node,
        ms: clock.resolve(record)?.at.ms ?? null,
      })),
  };
}
