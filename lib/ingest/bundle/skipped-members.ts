/**
 * Books what was left out of one bundle. A few members of one reason are named; of many only the number is
 * kept, so that a sos report of twenty thousand files gives one line and not twenty thousand.
 */
import type { Skipped } from '../types.js';

/** Members named for one reason. */
const NAMED_LIMIT = 32;
/** Reasons told apart; all come from a fixed set, so this is never met. */
const REASONS_LIMIT = 64;
/** A member's name that is shown. */
const NAME_LIMIT = 256;

export interface SkippedMembers {
  add(source: string, reason: string, count?: number): void;
  list(): Skipped[];
}

export function createSkippedMembers(bundle: string): SkippedMembers {
  const byReason = new Map<string, { readonly names: string[]; count: number }>();
  return {
    add(source, reason, count = 1) {
      const kept = byReason.size < REASONS_LIMIT || byReason.has(reason) ? reason : 'other reasons';
      let entry = byReason.get(kept);
      if (entry === undefined) {
        entry = { names: [], count: 0 };
        byReason.set(kept, entry);
      }
      entry.count += count;
      if (entry.names.length <= NAMED_LIMIT) entry.names.push(source.slice(0, bundle.length + NAME_LIMIT));
    },
    list: () =>
      [...byReason].flatMap(([reason, { names, count }]) =>
        count === names.length && count <= NAMED_LIMIT
          ? names.map((source) => ({ source, reason, count: 1 }))
          : [{ source: bundle, reason, count }],
      ),
  };
}
