/** Proof lines as the incident carries them. */

import type { Proof } from '../correlate/types.js';
import { format } from '../envelope/instant.js';
import type { EvidenceLine } from './types.js';

/** `beside`: lines that do not belong to the episode and say why, or whose it is. */
export function evidenceOf(
  proof: readonly Proof[],
  beside: readonly (Proof | null | undefined)[] = [],
): readonly EvidenceLine[] {
  const all = [...proof];
  const isTold = (extra: Proof): boolean =>
    all.some(
      ({ source, line, text }) => source === extra.source && line === extra.line && text === extra.text,
    );
  for (const extra of beside) if (extra && !isTold(extra)) all.push(extra);
  return all.map((line) => ({
    time: line.at === null ? null : format(line.at),
    source: line.source,
    ...(line.part !== undefined && { part: line.part }),
    line: line.line,
    text: line.text,
    pattern: line.pattern,
  }));
}
