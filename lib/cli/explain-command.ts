/**
 * The command `explain`: what a defect, a signature or a pattern means, in words, from the same compiled data
 * that verdicts are made of.
 */
import { loadDefects } from '../diagnose/load-defects.js';
import { loadSignatures } from '../evidence/signature/load-signatures.js';
import { printable } from '../report/printable.js';
import { wrapWords } from '../report/wrap.js';
import { checkDirectory } from './analyze-options.js';
import { widthOf } from './appearance.js';
import type { ParsedArguments } from './arguments.js';
import { didYouMean } from './did-you-mean.js';
import { OK } from './exit-code.js';
import { defectSections, patternSections, type Section, signatureSections } from './explain-sections.js';
import type { Io } from './io.js';
import { patternsFor } from './patterns-command.js';
import { UsageError } from './usage-error.js';

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
  const signatures = await loadSignatures();
  const signature = signatures.find(({ id }) => id === name);
  if (signature !== undefined) {
    io.stdout.write(render(`${signature.id}: ${signature.title}`, signatureSections(signature), width));
    return OK;
  }
  const { patterns } = await patternsFor(directories, io);
  const pattern = patterns.find(({ id }) => id === name);
  if (pattern === undefined) {
    const known = [defects, signatures, patterns].flatMap((all) => all.map(({ id }): string => id));
    throw new UsageError(
      `neither a defect, a signature nor a pattern: ${JSON.stringify(name)}${didYouMean(name, known)}`,
    );
  }
  io.stdout.write(render(`${pattern.id}: ${pattern.title}`, patternSections(pattern), width));
  return OK;
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
