/**
 * Tells a version from the other things that programs print in its place: `dev`, `library-import`, a commit.
 * Used by every reader of versions, so that a hash is never compared with a release.
 */

/** `5:27.4.1-1~debian.12`, `1.13.1-209.git7d71120.el7_9`, `v1.0.2-0-g52b36a2d`. One character class: linear. */
const VERSION = /^(?:\d{1,3}:)?v?\d{1,6}\.\d{1,9}[0-9A-Za-z.+~:_^-]{0,100}$/;
/** What `git describe` adds to the tag of the very commit: it says no more than the tag. */
const AT_ITS_TAG = /-0-g[0-9a-f]{6,40}(?:\.m)?$/;
/** Go's name for a commit that no release precedes. */
const NO_RELEASE = /^0\.0\.0-/;

/** As printed, without a leading `v`; null for what is no version. */
export function versionNumber(text: string): string | null {
  if (text.length > 128 || !VERSION.test(text)) return null;
  const version = text.replace(/^((?:\d{1,3}:)?)v/, '$1').replace(AT_ITS_TAG, '');
  return NO_RELEASE.test(version) ? null : version;
}
