/**
 * A bundle (a directory or a tar archive named as one input) as the files to read in it. The three kinds of
 * bundles list their members each in its way; what becomes of a list is the same for all, and stands here.
 */

import { reasonOf } from '../input-error.js';
import type { InputProblem, Skipped, Source } from '../types.js';
import { createHostStatements, type HostStatements } from './bundle-host.js';
import { BUNDLE_LIMITS, type BundleLimits } from './bundle-limits.js';
import { type Candidate, createChooser, type MemberChooser } from './bundle-select.js';
import { createJudge, type JudgeMember, loadBundleTable } from './bundle-table.js';
import { HEAD_BYTES, refusalOf } from './member-head.js';
import type { MemberOrigin } from './member-source.js';
import { createSkippedMembers, type SkippedMembers } from './skipped-members.js';

/** What the parts of opening one bundle share. */
export interface BundleWork {
  /** The bundle as it was named. */
  readonly name: string;
  readonly limits: BundleLimits;
  readonly judge: JudgeMember;
  readonly hosts: HostStatements;
  readonly skipped: SkippedMembers;
  readonly members: MemberChooser<Member>;
  readonly problems: InputProblem[];
  readonly signal: AbortSignal;
}

/** A candidate with the ways to get at its bytes. */
export interface Member extends Candidate {
  /** Name of the source. */
  readonly name: string;
  readonly modified: number | null;
  /** The first bytes, at most `length`. */
  head(length: number): Promise<Uint8Array>;
  /** The last four bytes, for the comparison of twins. */
  tail(): Promise<Uint8Array>;
  source(origin: MemberOrigin): Source;
  /** What tells one file from another, where two names may be one: device and inode. */
  readonly identity: string | null;
}

/** A member that is read. */
export interface BundleFile {
  readonly name: string;
  readonly size: number;
  readonly modified: number | null;
  readonly source: Source;
  tail(): Promise<Uint8Array>;
}

export interface OpenedBundle {
  readonly files: readonly BundleFile[];
  readonly problems: readonly InputProblem[];
  readonly skipped: readonly Skipped[];
}

export async function bundleWork(
  name: string,
  signal: AbortSignal,
  limits: BundleLimits = BUNDLE_LIMITS,
): Promise<BundleWork> {
  const table = await loadBundleTable();
  const skipped = createSkippedMembers(name);
  return {
    name,
    limits,
    judge: createJudge(table),
    hosts: createHostStatements(table.hosts),
    skipped,
    members: createChooser(limits, (member, reason) => skipped.add(member.name, reason)),
    problems: [],
    signal,
  };
}

/** When all members are added. `isNew` says whether a file is not yet read under another name, and books it. */
export async function openMembers(
  work: BundleWork,
  isNew: (identity: string) => boolean = () => true,
): Promise<OpenedBundle> {
  const { hosts, name, problems, signal, skipped } = work;
  const files: BundleFile[] = [];
  const chosen = work.members.choose();
  for (const { candidate, listed } of chosen) {
    if (signal.aborted) break;
    try {
      const refusal = refusalOf(await candidate.head(HEAD_BYTES), listed);
      if (refusal !== null) {
        skipped.add(candidate.name, refusal);
        continue;
      }
    } catch (error) {
      problems.push({ source: candidate.name, reason: reasonOf(error) });
      continue;
    }
    if (candidate.identity !== null && !isNew(candidate.identity)) continue;
    const bundle = { name, host: hosts.hostOf(candidate.path) };
    const { size, modified } = candidate;
    const source = candidate.source({ name: candidate.name, size, modified, bundle });
    files.push({ name: candidate.name, size, modified, source, tail: () => candidate.tail() });
  }
  if (chosen.length === 0 && problems.length === 0 && !signal.aborted) {
    problems.push({ source: name, reason: nothingIn(skipped.list()) });
  }
  return { files, problems, skipped: skipped.list() };
}

function nothingIn(skipped: readonly Skipped[]): string {
  const count = skipped.reduce((sum, { count }) => sum + count, 0);
  return count === 0
    ? 'holds no files'
    : `holds nothing to read: ${count} members were left out; name the files that matter`;
}
