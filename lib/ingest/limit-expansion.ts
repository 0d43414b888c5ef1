/**
 * Stops the reading of compressed bytes that grow beyond all measure: ten megabytes of gzip can hold ten
 * gigabytes of zeros. What came before the stop counts.
 */
import type { BundleLimits } from './bundle/bundle-limits.js';
import { InputError } from './input-error.js';

/** `stored` says how many compressed bytes went in so far. Throws an `InputError`. */
export async function* limitExpansion(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  stored: () => number,
  limits: Pick<BundleLimits, 'expansion' | 'expansionFloor'>,
): AsyncGenerator<Uint8Array> {
  let given = 0;
  for await (const chunk of chunks) {
    given += chunk.length;
    if (given > limits.expansionFloor && given > stored() * limits.expansion) {
      throw new InputError(
        name,
        `not read further: grows more than ${limits.expansion} times when it is decompressed (${given} bytes so far)`,
      );
    }
    yield chunk;
  }
}
