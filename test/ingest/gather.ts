/** Reads a source as a consumer does that keeps nothing: every chunk is copied at once, then overwritten. */
import { InputError } from '../../lib/ingest/input-error.js';
import type { Source } from '../../lib/ingest/types.js';

export interface Gathered {
  readonly bytes: Buffer;
  /** Reason of the problem, null where the source was read to its end. */
  readonly problem: string | null;
}

export async function gather(
  source: Source,
  signal: AbortSignal = new AbortController().signal,
): Promise<Gathered> {
  const copies: Buffer[] = [];
  let problem: string | null = null;
  try {
    for await (const chunk of source.read(signal)) {
      copies.push(Buffer.from(chunk));
      chunk.fill(0x3f);
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    problem = error.problem.reason;
  }
  return { bytes: Buffer.concat(copies), problem };
}
