/** Proof lines as the incident carries them. */

import type { Proof } from '../correlate/types.js';
import { format } from '../envelope/instant.js';
import type { EvidenceLine } from './types.js';

export function evidenceOf(proof: readonly Proof[], extra: Proof | null = null): readonly EvidenceLine[] {
  const all = extra === null || proof.includes(extra) ? proof : [...proof, extra];
  return all.map((line) => ({
    time: format(line.at),
    source: line.source,
    line: line.line,
    text: line.text,
    pattern: line.pattern,
  }));
}
