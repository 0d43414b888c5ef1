/**
 * Which algorithm a version of containerd runs, and which Go it was built with: the two things that decide how
 * much memory an open line takes.
 */

/**
 * `join`: at the newline the pieces are joined into new memory, and nothing stays. `line-buffer`: they are copied
 * into a buffer that belongs to the stream and keeps its capacity (containerd 1.5.0, commit 4bc8f692f).
 */
export type FlushEra = 'join' | 'line-buffer';

export interface Era {
  readonly flush: FlushEra;
  /** Minor version of the Go that the release was built with: 19 for go1.19. */
  readonly goMinor: number;
}

/**
 * First release with each minor version of Go, from containerd's own pull requests ("update to go …") and the
 * changelogs of containerd.io. Distributions build with their own Go; Debian 12's 1.6.20 happens to be 1.19 as well.
 * Within 1.10 to 1.17, and from 1.22 on, the rules that matter here are the same.
 */
const BUILT_WITH: readonly (readonly [release: string, goMinor: number])[] = [
  ['1.1.2', 10],
  ['1.2.5', 11],
  ['1.2.8', 12],
  ['1.2.14', 13],
  ['1.3.0', 12],
  ['1.3.5', 13],
  ['1.4.0', 13],
  ['1.4.4', 15],
  ['1.4.10', 16],
  ['1.5.0', 16],
  ['1.5.11', 17],
  ['1.6.0', 17],
  ['1.6.9', 18],
  ['1.6.18', 19],
  ['1.6.24', 20],
  ['1.6.32', 21],
  ['1.6.36', 22],
  ['1.7.0', 20],
  ['1.7.14', 21],
  ['1.7.21', 22],
  ['1.7.26', 23],
  ['1.7.29', 24],
  ['2.0.0', 23],
  ['2.0.7', 24],
  ['2.1.0', 24],
  ['2.2.0', 25],
  ['2.3.0', 26],
];

type Release = readonly [major: number, minor: number, patch: number];

/** An epoch, a `v` and whatever a distribution or a release candidate adds are passed over. */
const VERSION = /^(?:\d+:)?v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?:[-+~].*)?$/;

/** `1.6` is its newest patch release. */
function releaseOf(version: string): Release {
  const found = VERSION.exec(version.trim());
  if (found === null)
    throw new RangeError(
      `version: expected one of containerd such as 1.6.20, v2.1.4 or 1.7.13-0ubuntu1, found ${JSON.stringify(version.slice(0, 60))}; \`containerd --version\` prints it in the third place`,
    );
  const [, major = '', minor = '', patch] = found;
  return [Number(major), Number(minor), patch === undefined ? Number.POSITIVE_INFINITY : Number(patch)];
}

function compare(a: Release, b: Release): number {
  return a[0] - b[0] || a[1] - b[1] || (a[2] === b[2] ? 0 : a[2] - b[2]);
}

/**
 * The era of a containerd, `1.1.2` to 2.x. Throws RangeError for a version that cannot be read, for one that holds no
 * line at all (1.1.1 and before), and for one that is not known yet.
 */
export function eraOf(version: string): Era {
  const release = releaseOf(version);
  const [major] = release;
  if (compare(release, [1, 1, 2]) < 0)
    throw new RangeError(
      `version: expected containerd 1.1.2 or later, found ${version}: before it output was written as it came, in parts of 4 kB, so that no limit exists and no line is held`,
    );
  if (major > 2)
    throw new RangeError(
      `version: expected containerd 1.1.2 to 2.x, found ${version}, of which nothing is known here; 2.3 is the nearest that is`,
    );
  let goMinor = 0;
  for (const [first, minor] of BUILT_WITH) if (compare(releaseOf(first), release) <= 0) goMinor = minor;
  return { flush: compare(release, [1, 5, 0]) < 0 ? 'join' : 'line-buffer', goMinor };
}
