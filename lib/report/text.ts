/**
 * The report for people. `final` tells the finding first, then why, what to check, what to do and what proves it;
 * `update` tells in a few lines what just changed, while a log is followed.
 * Returns text and writes nothing: the caller owns the terminal.
 */
import type { Incident, Summary, Told } from '../diagnose/types.js';
import { ASSUMED_TIME } from '../diagnose/words.js';
import { blockLines } from './block.js';
import { changeWord } from './change.js';
import { groupIncidents } from './group.js';
import { headlineLines } from './headline.js';
import { blastRadius, groupTable } from './overview.js';
import { createPaint } from './paint.js';
import { printable } from './printable.js';
import { type OffsetOf, rowLines } from './rows.js';
import { type Coverage, nothingOpenLines, summaryLines } from './summary-text.js';
import { duration } from './time.js';
import { wrapWords } from './wrap.js';

export interface TextReporterOptions {
  /** ANSI colours. */
  readonly color: boolean;
  /** Terminal columns; below 40 counts as 40. Commands and paths may be longer: they are never broken. */
  readonly width: number;
  /** Show suspected incidents, too. */
  readonly all: boolean;
  /** `update` gives text; otherwise it gives '' and only the final report speaks. */
  readonly live: boolean;
  /** What is followed is read from its start: an empty report is not for want of that. Default false. */
  readonly fromStart?: boolean;
  /** Offset of a node's local time from UTC in minutes, for incidents that do not carry one. */
  readonly offsetOf?: (node: string | null) => number | null;
}

export interface TextReporter {
  /**
   * A few lines ending in a newline, or '' where there is nothing to show. `before`: what was said of it before;
   * `stillMs`: for how long it has been told to be open, where it is only said again.
   */
  update(incident: Incident, before?: Told | null, stillMs?: number | null): string;
  /** The whole report, ending in a newline. `coverage` names the time span and what was not in the input. */
  final(incidents: readonly Incident[], summary: Summary, coverage?: Coverage): string;
}

const narrowest = 40;
/** Above this many findings a table comes first. */
const tableAbove = 3;
/** Findings told as blocks, and lines of the table; what lies beyond is counted. */
const blocksTold = 20;
const tableRows = 200;

export function createTextReporter(options: TextReporterOptions): TextReporter {
  const width = Math.max(narrowest, Math.floor(options.width) || narrowest);
  const paint = createPaint(options.color);
  const offsetOf: OffsetOf = (incident) =>
    incident.utcOffsetMinutes ?? options.offsetOf?.(incident.node) ?? null;
  const isShown = (incident: Incident): boolean => options.all || incident.certainty !== 'suspected';

  return {
    update(incident, before = null, stillMs = null) {
      if (!options.live || !isShown(incident)) return '';
      const since = stillMs === null ? '' : ` after ${duration(Math.floor(stillMs / 60_000) * 60)}`;
      const word = changeWord(incident, before) + since;
      const group = { kind: 'subject', node: incident.node, incidents: [incident] } as const;
      const lines = [
        ...headlineLines(group, width, paint, `${paint.state(word, incident.state)}  `),
        ...rowLines([incident], offsetOf, width, paint),
        ...(incident.gaps.includes(ASSUMED_TIME)
          ? wrapWords(`Times: ${ASSUMED_TIME}`, width, ' ', '   ')
          : []),
        ...(incident.state === 'open' ? firstCheck(incident, width) : []),
      ];
      return `${lines.join('\n')}\n\n`;
    },

    final(incidents, summary, coverage) {
      const shown = incidents.filter(isShown);
      const groups = groupIncidents(shown);
      const parts: string[][] = [];
      if (!shown.some(({ state }) => state === 'open')) {
        const { fromStart = false } = options;
        parts.push(nothingOpenLines(shown.length, summary, coverage ?? null, { fromStart, width, paint }));
      }
      const withTable = groups.length > tableAbove;
      if (withTable) {
        const table = groupTable(groups.slice(0, tableRows), offsetOf, width, paint);
        const cut = groups.length > tableRows ? [`and ${groups.length - tableRows} more`] : [];
        parts.push([...wrapWords(blastRadius(shown), width, '', ''), '', ...table, ...cut]);
      }
      const said = new Map<string, string>();
      for (const [index, group] of groups.slice(0, blocksTold).entries()) {
        parts.push(blockLines(group, { width, paint, offsetOf, said, number: withTable ? index + 1 : null }));
      }
      if (groups.length > blocksTold) {
        const told = `The first ${blocksTold} of ${groups.length} findings are told here; --format ndjson has every one.`;
        parts.push(wrapWords(told, width, '', ''));
      }
      parts.push(
        summaryLines(shown, incidents.length - shown.length, summary, coverage ?? null, width, paint),
      );
      return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
    },
  };
}

function firstCheck({ next }: Incident, width: number): string[] {
  const [step] = next;
  if (step === undefined) return [];
  const command = step.command === null ? [] : [`   ${printable(step.command, 4096)}`];
  return [...wrapWords(`Check: ${printable(step.title, 400)}`, width, ' ', '   '), ...command];
}
