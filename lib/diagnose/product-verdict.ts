/**
 * Whether a defect is in what ran, over all products that can carry it: the program itself where its version
 * is known, else a library of it, and what to go to.
 */
import type { Defect } from './defect.js';
import type { Facts } from './rules.js';
import type { Affected } from './types.js';
import { judgeVersion } from './version-range.js';

export interface ProductVerdict {
  readonly affected: Affected;
  /** One sentence: which version, why this answer. */
  readonly reason: string;
  /** `dockerd 27.4.0`, null where no version of a product that matters is known. */
  readonly version: string | null;
  /** What to go to, by product; empty where what runs has it already. */
  readonly fix: Readonly<Record<string, string>>;
}

/** Programs whose product has another name. */
const PRODUCTS: Readonly<Record<string, string>> = {
  'docker-buildx': 'buildx',
  buildkitd: 'buildkit',
  crio: 'cri-o',
};

const ORDER = ['affected', 'fixed', 'unaffected', 'unknown'] as const;

/** `program`: the one that is judged, null where nothing says which. */
export function judgeProducts(
  defect: Defect,
  versions: Readonly<Record<string, string>>,
  program: string | null,
  facts: Facts,
): ProductVerdict {
  const rules = defect.versions;
  if (rules.length === 0) {
    return { affected: 'unknown', reason: 'not a matter of one version', version: null, fix: {} };
  }
  const own = program === null ? null : (PRODUCTS[program] ?? program);
  const isOwn = (product: string): number => Number(product === own);
  const judged = rules
    .flatMap((rule) => {
      const version = versions[rule.product];
      return version === undefined ? [] : [{ rule, version, ...judgeVersion(rule, version, facts) }];
    })
    // What the program itself says goes before what its libraries are.
    .toSorted(
      (a, b) =>
        isOwn(b.rule.product) - isOwn(a.rule.product) || ORDER.indexOf(a.answer) - ORDER.indexOf(b.answer),
    );
  // A library goes into several products, and what died in one is to be had in all: its own comes first.
  const fix = Object.fromEntries(
    rules
      .toSorted((a, b) => isOwn(b.product) - isOwn(a.product))
      .flatMap(({ product, fixed }) => (fixed === null ? [] : [[product, fixed]])),
  );
  const [decisive] = judged;
  if (decisive === undefined) {
    const which = own ?? rules.map(({ product }) => product).join(', ');
    const reason = `no line shows which version of ${which} runs`;
    return { affected: 'unknown', reason, version: null, fix };
  }
  const { answer, reason, rule, version } = decisive;
  return {
    affected: answer === 'affected' ? 'yes' : answer === 'unknown' ? 'unknown' : 'no',
    reason,
    version: `${rule.product} ${version}`,
    fix: answer === 'affected' || answer === 'unknown' ? fix : {},
  };
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
