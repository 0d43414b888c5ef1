/**
 * What `leaktrail explain` says of a defect, a signature or a pattern: headings with what stands under them.
 */
import type { Condition, Defect } from '../diagnose/defect.js';
import { conditionText, signText, versionTexts } from '../diagnose/defect-words.js';
import type { Signature } from '../evidence/signature/signature.js';
import type { Pattern } from '../match/types.js';
import { counted, memoryRange } from '../report/quantity.js';

/** A heading with entries under it: sentences are wrapped, commands never. */
export interface Section {
  readonly heading: string;
  readonly entries: readonly (string | { readonly command: string })[];
}

export function defectSections(defect: Defect): Section[] {
  const fixes = Object.entries(defect.fix).flatMap(([mechanism, products]) =>
    Object.entries(products).map(([product, version]) => `${mechanism}: ${product} ${version}`),
  );
  return [
    { heading: 'WHAT', entries: paragraphs(defect.summary) },
    { heading: 'HOW IT HAPPENS', entries: paragraphs(defect.mechanism) },
    { heading: 'LOOKS AT', entries: defect.signs.map((sign) => `${sign.fact}: ${signText(sign)}`) },
    { heading: 'HOW SURE', entries: defect.certainty.map(ruleText) },
    { heading: 'WHICH KIND', entries: defect.mechanisms.map(ruleText) },
    {
      heading: 'AGAINST IT',
      entries: defect.contradicts.map((rule) => ruleText({ ...rule, gives: `at most ${rule.lowersTo}` })),
    },
    {
      heading: 'ALSO TOLD',
      entries: defect.remarks.map(
        ({ because, when }) => `${because} (${when.map(conditionText).join(' and ')})`,
      ),
    },
    { heading: 'EXPLAINED BY, WHERE REPORTED', entries: defect.yieldsTo },
    { heading: 'ENDS', entries: defect.ends.map(({ state, because }) => `${state}: ${because}`) },
    { heading: 'VERSIONS', entries: versionTexts(defect) },
    {
      heading: fixes.length > 0 ? 'FIXED IN' : 'NOTE',
      entries: [...fixes, ...paragraphs(defect.fixNote ?? '')],
    },
    { heading: 'LEAK', entries: leakTexts(defect) },
    { heading: 'PROOF', entries: defect.proof },
    { heading: 'DISPROOF', entries: defect.disproof },
    {
      heading: 'OR IS IT',
      entries: defect.lookAlikes.map(
        ({ name, shares, decides }) => `${name}: ${shares}. Decides: ${decides}`,
      ),
    },
    { heading: 'CHECK', entries: defect.next.flatMap(({ title, command }) => [title, { command }]) },
    {
      heading: 'DO',
      entries: defect.mitigations.flatMap(({ title, when, command, risk, undo }) => [
        `${title} (when: ${when})`,
        ...(command === null ? [] : [{ command }]),
        `Risk: ${risk}`,
        `Undo: ${undo}`,
      ]),
    },
    {
      heading: 'VERIFY',
      entries: [defect.verify, ...(defect.verifyWith ?? []).map(({ text }) => text)].flatMap(paragraphs),
    },
    { heading: 'NOT THIS', entries: defect.falsePositives },
    { heading: 'SEE', entries: defect.references },
  ];
}

function ruleText({
  gives,
  because,
  when,
}: {
  readonly gives: string;
  readonly because: string;
  readonly when: readonly Condition[];
}): string {
  return `${gives}: ${because} (${when.map(conditionText).join(' and ')})`;
}

function leakTexts({ leakPerCall, leakNote }: Defect): string[] {
  if (leakPerCall === null) return paragraphs(leakNote ?? '');
  const { goroutines, fds, bytes, derivation } = leakPerCall;
  const each = `A call that hangs leaves ${counted(goroutines, 'goroutine')}, ${counted(fds, 'fd')} and ${memoryRange(bytes)} behind.`;
  return [each, ...paragraphs(derivation), ...paragraphs(leakNote ?? '')];
}

export function signatureSections(signature: Signature): Section[] {
  const { programs = ['any'] } = signature;
  return [
    { heading: 'OF', entries: [programs.join(', ')] },
    ...shapeSections(signature),
    { heading: 'SOURCE', entries: [signature.source] },
  ];
}

function shapeSections(signature: Signature): Section[] {
  const commands = (names: readonly string[]) => names.map((command) => ({ command }));
  switch (signature.kind) {
    case 'heap': {
      const { measures = ['inuse_space'], flat, cum, needs } = signature;
      return [
        { heading: 'MEASURES', entries: [`per cent of ${measures.join(' or ')}`] },
        { heading: 'SUM OF WHAT THESE HOLD THEMSELVES', entries: commands(flat) },
        {
          heading: 'OR WHAT ONE OF THESE HOLDS WITH ALL THAT IT CALLED, WHERE THAT IS MORE',
          entries: commands(cum),
        },
        ...(needs === undefined
          ? []
          : [{ heading: `ONLY WITH ${needs.percent} % OR MORE IN`, entries: commands(needs.functions) }]),
      ];
    }
    case 'goroutines':
      return signature.stacks.map(({ has, top = [], lacks = [], states = [] }) => ({
        heading: 'COUNTS GOROUTINES WHOSE STACK HAS ALL OF',
        entries: [
          ...commands(has),
          ...(top.length === 0 ? [] : ['innermost one of', ...commands(top)]),
          ...(lacks.length === 0 ? [] : ['and none of', ...commands(lacks)]),
          ...(states.length === 0 ? [] : [`in the state ${states.join(' or ')}, where one is stated`]),
        ],
      }));
    case 'panic': {
      const { reasons, frames, within, lacks = [], witnesses = [] } = signature;
      return [
        { heading: 'DIED OF ONE OF', entries: commands(reasons) },
        { heading: `WITH ONE OF THESE AMONG THE ${within} INNERMOST FRAMES`, entries: commands(frames) },
        { heading: 'AND NONE OF', entries: commands(lacks) },
        {
          heading: 'AND ONE OF THESE IN ITS STACK, UNLESS THE PROGRAM IS NAMED',
          entries: commands(witnesses),
        },
      ];
    }
  }
}

export function patternSections(pattern: Pattern): Section[] {
  const expressions = [
    ...(pattern.message === null ? [] : [`message: ${pattern.message}`]),
    ...Object.entries(pattern.fields).map(([field, expression]) => `${field}: ${expression}`),
  ];
  return [
    { heading: 'MEANS', entries: [`${pattern.means}, counts as ${pattern.role}`] },
    {
      heading: 'PRINTED BY',
      entries: [`${pattern.origin}${pattern.versions === null ? '' : ` ${pattern.versions}`}`],
    },
    { heading: 'MUST CONTAIN ONE OF', entries: pattern.literals.map((command) => ({ command })) },
    { heading: 'MATCHES', entries: expressions.map((command) => ({ command })) },
    { heading: 'SOURCE', entries: [{ command: pattern.source }] },
    { heading: 'SAMPLES', entries: [{ command: `leaktrail patterns show ${pattern.id}` }] },
  ];
}

function paragraphs(text: string): string[] {
  return text
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replace(/\s+/g, ' ').trim())
    .filter((paragraph) => paragraph !== '');
}
