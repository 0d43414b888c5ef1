/**
 * A defect's facts, versions and leak in words, for its page and for `leaktrail explain`: one source, so that
 * both say the same.
 */
import type { Sign } from '../correlate/sign.js';
import type { Condition, Defect, VersionRange, VersionRule } from './defect.js';

/** `panics >= 1`. */
export function conditionText({ fact, atLeast, atMost, above, below }: Condition): string {
  const comparisons = [
    atLeast === undefined ? '' : `>= ${atLeast}`,
    atMost === undefined ? '' : `<= ${atMost}`,
    above === undefined ? '' : `> ${above}`,
    below === undefined ? '' : `< ${below}`,
  ].filter((text) => text !== '');
  return `${fact} ${comparisons.join(', ')}`;
}

/** What a fact counts or measures, without a full stop. */
export function signText(sign: Sign): string {
  return [sourceOfSign(sign), ...(sign.opens === true ? [`opens an incident${opening(sign)}`] : [])].join(
    '; ',
  );
}

function opening({ from = {}, setting, where }: Sign): string {
  if (setting !== undefined && where !== undefined)
    return ` where it is ${(where['value'] ?? []).join(' or ')}`;
  const least = [
    ...(from.value === undefined ? [] : [`${from.value}`]),
    ...(from.growth === undefined ? [] : [`a growth of ${from.growth}`]),
  ];
  return least.length === 0 ? '' : ` from ${least.join(' or ')} on`;
}

function sourceOfSign({ means, where, signature, setting, gauge, onceWithinSeconds = 0 }: Sign): string {
  if (signature !== undefined) return `evidence with the signature ${signature}`;
  if (setting !== undefined) return `the setting ${setting.name} of ${setting.product}`;
  if (gauge !== undefined)
    return `the ${gauge.take === undefined ? '' : `${gauge.take} `}figure ${gauge.name} of ${gauge.product}`;
  const lines = `log lines that mean ${(means ?? []).join(' or ')}`;
  const only = Object.entries(where ?? {}).map(([name, values]) => `${name} is ${values.join(' or ')}`);
  const under = only.length === 0 ? '' : ` where ${only.join(' and ')}`;
  return `${lines}${under}${onceWithinSeconds === 0 ? '' : `, one in ${onceWithinSeconds} s counted`}`;
}

/** One sentence for each product, and one for each of its builds that the number does not tell. */
export function versionTexts({ versions }: Pick<Defect, 'versions'>): string[] {
  return versions.flatMap((rule) => [productText(rule), ...backportTexts(rule)]);
}

function productText({ product, affected, fixed, source }: VersionRule): string {
  const go = fixed === null ? 'no version fixes it' : `fixed in ${fixed}`;
  return `${product} ${affected.map(rangeText).join(', ')}: affected; ${go} (${source}).`;
}

function backportTexts({ product, backports = [] }: VersionRule): string[] {
  return backports.map(({ match, answer, why }) => `${product} like /${match}/: ${answer}, since ${why}.`);
}

/** `1.6.9 to before 1.7.0`, with the condition under which the range counts. */
export function rangeText({ from, before, when, only }: VersionRange): string {
  const versions =
    before === undefined
      ? from === undefined
        ? 'in every version'
        : `${from} and later`
      : from === undefined
        ? `before ${before}`
        : `${from} to before ${before}`;
  return when === undefined ? versions : `${versions} where ${only ?? conditionText(when)}`;
}
