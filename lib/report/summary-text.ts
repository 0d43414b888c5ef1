/**
 * The end of the report: how far the trouble reaches, what was read, and what was not or could not be.
 * A reader must be able to tell "nothing happened" from "nothing was seen".
 */
import type { Incident, Summary } from '../diagnose/types.js';
import { blastRadius } from './overview.js';
import type { Paint } from './paint.js';
import { printable } from './printable.js';
import { count, counted, inputSize, memorySize } from './quantity.js';
import { section } from './section.js';
import { duration, timeSpan } from './time.js';
import { wrapWords } from './wrap.js';

/** What the input covered, where the caller knows it. Times are UTC. */
export interface Coverage {
  readonly from: string | null;
  readonly to: string | null;
  /** What was not in the input, one phrase each: "kernel messages", "heap profile of dockerd". */
  readonly missing: readonly string[];
}

const inputsNamed = 10;
const growthTold = 6;

export function summaryLines(
  shown: readonly Incident[],
  hidden: number,
  summary: Summary,
  coverage: Coverage | null,
  width: number,
  paint: Paint,
): string[] {
  const caveats = caveatTexts(summary, hidden);
  const intact = caveats.length === 0 ? '; nothing cut, lost or unreadable' : '';
  return [
    ...section('SEEN', shown.length === 0 ? [] : [blastRadius(shown)], width, paint),
    ...section('READ', [`${readText(summary, coverage)}${intact}`, ...documentTexts(summary)], width, paint),
    ...section('GROWS', growthTexts(summary), width, paint),
    ...section('CAVEAT', caveats, width, paint),
  ];
}

/** Says that nothing is open, and at once how little that may mean. */
export function nothingOpenLines(
  closed: number,
  summary: Summary,
  coverage: Coverage | null,
  { fromStart, paint, width }: { readonly fromStart: boolean; readonly width: number; readonly paint: Paint },
): string[] {
  const finding =
    closed === 0
      ? `Nothing open found in ${inputSize(summary.bytes)}, ${counted(summary.lines, 'line')}.`
      : `Nothing open: ${closed === 1 ? 'the one incident below is over' : `all ${closed} incidents below are over`}.`;
  return [
    ...wrapWords(finding, width, '', ''),
    ...section('NOTE', [meaningOfNothing(summary, coverage, closed, fromStart)], width, paint),
  ];
}

function meaningOfNothing(
  summary: Summary,
  coverage: Coverage | null,
  closed: number,
  fromStart: boolean,
): string {
  const { bytes, lines, candidates, events, documents, older, suspected } = summary;
  if (lines === 0 && bytes === 0 && documents.length === 0)
    return `${emptiness(summary, fromStart)}, so nothing could be judged: this is not a sign of health.`;
  if (events === 0 && older !== undefined && older.count > 0) {
    const newest =
      older.newest === null ? '' : `; the newest is of ${timeSpan(older.newest, older.newest, 0)}`;
    return `What leaktrail knows of it, ${counted(older.count, 'line')}, is older than --since${newest}. This is not a sign of health.`;
  }
  if (events === 0 && documents.length > 0) {
    if (suspected > 0)
      return `${counted(suspected, 'incident')} suspected: --all shows what speaks for it and what would decide. This is not a sign of health.`;
    if (closed > 0)
      return 'What is told below is of the past; whether it comes again is told by its checks, and not by these documents.';
    return 'Nothing in the documents shows a defect that leaktrail knows, at the moment they are of; this says nothing about what the node does between two looks.';
  }
  if (events === 0) {
    const near =
      candidates === 0 ? 'None of its lines' : `None of its ${counted(candidates, 'candidate line')}`;
    return `${near} is a message of dockerd, containerd, CRI-O, the kubelet or the kernel that leaktrail knows: is it the right log? This is not a sign of health.`;
  }
  const missing = coverage?.missing ?? [];
  const lacking =
    missing.length > 0
      ? `Not in the input: ${missing.map((phrase) => printable(phrase, 200)).join('; ')}.`
      : 'A log shows stuck stops and crashes; leaks without a message show only in a profile, a goroutine dump or the configuration.';
  return `This speaks for these lines and their time only, not for the health of the node. ${lacking}`;
}

function emptiness(
  { followed = false, unfinishedBytes = 0, unreadable }: Summary,
  fromStart: boolean,
): string {
  if (unfinishedBytes > 0)
    return `Nothing but ${inputSize(unfinishedBytes)} without the end of a line was there to be read`;
  if (!followed) return unreadable > 0 ? 'Nothing of it could be read' : 'The input was empty';
  if (unreadable > 0)
    return 'Nothing was read of what is followed: not all of it could be read, and nothing was added to the rest';
  return fromStart
    ? 'What is followed was empty, or not there, and nothing was added to it'
    : 'Nothing was read of what is followed: nothing was added to it, and what was there before is read with --from-start or --since 2h';
}

/** What each document was taken for: a reader must see whether it was understood. */
function documentTexts({ documents, moreDocuments }: Summary): string[] {
  const named = documents
    .slice(0, inputsNamed)
    .map(
      ({ source, what }) =>
        `${printable(source, 200)}: ${what.map((text) => printable(text, 200)).join('; ')}`,
    );
  const rest = documents.length - named.length + moreDocuments;
  return [...named, ...(rest > 0 ? [`and ${counted(rest, 'more document')}`] : [])];
}

/** What several profiles have in common: growth in every one, whether or not a known defect explains it. */
function growthTexts({ growth }: Summary): string[] {
  return growth.slice(0, growthTold).map(({ program, measure, name, values }) => {
    const ofHeap = measure === 'inuse_space';
    const figures = values.map((value) => (ofHeap ? memorySize(value) : count(value))).join(' -> ');
    const what = ofHeap ? 'heap in use' : measure === 'counter' ? 'counted' : 'goroutines';
    return `${what}${program === null ? '' : ` of ${printable(program, 40)}`}: ${figures} in ${printable(name, 160)}`;
  });
}

function readText({ bytes, lines, candidates, events }: Summary, coverage: Coverage | null): string {
  const size = inputSize(bytes);
  const base = bytes >= 1000 ? ' (1 kB = 1,000 bytes)' : '';
  const span =
    coverage === null || (coverage.from === null && coverage.to === null)
      ? ''
      : `, ${timeSpan(coverage.from, coverage.to, null)}`;
  return `${size}${base}, ${counted(lines, 'line')}${span}; ${counted(candidates, 'candidate line')}, ${counted(events, 'event')}`;
}

function caveatTexts(summary: Summary, hidden: number): string[] {
  const { truncatedLines, truncatedBytes, suppressed, unreadable, problems } = summary;
  const suspected = Math.max(hidden, summary.suspected);
  return [
    ...unreadableTexts(unreadable, problems),
    ...evidenceTexts(summary),
    ...skippedTexts(summary),
    suppressed > 0 ? `${counted(suppressed, 'line')} lost before it came here: the log says so itself` : '',
    summary.lostBytes > 0
      ? `${inputSize(summary.lostBytes)} of followed files were gone before they could be read`
      : '',
    summary.unknownLosses > 0
      ? `${counted(summary.unknownLosses, 'time')} something of a followed file or journal was lost, of unknown size`
      : '',
    ...summary.losses
      .slice(0, inputsNamed)
      .map(({ source, reason }) => `  ${printable(source, 200)}: ${printable(reason, 300)}`),
    ...summary.silent
      .slice(0, inputsNamed)
      .map(
        ({ source, seconds }) =>
          `${printable(source, 200)} has been silent for ${duration(seconds)}: is its writer stuck?`,
      ),
    truncatedLines > 0
      ? `${counted(truncatedLines, 'line')} cut at the limit, ${inputSize(truncatedBytes)} beyond it not looked at`
      : '',
    summary.droppedPartialBytes > 0
      ? `${inputSize(summary.droppedPartialBytes)} of partial lines not joined`
      : '',
    summary.evictedContainers > 0
      ? `${counted(summary.evictedContainers, 'container')} dropped at the cap on tracked containers: incidents may be missing`
      : '',
    summary.unknownEnvelopes > 0
      ? `${counted(summary.unknownEnvelopes, 'candidate line')} in an unknown format: time and host may be missing`
      : '',
    summary.lateEvents > 0
      ? `${counted(summary.lateEvents, 'event')} came later than the allowed lateness: order may be wrong`
      : '',
    suspected > 0
      ? `${counted(suspected, 'suspected incident')} not shown: --all shows ${suspected === 1 ? 'it' : 'them'}`
      : '',
    ...summary.notShown
      .slice(0, inputsNamed)
      .map(({ defect, why }) => `  ${defect}: ${printable(why.slice(0, 3).join('. '), 500)}`),
  ].filter((text) => text !== '');
}

function evidenceTexts({ evidenceProblems, moreEvidenceProblems }: Summary): string[] {
  const named = evidenceProblems.slice(0, inputsNamed).map(({ source, line, reason }) => {
    const where = line === null ? source : `${source}:${line}`;
    return `${printable(where, 200)}: ${printable(reason, 300)}`;
  });
  const rest = evidenceProblems.length - named.length + moreEvidenceProblems;
  return [...named, ...(rest > 0 ? [`and ${rest} more of that kind`] : [])];
}

function skippedTexts({ skipped }: Summary): string[] {
  const total = skipped.reduce((sum, { count: members }) => sum + members, 0);
  if (total === 0) return [];
  const named = skipped
    .slice(0, inputsNamed)
    .map(
      ({ source, reason, count: members }) =>
        `  ${printable(source, 200)}: ${members > 1 ? `${members} x ` : ''}${printable(reason, 200)}`,
    );
  const rest = skipped.length - named.length;
  return [
    `${counted(total, 'member')} of the bundle not read:`,
    ...named,
    ...(rest > 0 ? [`  and ${rest} more reasons (--format ndjson has every one)`] : []),
  ];
}

function unreadableTexts(unreadable: number, problems: Summary['problems']): string[] {
  const number = Math.max(unreadable, problems.length);
  if (number === 0) return [];
  const named = problems
    .slice(0, inputsNamed)
    .map(({ source, reason }) => `  ${printable(source, 200)}: ${printable(reason, 200)}`);
  const rest = problems.length - named.length;
  return [
    `${counted(number, 'input')} could not be read (to the end):`,
    ...named,
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ];
}
