/**
 * One finding as a block: headline, rows, then WHY, LEAK, CHECK, DO, FIX, PROOF, GAPS in the order in which they are
 * needed. What an earlier block already said in the same words is only pointed to.
 */
import type { Incident } from '../diagnose/types.js';
import { checkLines, doLines, fixText } from './advice.js';
import { displayWidth } from './display-width.js';
import type { Group } from './group.js';
import { headlineLines } from './headline.js';
import { affectedLines, canLeak, leakParagraphs } from './leak-text.js';
import { containerTable } from './overview.js';
import type { Paint } from './paint.js';
import { printable } from './printable.js';
import { proofs } from './proof.js';
import { type OffsetOf, rowLines } from './rows.js';
import { sayOnce, titleText, whoList, withoutSubject } from './same-words.js';
import { labelled, labelWidth, section, sentence } from './section.js';
import { causeText } from './verdict.js';

export interface BlockOptions {
  readonly width: number;
  readonly paint: Paint;
  readonly offsetOf: OffsetOf;
  /** Number in the table above, null without a table. */
  readonly number: number | null;
  /** Advice already printed, as text without ids -> the title it stood under. Filled as blocks are made. */
  readonly said: Map<string, string>;
}

/** Reasons told in one block; a cluster of forty may have forty that differ in a number. */
const reasonsTold = 6;
const containersTold = 50;
const gapsTold = 12;
const proofsTold = 12;
const othersTold = 4;

export function blockLines(group: Group, options: BlockOptions): string[] {
  const { width, paint, offsetOf, number } = options;
  const { incidents } = group;
  const gaps = sayOnce(
    incidents,
    (incident) => incident.gaps,
    (gap) => gap,
  ).map(({ item }) => printable(item, 300));
  const fix = fixText(incidents);
  // What is over needs no first aid.
  const isOver = incidents.every(({ state }) => state === 'resolved');
  const title = group.kind === 'cluster' ? `the ${incidents.length} containers` : titleText(incidents[0]);
  return [
    ...headlineLines(group, width, paint, number === null ? '' : `[${number}] `),
    ...memberLines(group, offsetOf, width, paint),
    ...section('WHY', reasons(incidents), width, paint),
    ...section('LEAK', leakParagraphs(incidents), width, paint),
    ...(isOver ? [] : once('CHECK', checkLines(incidents, width, paint), incidents, title, options)),
    ...(isOver ? [] : once('DO', doLines(incidents, width, paint), incidents, title, options)),
    ...section(
      'FIX',
      [
        ...(fix === null ? [] : [withNote(fix, incidents)]),
        ...(canLeak(incidents) ? [] : affectedLines(incidents)),
      ],
      width,
      paint,
    ),
    ...(isOver
      ? []
      : once('AFTER', section('AFTER', afterwards(incidents), width, paint), incidents, title, options)),
    ...section('OR', others(incidents), width, paint),
    ...proofLines(incidents, offsetOf(incidents[0]), width, paint),
    ...section('GAPS', gaps.length === 0 ? [] : [listed(gaps, gapsTold)], width, paint),
  ];
}

function withNote(fix: string, incidents: readonly Incident[]): string {
  const notes = new Set(
    incidents.flatMap(({ fixNote }) => (fixNote === null ? [] : [printable(fixNote, 300)])),
  );
  return [`${fix}.`, ...notes].join(' ');
}

/** What else shows the same signs, where it is not certain yet. */
function others(incidents: readonly Incident[]): string[] {
  if (incidents.every(({ certainty, defect }) => certainty === 'confirmed' || defect === 'stuck-stop'))
    return [];
  return sayOnce(
    incidents,
    ({ differential }) => differential,
    ({ name }) => name,
  )
    .slice(0, othersTold)
    .map(({ item: { name, shares, decides } }) =>
      printable(`${name}: shares ${shares}. Decided by: ${decides}.`.replace(/\.\./g, '.'), 600),
    );
}

/** How to see that it is gone, said once. */
function afterwards(incidents: readonly Incident[]): string[] {
  return [...new Set(incidents.flatMap(({ verify }) => (verify === null ? [] : [printable(verify, 500)])))];
}

function memberLines({ kind, incidents }: Group, offsetOf: OffsetOf, width: number, paint: Paint): string[] {
  if (kind === 'subject') {
    return [
      ...rowLines(incidents.slice(0, containersTold), offsetOf, width, paint),
      ...more(incidents.length),
    ];
  }
  return [
    ...containerTable(incidents.slice(0, containersTold), offsetOf, width, paint),
    ...more(incidents.length),
  ];
}

function more(total: number): string[] {
  return total > containersTold
    ? [` and ${total - containersTold} more (--format ndjson has every one)`]
    : [];
}

/** One paragraph for each set of incidents that has the same reasons. */
function reasons(incidents: readonly Incident[]): string[] {
  const common = sayOnce(incidents, causeAndWhy, (reason) => reason);
  const paragraphs = new Map<string, string[]>();
  for (const { item, incidents: those } of common.slice(0, reasonsTold)) {
    const who = those.length < incidents.length ? `${whoList(those)}: ` : '';
    const sentences = paragraphs.get(who) ?? [];
    paragraphs.set(who, sentences);
    sentences.push(sentence(item, 1000));
  }
  const told = [...paragraphs].map(([who, sentences]) => who + sentences.join(' '));
  const hidden = common.length - reasonsTold;
  return hidden > 0 ? [...told, `and ${hidden} more (--format ndjson has every one)`] : told;
}

function causeAndWhy({ rootCause, rootCauseBasis, why }: Incident): readonly string[] {
  if (rootCause === null) return why;
  const basis =
    rootCauseBasis === 'named'
      ? 'named by lines about this container'
      : 'by time only: the node had no other such trouble';
  return [`Cause: ${causeText(rootCause)}, ${basis}.`, ...why];
}

function proofLines(
  incidents: readonly Incident[],
  offset: number | null,
  width: number,
  paint: Paint,
): string[] {
  const all = proofs(incidents, offset);
  if (all.length === 0) return [];
  const told = all.slice(0, proofsTold);
  const hidden = all.length - told.length;
  const hang = ' '.repeat(labelWidth);
  const lines: string[] = [];
  let line = hang;
  const add = (piece: string): void => {
    if (line !== hang && displayWidth(line) + 1 + displayWidth(piece) > width) {
      lines.push(line);
      line = hang;
    }
    line += line === hang ? piece : ` ${piece}`;
  };
  for (const [index, { where, what }] of told.entries()) {
    const text = `${what}${index < told.length - 1 ? ';' : ''}`;
    if (displayWidth(`${hang}${where} ${text}`) <= width) add(`${where} ${text}`);
    // A path is never broken, so that it can be opened: it may be longer than the width.
    else for (const piece of [where, ...text.split(' ')]) add(piece);
  }
  if (hidden > 0) add(`and ${hidden} more`);
  return labelled('PROOF', [...lines, line], paint);
}

/** The same advice for another container is a pointer to where it stands. */
function once(
  label: string,
  lines: readonly string[],
  incidents: readonly [Incident, ...Incident[]],
  title: string,
  { said, width, paint }: BlockOptions,
): readonly string[] {
  if (lines.length === 0) return [];
  const key = incidents.reduce(
    (text, incident) => withoutSubject(text, incident),
    lines.join(' ').replace(/ +/g, ' '),
  );
  const where = said.get(key);
  if (where !== undefined)
    return section(label, [`as for ${where} above, with the ids of this one`], width, paint);
  said.set(key, title);
  return lines;
}

function listed(items: readonly string[], most: number): string {
  const hidden = items.length - most;
  return items.slice(0, most).join('; ') + (hidden > 0 ? `; and ${hidden} more` : '');
}
