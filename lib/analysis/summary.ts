/** The summary of a run: what was read, what of it could not be used, and what was forgotten at a cap. */
import type { Correlator } from '../correlate/correlate.js';
import type { Order } from '../correlate/order.js';
import type { HiddenIncident } from '../diagnose/diagnose-episodes.js';
import type { OlderLines, Summary } from '../diagnose/types.js';
import type { EnvelopeParser } from '../envelope/parse.js';
import type { Documents } from '../evidence/documents.js';
import type { LongRecords } from '../evidence/log-file/long-records.js';
import type { InputProblem, Inputs } from '../ingest/types.js';
import type { ScanCounts } from '../scan/types.js';
import type { RunCounts } from './memory.js';

export interface SummaryParts {
  readonly inputs: Inputs;
  readonly scanned: ScanCounts;
  readonly counts: RunCounts;
  /** Names that are followed and could not be read, up to now. */
  readonly unread: readonly InputProblem[];
  /** Followed sources that have fallen silent. */
  readonly silent: Summary['silent'];
  /** Bytes of last lines that have not ended. */
  readonly unfinishedBytes: number;
  readonly older: OlderLines;
  readonly documents: Documents;
  readonly longRecords: LongRecords;
  readonly parser: EnvelopeParser;
  readonly order: Order;
  readonly correlator: Correlator;
  /** Incidents shown at the end, by defect. */
  readonly shown: Readonly<Record<string, number>>;
  /** Suspected incidents that were not shown. */
  readonly hidden: readonly HiddenIncident[];
  /** How many more there were that no diagnosis could make more of. */
  readonly dull: number;
}

/** Suspected incidents whose reason is told: a single force line is no news, a doubt about a daemon is. */
const NOT_SHOWN = 8;

export function summarise(parts: SummaryParts): Summary {
  const {
    counts,
    correlator,
    documents,
    dull,
    hidden,
    inputs,
    older,
    order,
    parser,
    scanned,
    shown,
    silent,
    unfinishedBytes,
    unread,
  } = parts;
  return {
    type: 'summary',
    schema: 1,
    ...scanned,
    events: counts.events,
    unreadable: counts.problems.length + unread.length + documents.unreadable.length,
    suppressed: correlator.suppressed,
    incidents: shown,
    suspected: hidden.length + dull,
    notShown: hidden.filter(isOfDaemon).slice(0, NOT_SHOWN).map(reasonOf),
    unknownEnvelopes: parser.counts.unknownEnvelopes,
    droppedPartialBytes: parser.counts.droppedPartialBytes,
    lateEvents: order.lateEvents,
    evictedContainers: correlator.evicted,
    lostBytes: counts.lostBytes,
    unknownLosses: counts.unknownLosses,
    losses: [...counts.losses, ...unnamed(counts)],
    followed: inputs.followed !== undefined,
    unfinishedBytes,
    older,
    silent,
    problems: [
      ...counts.problems,
      ...unread,
      ...documents.unreadable.map(({ source, line, reason }) => ({
        source: line === null ? source : `${source}:${line}`,
        reason,
      })),
    ],
    documents: documents.read,
    moreDocuments: documents.more,
    evidenceProblems: [...documents.problems, ...forgotten(parts)],
    moreEvidenceProblems: documents.moreProblems,
    skipped: inputs.skipped ?? [],
    growth: documents
      .grown()
      .map(({ program, measure, name, values }) => ({ program, measure, name, values })),
  };
}

function unnamed({ moreLosses }: RunCounts): InputProblem[] {
  return moreLosses === 0 ? [] : [{ source: 'all sources', reason: `${moreLosses} more losses` }];
}

/** What the caps made the correlator forget. */
function forgotten({ correlator, counts, longRecords }: SummaryParts): Summary['evidenceProblems'] {
  const lost = [
    [correlator.evidence.dropped, 'profiles, dumps or panics beyond the cap of 256'],
    [longRecords.dropped, 'long records of containers’ log streams beyond the cap of 256'],
    [correlator.facts.dropped, 'facts of nodes (versions, restarts, kernel trouble) beyond the cap of 1,024'],
    [counts.forgotten, 'incidents that had ended more than a day before'],
  ] as const;
  return lost.flatMap(([count, what]) =>
    count === 0 ? [] : [{ source: 'all inputs', line: null, reason: `${count} ${what} were forgotten` }],
  );
}

function isOfDaemon({ containers, defect }: HiddenIncident): boolean {
  return containers.length === 0 && defect !== 'runtime-unresponsive';
}

function reasonOf({ defect, node, why }: HiddenIncident): Summary['notShown'][number] {
  return { defect, node, why };
}
