/**
 * Chooses the members of a bundle that are read: those of the table, and of a small hand-made bundle everything
 * that can be read at all. What is left out goes to `skip` with its reason.
 */
import type { BundleLimits } from './bundle-limits.js';
import { UNLISTED, type Verdict } from './bundle-table.js';

/** A regular file in a bundle. */
export interface Candidate {
  /** Inside the bundle. */
  readonly path: string;
  /** Bytes, as stored. */
  readonly size: number;
  readonly verdict: Verdict;
}

export interface Chosen<Of extends Candidate> {
  readonly candidate: Of;
  /** False where only the smallness of the bundle speaks for it: then its content must. */
  readonly listed: boolean;
}

export interface MemberChooser<Of extends Candidate> {
  add(candidate: Of): void;
  /** To be called once: the members to read, in natural order of their paths. */
  choose(): readonly Chosen<Of>[];
}

/** Of too many those of the earlier rules stay. Keeps twice as many as are read, however many there are. */
export function createChooser<Of extends Candidate>(
  limits: BundleLimits,
  skip: (candidate: Of, reason: string) => void,
): MemberChooser<Of> {
  let listed: { readonly candidate: Of; readonly rank: number }[] = [];
  let unlisted: Of[] = [];
  let files = 0;
  const { compare } = new Intl.Collator('en', { numeric: true });

  const prune = (): void => {
    listed.sort((a, b) => a.rank - b.rank || compare(a.candidate.path, b.candidate.path));
    for (const { candidate } of listed.splice(limits.read)) skip(candidate, tooMany(limits));
  };

  return {
    add(candidate) {
      const { verdict } = candidate;
      if (++files === limits.smallFiles + 1) {
        for (const known of unlisted) skip(known, UNLISTED);
        unlisted = [];
      }
      if (verdict.kind === 'leave') skip(candidate, verdict.reason);
      else if (verdict.kind === 'read') listed.push({ candidate, rank: verdict.rank });
      else if (files > limits.smallFiles) skip(candidate, UNLISTED);
      else if (candidate.size > limits.smallFileBytes) skip(candidate, tooLargeUnlisted(limits));
      else unlisted.push(candidate);
      if (listed.length > 2 * limits.read) prune();
    },
    choose() {
      prune();
      const chosen = [
        ...listed.map(({ candidate }) => ({ candidate, listed: true })),
        ...unlisted.map((candidate) => ({ candidate, listed: false })),
      ];
      listed = [];
      unlisted = [];
      return chosen.sort((a, b) => compare(a.candidate.path, b.candidate.path));
    },
  };
}

export function tooMany(limits: BundleLimits): string {
  return `beyond the ${limits.read} members that are read of one bundle`;
}

export function tooLargeUnlisted(limits: BundleLimits): string {
  return `${UNLISTED}, and larger than ${limits.smallFileBytes} bytes`;
}
