/**
 * Which of several profiles or dumps of one daemon speaks for it: the latest; but of those that state no time none
 * is later than another, so that the one that shows most is believed, in whatever order they are named.
 */
import type { Digest } from './digest.js';

/** `digests` in time order, those without a time last. Undefined where there are none. */
export function speaking(digests: readonly Digest[], shows: (digest: Digest) => number): Digest | undefined {
  const dated = digests.filter(({ ms }) => ms !== null).at(-1);
  const undated = digests.filter(({ ms }) => ms === null);
  return [...(dated === undefined ? [] : [dated]), ...undated].reduce<Digest | undefined>(
    (most, digest) => (most === undefined || shows(digest) > shows(most) ? digest : most),
    undefined,
  );
}
