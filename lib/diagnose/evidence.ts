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
  for (const extra of beside) if (extra && !all.includes(extra)) all.push(extra);
  return all.map((line) => ({
    time: format(line.at),
    source: line.source,
    line: line.line,
    text: line.text,
    pattern: line.pattern,
  }));
}
