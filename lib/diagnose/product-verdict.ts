/**
 * Whether a defect is in what ran, over all products that can carry it: the libraries that the stack of the
 * program shows, else the program itself. Versions of other programs beside it say nothing.
 */
import type { Defect, VersionRule } from './defect.js';
import { type Facts, fitting } from './rules.js';
import type { Affected } from './types.js';
import { compareNumbers, parseVersion } from './version-number.js';
import { judgeVersion, type VersionVerdict } from './version-range.js';

export interface ProductVerdict {
  readonly affected: Affected;
  /** One sentence: which version, why this answer. */
  readonly reason: string;
  /** `dockerd 27.4.0`, null where no version of a product that matters is known. */
  readonly version: string | null;
  /** What to go to, by product; empty where what runs has it already. */
  readonly fix: Readonly<Record<string, string>>;
  /** True where the version is older than the defect: it has no fix, and needs none. */
  readonly predates: boolean;
  /** Where the program's own version says otherwise than its library: both, in one sentence. */
  readonly contradiction: string | null;
}

type Versions = Readonly<Record<string, string>>;

interface Judged extends VersionVerdict {
  readonly product: string;
  readonly version: string;
}

/** Programs whose product has another name. */
const PRODUCTS: Readonly<Record<string, string>> = {
  'docker-buildx': 'buildx',
  buildkitd: 'buildkit',
  crio: 'cri-o',
};

const ORDER = ['affected', 'fixed', 'unaffected', 'unknown'] as const;

/**
 * `program`: the one that is judged, null where nothing says which. `versions`: of its time, those of products by
 * name, those of libraries in its stack by import path.
 */
export function judgeProducts(
  defect: Defect,
  versions: Versions,
  program: string | null,
  facts: Facts,
): ProductVerdict {
  const rules = defect.versions;
  if (rules.length === 0) return unknown('not a matter of one version', {});
  const own = program === null ? null : (PRODUCTS[program] ?? program);
  const judge = (rule: VersionRule): Judged[] => {
    const version = isLibrary(rule.product)
      ? libraryVersion(rule.product, versions, rules)
      : versions[rule.product];
    if (version === undefined) return [];
    return [{ product: rule.product, version, ...judgeVersion(rule, version, facts) }];
  };
  const inStack = rules.filter(({ product }) => isLibrary(product)).flatMap(judge);
  const itself = rules.filter(({ product }) => product === decidingProduct(own, rules)).flatMap(judge);
  // What stands in the stack is what ran: it goes before what the program says of itself.
  const [decisive] = [...inStack.toSorted(byAnswer), ...itself].toSorted(
    (a, b) => Number(a.answer === 'unknown') - Number(b.answer === 'unknown'),
  );
  const fix = fixOf(rules, own, versions);
  if (decisive === undefined) {
    const why = whyUnknown(rules, own, versions);
    const always = own === null ? null : inEveryVersion(rules, own, facts);
    if (always === null) return unknown(why, fix);
    return { ...unknown(`${why}; ${always}`, fix), affected: 'yes' };
  }
  const { answer, reason, product, version, predates = false } = decisive;
  // Where nothing says what died, another version of buildx beside it contradicts nothing.
  const against =
    own === null ? undefined : itself.find((each) => each !== decisive && saysOtherwise(each, decisive));
  const contradiction =
    against === undefined
      ? null
      : `The versions contradict each other: ${reason}, but ${against.reason}; what stands in the stack is what ran`;
  return {
    affected: answer === 'affected' ? 'yes' : answer === 'unknown' ? 'unknown' : 'no',
    reason: contradiction ?? reason,
    version: `${product} ${version}`,
    fix: answer === 'affected' || answer === 'unknown' ? fix : {},
    predates,
    contradiction,
  };
}

function unknown(reason: string, fix: Readonly<Record<string, string>>): ProductVerdict {
  return { affected: 'unknown', reason, version: null, fix, predates: false, contradiction: null };
}

/** A condition that holds can be all there is to it: no version of the program is without the defect then. */
function inEveryVersion(rules: readonly VersionRule[], own: string, facts: Facts): string | null {
  for (const { product, affected, fixed } of rules) {
    const [range] = affected;
    if (product !== own || fixed !== null || affected.length !== 1 || range === undefined) continue;
    const { from, before, when, only } = range;
    if (from === undefined || before !== undefined || when === undefined || only === undefined) continue;
    if (fitting([{ when: [when] }], facts).length > 0)
      return `every ${own} since ${from} has it where ${only}`;
  }
  return null;
}

function byAnswer(a: Judged, b: Judged): number {
  return ORDER.indexOf(a.answer) - ORDER.indexOf(b.answer);
}

function saysOtherwise(a: Judged, b: Judged): boolean {
  if (a.answer === 'unknown' || b.answer === 'unknown') return false;
  return (a.answer === 'affected') !== (b.answer === 'affected');
}

/** Products whose versions count for a library inside a process, not for a program that runs. */
export function isLibrary(product: string): boolean {
  return product.includes('/') || product === 'otelhttptrace';
}

/**
 * `github.com/containerd/containerd/v2` is that library, too, unless it has a rule of its own; a library of a short
 * name is known by the last element of its path.
 */
function libraryVersion(
  product: string,
  versions: Versions,
  rules: readonly VersionRule[],
): string | undefined {
  const major = Object.keys(versions).find(
    (name) =>
      (!product.includes('/') && name.endsWith(`/${product}`)) ||
      (name.startsWith(`${product}/v`) &&
        /^\d{1,3}$/.test(name.slice(product.length + 2)) &&
        !rules.some((rule) => rule.product === name)),
  );
  return versions[product] ?? (major === undefined ? undefined : versions[major]);
}

/** Whose version may decide beside that of a library. Most of what dies with no name in a log of a pipeline is buildx. */
function decidingProduct(own: string | null, rules: readonly VersionRule[]): string | null {
  if (own !== null) return own;
  return rules.some(({ product }) => product === 'buildx') ? 'buildx' : null;
}

function whyUnknown(rules: readonly VersionRule[], own: string | null, versions: Versions): string {
  const programs = rules.map(({ product }) => product).filter((product) => !isLibrary(product));
  if (own !== null && !programs.includes(own)) return `no range is known for ${own}`;
  if (own !== null) return `no version of ${own} is shown`;
  const stated = programs.flatMap((product) =>
    versions[product] === undefined ? [] : [`${product} ${versions[product]}`],
  );
  if (stated.length === 0)
    return `no line shows which version of ${rules.map(({ product }) => product).join(', ')} runs`;
  return `${stated.join(' and ')} is stated, and nothing says that it is what died`;
}

/** A library goes into several products, and what died in one is to be had in all: its own comes first. */
function fixOf(
  rules: readonly VersionRule[],
  own: string | null,
  versions: Versions,
): Record<string, string> {
  return Object.fromEntries(
    rules
      .toSorted((a, b) => Number(b.product === own) - Number(a.product === own))
      .flatMap(({ product, fixed }) =>
        fixed === null || hasReached(versions[product], fixed) ? [] : [[product, fixed]],
      ),
  );
}

/** Nobody is sent back to a version older than the one that runs. */
function hasReached(version: string | undefined, fixed: string): boolean {
  const [runs, wanted] = [parseVersion(version ?? ''), parseVersion(fixed)];
  return runs !== null && wanted !== null && compareNumbers(runs, wanted) >= 0;
}

/** `Affected: buildx < 0.20.0, buildkit < 0.19.0`, one sentence; none where no version matters. */
export function rangesOf({ versions }: Defect): readonly string[] {
  const ranges = versions.flatMap(({ product, affected }) =>
    affected
      .filter(({ when }) => when === undefined)
      .map(({ from, before }) =>
        [
          product,
          ...(from === undefined ? [] : [`>= ${from}`]),
          ...(before === undefined ? [] : [`< ${before}`]),
        ].join(' '),
      ),
  );
  return ranges.length === 0 ? [] : [`Affected: ${ranges.join(', ')}`];
}
