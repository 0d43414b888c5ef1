/**
 * Which dockerd generation ran, and whether a defect is in it. The wording of two log lines changed in the
 * very release that fixed the hung call, so the lines themselves tell, unless a vendor's build is visible.
 */
import { atTime, type NodeFacts, type RuntimeMark, type VersionMark } from '../correlate/node-facts.js';
import type { Defect } from './defect.js';
import type { Affected } from './types.js';
import { compareNumbers, compareVersions, parseVersion } from './version-number.js';
import { judgeVersion, OR, type VersionVerdict } from './version-range.js';

/** 1: dockerd up to 20.10.9, 2: from 20.10.10 on, 0: not known. */
export type Generation = 0 | 1 | 2;

export interface Runtime {
  readonly runtime: 'docker' | 'containerd' | 'cri-o' | null;
  readonly generation: Generation;
  readonly generationBasis: 'wording' | 'version' | null;
  readonly vendor: string | null;
  readonly versions: Readonly<Record<string, string>>;
}

export function runtimeAt(
  facts: NodeFacts,
  node: string,
  ms: number,
  own: 'docker' | 'containerd' | 'cri-o' | null,
): Runtime {
  const mark = atTime(facts.generations.of(node), ms);
  const versions: Record<string, string> = Object.create(null);
  const marks = facts.versions.of(node);
  for (const product of new Set(marks.map((m) => m.product))) {
    const own = marks.filter((m) => m.product === product);
    const at = atTime(own, ms);
    if (at !== null) versions[product] = statedAt(own, at);
  }
  const isSeen = (runtime: RuntimeMark['runtime']): boolean =>
    facts.runtimes.of(node).some((seen) => seen.runtime === runtime);
  // A docker node also has containerd lines; a node without any dockerd line is what its CRI lines say.
  const runtime =
    own ??
    (mark !== null || isSeen('docker')
      ? 'docker'
      : isSeen('cri-o')
        ? 'cri-o'
        : isSeen('containerd')
          ? 'containerd'
          : null);
  const dockerd = versions['dockerd'];
  let generation: Generation = mark === null ? 0 : mark.generation === 'v1' ? 1 : 2;
  let generationBasis: Runtime['generationBasis'] = mark === null ? null : 'wording';
  if (generation === 0 && dockerd !== undefined && parseVersion(dockerd) !== null) {
    generation = compareVersions(dockerd, '20.10.10') < 0 ? 1 : 2;
    generationBasis = 'version';
  }
  return {
    runtime,
    generation,
    generationBasis,
    vendor: atTime(facts.vendors.of(node), ms)?.vendor ?? null,
    versions,
  };
}

/** `1.6.28-1`: a package of that release, whoever counts. */
const PACKAGE_COUNT = /\d-\d{1,4}$/;

/**
 * Of marks without a time none is later than another: those that differ are all named, so that no order of the
 * inputs decides. One that tells who built it says more than the bare number.
 */
function statedAt(own: readonly VersionMark[], at: VersionMark): string {
  if (Number.isFinite(at.ms)) return at.version;
  const stated = [...new Set(own.filter(({ ms }) => ms === at.ms).map(({ version }) => version))].toSorted();
  const different: string[] = [];
  for (const version of stated) {
    const known = different.findIndex((other) => isSameNumber(other, version));
    if (known === -1) different.push(version);
    else if (parseVersion(version)?.builder !== '' && !PACKAGE_COUNT.test(version))
      different[known] = version;
  }
  return different.slice(0, 4).join(OR);
}

function isSameNumber(a: string, b: string): boolean {
  const [left, right] = [parseVersion(a), parseVersion(b)];
  return left !== null && right !== null && compareNumbers(left, right) === 0;
}

/** True for a dockerd so old that a hung call leaves one goroutine, not two. */
export function isSingleGoroutine(defect: Defect, runtime: Runtime): boolean {
  const dockerd = runtime.versions['dockerd'];
  const last = defect.leakPerCall?.singleGoroutineUpTo;
  if (dockerd === undefined || last === undefined || parseVersion(dockerd) === null) return false;
  return compareVersions(dockerd, `${last}.99`) <= 0;
}

/** The wording of the stop lines decides where they are of one generation; else the version that was running. */
export function affectedBy(defect: Defect, runtime: Runtime): { affected: Affected; basis: string } {
  const [rule] = defect.versions;
  if (rule === undefined) return { affected: 'unknown', basis: 'not a matter of one version' };
  const { product } = rule;
  if (runtime.runtime === 'containerd' || runtime.runtime === 'cri-o') {
    return {
      affected: 'no',
      basis: `the runtime is ${runtime.runtime}, whose stop calls are bounded: only ${product} leaks`,
    };
  }
  if (runtime.vendor !== null) {
    return { affected: 'unknown', basis: `a vendor's build (${runtime.vendor}) may carry the fix or not` };
  }
  const version = runtime.versions[product] ?? null;
  const verdict = judgeVersion(rule, version, {});
  const byVersion = AFFECTED[verdict.answer];
  if (runtime.generationBasis === 'wording' && rule.fixed !== null) {
    const affected = runtime.generation === 1 ? 'yes' : 'no';
    const wording = `${product} ${affected === 'yes' ? '<' : '>='} ${rule.fixed}, by its wording`;
    return { affected, basis: byVersion === affected ? verdict.reason : wording };
  }
  return { affected: byVersion, basis: verdict.reason };
}

const AFFECTED: Readonly<Record<VersionVerdict['answer'], Affected>> = {
  affected: 'yes',
  fixed: 'no',
  unaffected: 'no',
  unknown: 'unknown',
};
