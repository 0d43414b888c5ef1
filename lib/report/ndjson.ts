/**
 * One JSON object a line, in the published field order (docs/schema/incident.schema.json), in plain ASCII:
 * no byte of a log can reach a terminal.
 */
import type { Incident, Leak, Range, Summary } from '../diagnose/types.js';
import { asciiJson } from './ascii-json.js';

export interface NdjsonReporterOptions {
  /** Write suspected incidents, too. Default false. */
  readonly all?: boolean;
}

export interface NdjsonReporter {
  /** One line ending in a newline, or '' for an incident that is not to be shown. */
  update(incident: Incident): string;
  /** The last line of all. */
  summary(summary: Summary): string;
  /** Every incident once in its final state, then the summary, each on its line. */
  final(incidents: readonly Incident[], summary: Summary): string;
}

export function createNdjsonReporter({ all = false }: NdjsonReporterOptions = {}): NdjsonReporter {
  const incidentLine = (incident: Incident): string =>
    all || incident.certainty !== 'suspected' ? line(orderedIncident(incident), countsOf(incident)) : '';
  const summaryLine = (summary: Summary): string => line(orderedSummary(summary), summary);
  return {
    update: incidentLine,
    summary: summaryLine,
    final: (incidents, summary) => incidents.map(incidentLine).join('') + summaryLine(summary),
  };
}

/** `counts`: where its numbers are. */
function line(value: Incident | Summary, counts: object): string {
  // Nearly always so, and asked for each value by JSON.stringify itself it would take most of the time.
  return `${isFiniteThroughout(counts) ? asciiJson(value) : asciiJson(value, finiteOnly)}\n`;
}

/** All of its numbers but those of lines, which were counted: to look for them among its texts takes its time. */
function countsOf({ attempts, intervalSeconds, leak, utcOffsetMinutes }: Incident): object {
  return { attempts, intervalSeconds, leak, utcOffsetMinutes };
}

function isFiniteThroughout(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  for (const key in value) if (!isFiniteThroughout((value as Record<string, unknown>)[key])) return false;
  return true;
}

// JSON knows no infinity and would write null, which the schema does not allow for a count.
function finiteOnly(_key: string, value: unknown): unknown {
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  if (Number.isNaN(value)) return 0;
  return value > 0 ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER;
}

function orderedIncident(incident: Incident): Incident {
  const { pod, leak } = incident;
  return {
    type: 'incident',
    schema: 1,
    id: incident.id,
    defect: incident.defect,
    state: incident.state,
    certainty: incident.certainty,
    node: incident.node,
    pod: pod === null ? null : { namespace: pod.namespace, name: pod.name, uid: pod.uid },
    containers: incident.containers.map(({ id, name, kind }) => ({ id, name, kind })),
    attempts: incident.attempts,
    attemptsAtLeast: incident.attemptsAtLeast,
    firstSeen: incident.firstSeen,
    lastSeen: incident.lastSeen,
    intervalSeconds: incident.intervalSeconds,
    mechanism: incident.mechanism,
    rootCause: incident.rootCause,
    rootCauseBasis: incident.rootCauseBasis,
    versions: incident.versions,
    affected: incident.affected,
    affectedBasis: incident.affectedBasis,
    leak: leak === null ? null : orderedLeak(leak),
    evidence: incident.evidence.map(({ time, source, part, line: number, text, pattern }) => ({
      time,
      source,
      ...(part !== undefined && { part }),
      line: number,
      text,
      pattern,
    })),
    fix: incident.fix,
    next: incident.next.map(({ title, command }) => ({ title, command })),
    endedAt: incident.endedAt,
    endedBy: incident.endedBy,
    why: incident.why,
    rules: incident.rules,
    mitigations: incident.mitigations.map(({ title, when, command, risk, undo }) => ({
      title,
      when,
      command,
      risk,
      undo,
    })),
    gaps: incident.gaps,
    utcOffsetMinutes: incident.utcOffsetMinutes,
    fixNote: incident.fixNote,
    verify: incident.verify,
    title: incident.title,
    program: incident.program,
    differential: incident.differential.map(({ name, shares, decides }) => ({ name, shares, decides })),
  };
}

function orderedLeak({ goroutines, fds, bytes, perDay, basis }: Leak): Leak {
  return {
    ...orderedAmounts(goroutines, fds, bytes),
    perDay: perDay === null ? null : orderedAmounts(perDay.goroutines, perDay.fds, perDay.bytes),
    basis,
  };
}

function orderedAmounts(
  goroutines: Range,
  fds: Range,
  bytes: Range,
): Pick<Leak, 'goroutines' | 'fds' | 'bytes'> {
  const ordered = ({ min, max }: Range): Range => ({ min, max });
  return { goroutines: ordered(goroutines), fds: ordered(fds), bytes: ordered(bytes) };
}

function orderedSummary(summary: Summary): Summary {
  return {
    type: 'summary',
    schema: 1,
    bytes: summary.bytes,
    lines: summary.lines,
    candidates: summary.candidates,
    events: summary.events,
    truncatedLines: summary.truncatedLines,
    truncatedBytes: summary.truncatedBytes,
    unreadable: summary.unreadable,
    suppressed: summary.suppressed,
    incidents: summary.incidents,
    suspected: summary.suspected,
    unknownEnvelopes: summary.unknownEnvelopes,
    droppedPartialBytes: summary.droppedPartialBytes,
    lateEvents: summary.lateEvents,
    evictedContainers: summary.evictedContainers,
    lostBytes: summary.lostBytes,
    unknownLosses: summary.unknownLosses,
    losses: summary.losses.map(({ source, reason }) => ({ source, reason })),
    silent: summary.silent.map(({ source, seconds }) => ({ source, seconds })),
    problems: summary.problems.map(({ source, reason }) => ({ source, reason })),
    documents: summary.documents.map(({ source, what }) => ({ source, what })),
    moreDocuments: summary.moreDocuments,
    evidenceProblems: summary.evidenceProblems.map(({ source, line: at, reason }) => ({
      source,
      line: at,
      reason,
    })),
    moreEvidenceProblems: summary.moreEvidenceProblems,
    skipped: summary.skipped.map(({ source, reason, count }) => ({ source, reason, count })),
    notShown: summary.notShown.map(({ defect, node, why }) => ({ defect, node, why })),
    growth: summary.growth.map(({ program, measure, name, values }) => ({ program, measure, name, values })),
  };
}
