/**
 * Whether a version of a product has a defect: the one place where ranges, pre-releases, vendors' builds and
 * back-ports are weighed. Three answers are knowledge, the fourth says why there is none.
 */
import type { Condition, VersionRange, VersionRule } from './defect.js';
import { type Facts, firstFitting } from './rules.js';
import { compareNumbers, compareVersions, parseVersion, type VersionNumber } from './version-number.js';

/** The one name of a product, whatever its package is called. */

export interface VersionVerdict {
  /** `fixed`: a version with the fix; `unaffected`: one that never had the defect. */
  readonly answer: 'affected' | 'fixed' | 'unaffected' | 'unknown';
  /** One clause, without a full stop. */
  readonly reason: string;
  /** True for a version that is older than the defect. */
  readonly predates?: boolean;
}

/** Between versions that are stated of one product without a time, so that none of them is the later one. */
export const OR = ' or ';

/** `version` as printed, with whatever suffix; null where none is known. Never throws on any of both. */
export function judgeVersion(rule: VersionRule, version: string | null, facts: Facts): VersionVerdict {
  if (version === null || version.trim() === '') {
    return { answer: 'unknown', reason: `no line shows which ${rule.product} runs` };
  }
  const shown = version.trim().slice(0, 64);
  const several = version.split(OR);
  if (several.length > 1) {
    const all = several.map((each) => each.slice(0, 64)).join(' and ');
    return { answer: 'unknown', reason: `different versions of ${rule.product} are stated, ${all}` };
  }
  const number = parseVersion(version);
  if (number === null)
    return { answer: 'unknown', reason: `${JSON.stringify(shown)} is not a version number` };
  const backport = rule.backports?.find(({ match }) => new RegExp(match, 'u').test(version.trim()));
  if (backport !== undefined)
    return { answer: backport.answer, reason: `${backport.why} (version ${shown})` };

  const judged = rule.affected.map((range) => judgeRange(range, number, facts));
  const place = judged.find((each) => each.in === 'yes') ?? judged.find((each) => each.in === 'unknown');
  if (place !== undefined) return inside(rule, place, number, shown);

  const excused = judged.find((each) => each.excused !== null)?.excused ?? null;
  const against = fixOf(rule, number);
  const isFixed = against !== null;
  if (number.kind === 'development' || (number.kind === 'commit' && !isFixed)) {
    return {
      answer: 'unknown',
      reason: `${number.builder}, version ${shown}: the number does not tell what it has`,
    };
  }
  const brought = broughtBy(rule, number);
  const what =
    against !== null
      ? `>= ${against}`
      : brought === null
        ? 'outside the versions that have it'
        : `before ${brought}, which brought it`;
  return {
    answer: isFixed ? 'fixed' : 'unaffected',
    predates: !isFixed && brought !== null,
    reason: [`${rule.product} ${what}, version ${shown}${built(number)}`, excused].filter(Boolean).join('; '),
  };
}

interface InRange {
  readonly in: 'yes' | 'no' | 'unknown';
  readonly range: VersionRange;
  /** Why nothing is known, where `in` is `unknown`. */
  readonly doubt: string | null;
  /** What keeps the defect away although the number is in the range. */
  readonly excused: string | null;
}

function judgeRange(range: VersionRange, number: VersionNumber, facts: Facts): InRange {
  const no: InRange = { in: 'no', range, doubt: null, excused: null };
  const from = range.from === undefined ? null : parseVersion(range.from);
  const before = range.before === undefined ? null : parseVersion(range.before);
  const isBelow = before === null || compareNumbers(number, before) < 0;
  if (!isBelow || (from !== null && compareNumbers(number, from) < 0 && !isCandidateOf(number, from)))
    return no;
  if (range.when !== undefined) {
    const value = facts[range.when.fact];
    const condition = range.only ?? inWords(range.when);
    if (value === undefined || value === null || Number.isNaN(value)) {
      return {
        ...no,
        in: 'unknown',
        doubt: `it has the defect only where ${condition}, and nothing states that`,
      };
    }
    if (firstFitting([{ id: 'when', when: [range.when] }], facts) === null) {
      return { ...no, excused: `it has the defect only where ${condition}, which is not so here` };
    }
  }
  const edge = [from, before].find((each) => each !== null && isCandidateOf(number, each));
  if (edge) {
    return { ...no, in: 'unknown', doubt: `a candidate of ${edge.upstream}, where that changes` };
  }
  return { ...no, in: 'yes' };
}

/** A pre-release of that very release, which states no candidate itself: it may have the change or not. */
function isCandidateOf(number: VersionNumber, edge: VersionNumber): boolean {
  return (
    number.pre !== null &&
    edge.pre === null &&
    compareNumbers({ ...number, pre: null }, { ...edge, pre: null }) === 0
  );
}

function inside(rule: VersionRule, place: InRange, number: VersionNumber, shown: string): VersionVerdict {
  const { from, before } = place.range;
  const words =
    before === undefined
      ? from === undefined
        ? 'has it in every version'
        : `>= ${from}`
      : from === undefined
        ? `< ${before}`
        : `${from} to before ${before}`;
  const basis = `${rule.product} ${words}, version ${shown}`;
  if (place.in === 'unknown') return { answer: 'unknown', reason: `${basis}: ${place.doubt}` };
  // Where no release has a fix there is none to port back.
  if (rule.fixed === null || number.kind === 'release') {
    return { answer: 'affected', reason: `${basis}${built(number)}` };
  }
  return { answer: 'unknown', reason: `${basis}: ${number.builder}, which may carry the fix or not` };
}

/** The end of a range of its own branch, or the version that the rule says to go to. */
function fixOf(rule: VersionRule, number: VersionNumber): string | null {
  const ends = rule.affected.flatMap(({ before }) => (before === undefined ? [] : [before]));
  // 1.6.8 is past 1.6.0, where the branch before it ends, and older than 1.6.9, which brought the defect again.
  const brought = broughtBy(rule, number);
  if (brought !== null && sameBranch(number, brought)) return null;
  const own = ends.find((end) => isAtLeast(number, end) && sameBranch(number, end));
  if (own !== undefined) return own;
  return rule.fixed !== null && isAtLeast(number, rule.fixed) ? rule.fixed : null;
}

/** The next version that brought it; null where none did after that number. */
function broughtBy(rule: VersionRule, number: VersionNumber): string | null {
  const later = rule.affected.flatMap(({ from }) =>
    from === undefined || isAtLeast(number, from) ? [] : [from],
  );
  return later.toSorted(compareVersions)[0] ?? null;
}

function isAtLeast(number: VersionNumber, text: string): boolean {
  const other = parseVersion(text);
  return other !== null && compareNumbers(number, other) >= 0;
}

function sameBranch(number: VersionNumber, text: string): boolean {
  const other = parseVersion(text)?.numbers ?? [];
  return number.numbers[0] === other[0] && number.numbers[1] === other[1];
}

function built({ builder }: VersionNumber): string {
  return builder === '' ? '' : ` (${builder})`;
}

/** `exporterConfigured >= 1`. */
function inWords({ fact, atLeast, atMost, above, below }: Condition): string {
  const bounds = [
    ['>=', atLeast],
    ['<=', atMost],
    ['>', above],
    ['<', below],
  ] as const;
  return bounds
    .flatMap(([sign, bound]) => (bound === undefined ? [] : [`${fact} ${sign} ${bound}`]))
    .join(' and ');
}
