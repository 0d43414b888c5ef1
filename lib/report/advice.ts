/**
 * CHECK, DO and FIX: read-only commands first, then what changes something, each with its risk and how to undo it.
 * A command is never wrapped, whatever the width: it is there to be copied.
 */
import type { Incident, Mitigation, NextStep } from '../diagnose/types.js';
import type { Paint } from './paint.js';
import { printable } from './printable.js';
import { type SaidOnce, sayOnce, whoList } from './same-words.js';
import { labelled, labelWidth } from './section.js';
import { wrapWords } from './wrap.js';

/** Columns of one sentence, and of one command: far beyond what we write, against what a name may bring in. */
const sentenceColumns = 1000;
const commandColumns = 4096;
const commandIndent = ' '.repeat(labelWidth + 2);

export function checkLines(incidents: readonly Incident[], width: number, paint: Paint): string[] {
  const steps = sayOnce(
    incidents,
    ({ next }) => next,
    ({ title, command }) => `${title}\n${command ?? ''}`,
  );
  if (steps.length === 0) return [];
  const lines = steps.flatMap((step, index) => stepLines(step, index, width));
  return [
    ...labelled('CHECK', [`${' '.repeat(labelWidth)}(read-only, safe on a hung node)`], paint),
    ...lines,
  ];
}

function stepLines(step: SaidOnce<NextStep>, index: number, width: number): string[] {
  const { title, command } = step.item;
  const text = `${printable(title, sentenceColumns)}${sameFor(step)}`;
  return [
    ...wrapWords(text, width, marker(String(index + 1)), ' '.repeat(labelWidth)),
    ...commandLines(command),
  ];
}

export function doLines(incidents: readonly Incident[], width: number, paint: Paint): string[] {
  const advice = sayOnce(
    incidents,
    ({ mitigations }) => mitigations,
    ({ title, when, command }) => `${when}\n${title}\n${command ?? ''}`,
  );
  if (advice.length === 0) return [];
  const head = labelled('DO', [`${' '.repeat(labelWidth)}(by outcome of the checks)`], paint);
  return [...head, ...advice.flatMap((item, index) => mitigationLines(item, index, width))];
}

function mitigationLines(common: SaidOnce<Mitigation>, index: number, width: number): string[] {
  const { title, when, command, risk, undo } = common.item;
  const hang = ' '.repeat(labelWidth);
  const deeper = ' '.repeat(labelWidth + 6);
  const condition = when === '' ? '' : `${printable(when, sentenceColumns)}: `;
  const text = `${condition}${printable(title, sentenceColumns)}${sameFor(common)}`;
  return [
    ...wrapWords(text, width, marker(letter(index)), hang),
    ...commandLines(command),
    ...(risk === '' ? [] : wrapWords(printable(risk, sentenceColumns), width, `${hang}Risk: `, deeper)),
    ...(undo === '' ? [] : wrapWords(printable(undo, sentenceColumns), width, `${hang}Undo: `, deeper)),
  ];
}

/** `dockerd 20.10.10 or later`; where the members differ, who needs which. */
export function fixText(incidents: readonly Incident[]): string | null {
  const fixes = sayOnce(
    incidents,
    ({ fix }) => Object.entries(fix),
    ([product, version]) => `${product} ${version}`,
  );
  if (fixes.length === 0) return null;
  const texts = fixes.map(({ item: [product, version], incidents: those }) => {
    const who = those.length < incidents.length ? ` (${whoList(those)})` : '';
    return `${printable(product, 60)} ${printable(version, 120)}${who}`;
  });
  return `first version without the defect: ${texts.join('; ')}`;
}

function commandLines(command: string | null): string[] {
  return command === null || command === '' ? [] : [commandIndent + printable(command, commandColumns)];
}

function sameFor<T>({ incidents, namesSubject }: SaidOnce<T>): string {
  const others = incidents.slice(1);
  return namesSubject && others.length > 0 ? `; the same for ${whoList(others)}` : '';
}

/** `     1 `: right-aligned in the label column. */
function marker(text: string): string {
  return `${text.padStart(labelWidth - 1)} `;
}

function letter(index: number): string {
  return index < 26 ? String.fromCharCode(97 + index) : String(index + 1);
}
