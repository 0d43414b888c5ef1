/**
 * The command `explain`: what a defect or a pattern means, in words, from the same compiled data that verdicts
 * are made of.
 */
import type { Defect } from '../diagnose/defect.js';
import { loadDefects } from '../diagnose/load-defects.js';
import type { Pattern } from '../match/types.js';
import { printable } from '../report/printable.js';
import { counted, memoryRange } from '../report/quantity.js';
import { wrapWords } from '../report/wrap.js';
import { checkDirectory } from './analyze-options.js';
import { widthOf } from './appearance.js';
import type { ParsedArguments } from './arguments.js';
import { didYouMean } from './did-you-mean.js';
import { OK } from './exit-code.js';
import type { Io } from './io.js';
import { patternsFor } from './patterns-command.js';
import { UsageError } from './usage-error.js';

/** A heading with entries under it: sentences are wrapped, commands never. */
interface Section {
  readonly heading: string;
  readonly entries: readonly (string | { readonly command: string })[];
}

/** Longer lines are hard to read, however wide the terminal. */
const WIDEST = 110;

export async function explainCommand(given: ParsedArguments, io: Io): Promise<number> {
  const [name, ...more] = given.operands;
  if (more[0] !== undefined) throw new UsageError(`unexpected ${JSON.stringify(more[0])}`);
  const directories = given.values('patterns').map((each) => checkDirectory('--patterns', each));
  const defects = [...(await loadDefects()).values()];
  if (name === undefined) {
    const column = Math.max(...defects.map(({ id }) => id.length)) + 2;
    for (const { id, title } of defects) io.stdout.write(`${id.padEnd(column)}${title}\n`);
    return OK;
  }
  const width = Math.min(WIDEST, widthOf(null, io));
  const defect = defects.find(({ id }) => id === name);
  if (defect !== undefined) {
    io.stdout.write(render(`${defect.id}: ${defect.title}`, defectSections(defect), width));
    return OK;
  }
  const { patterns } = await patternsFor(directories, io);
  const pattern = patterns.find(({ id }) => id === name);
  if (pattern === undefined) {
    const known = [...defects.map(({ id }) => id), ...patterns.map(({ id }) => id)];
    throw new UsageError(`neither a defect nor a pattern: ${JSON.stringify(name)}${didYouMean(name, known)}`);
  }
  io.stdout.write(render(`${pattern.id}: ${pattern.title}`, patternSections(pattern), width));
  return OK;
}

function defectSections(defect: Defect): Section[] {
  const fixes = Object.entries(defect.fix).flatMap(([mechanism, products]) =>
    Object.entries(products).map(([product, version]) => `${mechanism}: ${product} ${version}`),
  );
  return [
    { heading: 'WHAT', entries: paragraphs(defect.summary) },
    { heading: 'HOW IT HAPPENS', entries: paragraphs(defect.mechanism) },
    { heading: 'HOW SURE', entries: defect.certainty.map(({ gives, because }) => `${gives}: ${because}`) },
    { heading: 'WHICH KIND', entries: defect.mechanisms.map(({ gives, because }) => `${gives}: ${because}`) },
    { heading: 'LEAK', entries: leakTexts(defect) },
    { heading: 'FIXED IN', entries: [...fixes, ...paragraphs(defect.fixNote ?? '')] },
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
    { heading: 'VERIFY', entries: paragraphs(defect.verify) },
    { heading: 'NOT THIS', entries: defect.falsePositives },
    { heading: 'SEE', entries: defect.references },
  ];
}

function leakTexts({ leakPerCall }: Defect): string[] {
  if (leakPerCall === null) return [];
  const { goroutines, fds, bytes, derivation } = leakPerCall;
  const each = `A call that hangs leaves ${counted(goroutines, 'goroutine')}, ${counted(fds, 'fd')} and ${memoryRange(bytes)} behind.`;
  return [each, ...paragraphs(derivation)];
}

function patternSections(pattern: Pattern): Section[] {
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

function render(title: string, sections: readonly Section[], width: number): string {
  const lines = wrapWords(printable(title), width, '', '  ');
  for (const { heading, entries } of sections) {
    if (entries.length === 0) continue;
    lines.push('', heading);
    for (const entry of entries) {
      if (typeof entry === 'string')
        lines.push(...wrapWords(printable(withoutBlanks(entry)), width, '  ', '  '));
      else lines.push(`    ${printable(entry.command)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Sentences have blanks that a verdict fills with its facts: `{calls} stop calls`. Commands keep theirs. */
function withoutBlanks(sentence: string): string {
  return sentence.replace(/\{\w+\}/g, '…');
}
