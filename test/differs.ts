/**
 * Compares by the thousand: `t.strictSame` takes a hundred times as long as node's own comparison, and as long again
 * to be told. Where two things are alike nothing is told, so a test that uses it ends with an assertion of its own.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Test } from 'tap';

/** True where they differ; then `t` has failed with the difference and the message. */
export function differs(t: Test, found: unknown, wanted: unknown, message: string): boolean {
  return !isDeepStrictEqual(found, wanted) && !t.strictSame(found, wanted, message);
}
