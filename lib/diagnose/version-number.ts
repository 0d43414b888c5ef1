/**
 * Reads a version string as daemons, packages and modules print it: the upstream number, a pre-release, and who
 * built it. Needed because `20.10.24+dfsg1`, `5:27.4.1-1~debian.12~bookworm` and `17.06.2-ee-16` are all versions
 * and do not prove the same.
 */

/**
 * Who built it, as far as the string tells. `release`: upstream's own build, or its package. `distribution`: a
 * package of Debian or Ubuntu. `vendor`: somebody else's build, with patches of his own. `commit`: made after the
 * release of that number. `development`: made before it, nobody knows how long.
 */
export type BuildKind = 'release' | 'distribution' | 'vendor' | 'commit' | 'development';

export interface VersionNumber {
  /** Upstream's number alone: `20.10.24`. */
  readonly upstream: string;
  readonly numbers: readonly number[];
  /** Null for a release; a pre-release sorts before the release of its number. */
  readonly pre: PreRelease | null;
  readonly kind: BuildKind;
  /** Who that is, for people: `a Debian package`; empty for upstream's own build. */
  readonly builder: string;
}

interface PreRelease {
  /** Place in the order alpha, beta, rc. */
  readonly stage: number;
  readonly number: number;
}

/** Longer strings are no versions. */
const LENGTH_LIMIT = 128;
const PRINTABLE = /^[!-~]+$/;
const NUMBER = /^(?:\d{1,4}:)?v?(\d{1,6}(?:\.\d{1,6}){1,3})(?![\d])/i;
const PRE_RELEASE = /^[-~.]?(alpha|beta|tp|rc)[.-]?(\d{0,6})(?![a-z\d])/i;
const STAGES = ['alpha', 'beta', 'tp', 'rc'];

/** Null for what is no version number: `dev`, a commit, `unknown`, free text. */
export function parseVersion(text: string): VersionNumber | null {
  const version = text.trim();
  if (version.length > LENGTH_LIMIT || !PRINTABLE.test(version)) return null;
  const [head, upstream] = NUMBER.exec(version) ?? [];
  if (head === undefined || upstream === undefined) return null;
  // A module's pseudo version for a commit without any tag below it.
  if (/^v?0\.0\.0-\d{14}-/.test(version)) return null;
  let rest = version.slice(head.length).replace(/^[-~+]ce(?![a-z\d])/i, '');
  const [preHead, stage, number] = PRE_RELEASE.exec(rest) ?? [];
  if (preHead !== undefined) rest = rest.slice(preHead.length);
  const pre =
    stage === undefined ? null : { stage: STAGES.indexOf(stage.toLowerCase()), number: Number(number) };
  return { upstream, numbers: upstream.split('.').map(Number), pre, ...builderOf(rest) };
}

type Builder = Pick<VersionNumber, 'kind' | 'builder'>;

/** The first that fits what stands behind the number; the order matters. */
const BUILDERS: readonly (readonly [RegExp, BuildKind, string])[] = [
  [/^(?:\+incompatible)?$/, 'release', ''],
  [/mirantis/i, 'vendor', 'a build of Mirantis'],
  [/balena/i, 'vendor', 'a build of balena'],
  [/euler/i, 'vendor', 'a build for openEuler or EulerOS'],
  [/^[-~+]ee(?![a-z\d])/i, 'vendor', 'a Docker Enterprise build'],
  [/^[-+](?:k3s|rke2|rancher)/i, 'vendor', 'a build of Rancher'],
  [/^\+azure/i, 'vendor', 'a build of Microsoft'],
  [/amzn/i, 'vendor', 'a build of Amazon'],
  [/(?:^|[-.])\d{14}-[0-9a-f]{12}/, 'commit', 'a commit between releases'],
  [/^-\d{1,6}-g[0-9a-f]{7,40}/, 'commit', 'a commit after that release'],
  [/^[-+.~]dev(?![a-z])/i, 'development', 'a development build'],
  [/^\.m(?![a-z\d])/, 'commit', 'built from a modified source tree'],
  // Packages that Docker itself publishes: `-1~debian.12~bookworm`, `~3-0~ubuntu-bionic`, `-3.el7`.
  [/^(?:~\d[\d.]*)?(?:-\d[\d.]*)?~(?:debian|ubuntu|raspbian)[-.~a-z\d]*$/i, 'release', ''],
  [/^-\d{1,3}(?:\.\d{1,3})?\.(?:el|fc)\d{1,3}$/i, 'release', ''],
  [/\.git[0-9a-f]{7,40}\b|\.el\d/i, 'vendor', 'a build of Red Hat or CentOS'],
  [/ubuntu/i, 'distribution', 'an Ubuntu package'],
  [/[+~]dfsg|[+~]ds\d|[+~]deb\d+u\d|\+b\d+$|~bpo\d/i, 'distribution', 'a Debian package'],
  [/^-\d{1,4}$/, 'vendor', 'a build of a packager or vendor'],
];

function builderOf(rest: string): Builder {
  for (const [expression, kind, builder] of BUILDERS) if (expression.test(rest)) return { kind, builder };
  return { kind: 'vendor', builder: 'a build with a suffix that no release has' };
}

/** Below 0 where `a` sorts before `b`; missing places count as 0, pre-releases sort before their release. */
export function compareNumbers(a: VersionNumber, b: VersionNumber): number {
  const difference = comparePlaces(a.numbers, b.numbers);
  if (difference !== 0) return difference;
  if (a.pre === null || b.pre === null) return Number(a.pre === null) - Number(b.pre === null);
  return a.pre.stage - b.pre.stage || a.pre.number - b.pre.number;
}

/** Compares upstream's numbers alone; suffixes (`+dfsg1`, `-ce`, `-rc1`) do not count. */
export function compareVersions(a: string, b: string): number {
  return comparePlaces(parseVersion(a)?.numbers ?? [], parseVersion(b)?.numbers ?? []);
}

function comparePlaces(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
