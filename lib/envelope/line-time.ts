/** The time of a line that says nothing else: how far a log has been read, whatever its lines mean. */
import type { Clock } from './clock.js';
import { createEnvelopeParser } from './parse.js';

/** Gives the time of a whole line of a source, ms; null where it states none that can be resolved. */
export function createLineTime(clock: Clock): (source: string, text: string, line: number) => number | null {
  const parser = createEnvelopeParser();
  return (source, text, line) => {
    const [record] = parser.parse({ source, text, line, offset: 0, cutBytes: 0, tail: [] });
    if (record === undefined) return null;
    clock.learn(record);
    return clock.resolve(record)?.at.ms ?? null;
  };
}
