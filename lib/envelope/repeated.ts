/**
 * rsyslog's `message repeated 3 times: [ text]`: one line that stands for several. The text in brackets is
 * the repeated message, with its own envelopes.
 */
import type { Peeled } from './peeled.js';

const HEAD = /^ {0,4}message repeated (\d{1,12}) times: \[ ?/;

/** Repeats that one line can stand for: a count is data of the log's writer. */
export const MAX_REPEAT = 1_000_000;

export function peelRepeated(text: string): Peeled | null {
  const head = HEAD.exec(text);
  if (head === null) return null;
  const line = text.trimEnd();
  const rest = line.slice(head[0].length, line.endsWith(']') ? -1 : undefined);
  const repeat = Math.min(MAX_REPEAT, Math.max(1, Number(head[1])));
  return { name: 'repeated', kind: 'outer', rest, repeat };
}
