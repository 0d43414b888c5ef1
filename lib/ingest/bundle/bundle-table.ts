/**
 * The table of a bundle's members: which are worth reading, which are not and why. It is data
 * (patterns/bundle.yaml, compiled when the package is built), because every collector lays its files out anew.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileGlob } from './glob-path.js';

/** Of the first rule one of whose globs matches a member's path, the verdict stands. */
export interface BundleRule {
  readonly match: readonly string[];
  /** What these members are; present where they are read. Earlier rules go first where there are too many. */
  readonly read?: string;
  /** Why they are not read; present where they are not. */
  readonly leave?: string;
}

export interface BundleTable {
  readonly rules: readonly BundleRule[];
  readonly hosts: HostTable;
}

/** Where a bundle states the host that a part of it is of. */
export interface HostTable {
  /** Files that hold the host's name; what lies below the folder that holds the path is of that host. */
  readonly files: readonly string[];
  /** Folders whose subfolders are named for hosts. */
  readonly folders: readonly string[];
  /** Names of such subfolders that are none. */
  readonly not: readonly string[];
  /** Files that mark their folder as named for a host. */
  readonly beside: readonly string[];
}

export type Verdict =
  | { readonly kind: 'read'; readonly rank: number }
  | { readonly kind: 'leave'; readonly reason: string }
  | { readonly kind: 'unlisted' };

export type JudgeMember = (path: string) => Verdict;

export const UNLISTED = 'not in the table';

/** The compiled table, relative to the package. */
export const COMPILED_TABLE = join('dist', 'bundle.json');

let loading: Promise<BundleTable> | null = null;

/** Reads the compiled table, once. Rejects where the package was not built. */
export function loadBundleTable(): Promise<BundleTable> {
  loading ??= readTable();
  return loading;
}

async function readTable(): Promise<BundleTable> {
  const { packageRoot } = await import('../../package-root.js');
  const file = join(packageRoot(), COMPILED_TABLE);
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) throw new Error(`${file} is missing: run "npm run build"`);
  return JSON.parse(text) as BundleTable;
}

export function createJudge(table: BundleTable): JudgeMember {
  const rules = table.rules.map((rule, rank) => ({
    matchers: rule.match.map(compileGlob),
    verdict: verdictOf(rule, rank),
  }));
  return (path) => {
    const segments = path.split('/');
    const rule = rules.find(({ matchers }) => matchers.some((matches) => matches(segments)));
    return rule?.verdict ?? { kind: 'unlisted' };
  };
}

function verdictOf(rule: BundleRule, rank: number): Verdict {
  return rule.leave === undefined ? { kind: 'read', rank } : { kind: 'leave', reason: rule.leave };
}
