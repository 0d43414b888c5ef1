/**
 * Which dockerd generation ran, and whether a defect is in it. The wording of two log lines changed in the
 * very release that fixed the hung call, so the lines themselves tell, unless a vendor's build is visible.
 */
import { atTime, type NodeFacts } from '../correlate/node-facts.js';
import type { Defect } from './defect.js';
import type { Affected } from './types.js';

/** Compares dotted numbers; suffixes (`+dfsg1`, `-ce`, `~ds1`) do not count. */
export function compareVersions(a: string, b: string): number {
  const left = numbers(a);
  const right = numbers(b);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function numbers(version: string): number[] {
  const match = /^v?(\d+(?:\.\d+){0,3})/.exec(version);
  return match ? (match[1] as string).split('.').map(Number) : [];
}

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
    const at = atTime(
      marks.filter((m) => m.product === product),
      ms,
    );
    if (at !== null) versions[product] = at.version;
  }
  const seen = new Set(facts.runtimes.of(node).map((m) => m.runtime));
  // A docker node also has containerd lines; a node without any dockerd line is what its CRI lines say.
  const runtime =
    own ??
    (mark !== null || seen.has('docker')
      ? 'docker'
      : seen.has('cri-o')
        ? 'cri-o'
        : seen.has('containerd')
          ? 'containerd'
          : null);
  const dockerd = versions['dockerd'];
  let generation: Generation = mark === null ? 0 : mark.generation === 'v1' ? 1 : 2;
  let generationBasis: Runtime['generationBasis'] = mark === null ? null : 'wording';
  if (generation === 0 && dockerd !== undefined) {
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

export function affectedBy(defect: Defect, runtime: Runtime): { affected: Affected; basis: string } {
  const { affects } = defect;
  if (affects === null) return { affected: 'unknown', basis: 'not a matter of one version' };
  if (runtime.runtime === 'containerd' || runtime.runtime === 'cri-o') {
    return {
      affected: 'no',
      basis: `the runtime is ${runtime.runtime}, whose stop calls are bounded: only ${affects.product} leaks`,
    };
  }
  const version = runtime.versions[affects.product];
  if (runtime.vendor !== null) {
    return { affected: 'unknown', basis: `a vendor's build (${runtime.vendor}) may carry the fix or not` };
  }
  if (runtime.generation === 2) {
    const by = version === undefined ? 'by its wording' : `version ${version}`;
    return { affected: 'no', basis: `${affects.product} >= ${affects.fixed}, ${by}` };
  }
  if (runtime.generation === 1) {
    const by = version === undefined ? 'by its wording' : `version ${version}`;
    return { affected: 'yes', basis: `${affects.product} < ${affects.fixed}, ${by}` };
  }
  return { affected: 'unknown', basis: `no line shows which ${affects.product} runs` };
}
