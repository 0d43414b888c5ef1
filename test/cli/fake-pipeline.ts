/** Reports without logs, for tests of what the command line makes of them. */
import { type Observable, of } from 'rxjs';
import { newRunMemory } from '../../lib/analysis/memory.js';
import type { AnalyzeOptions } from '../../lib/analyze.js';
import type { CreateAnalysis } from '../../lib/cli/analyze-command.js';
import type { Tools } from '../../lib/cli/run.js';
import type { Incident, Report, Summary } from '../../lib/diagnose/types.js';
import type { Inputs } from '../../lib/ingest/types.js';

export function incident(fields: Partial<Incident> = {}): Incident {
  return {
    type: 'incident',
    schema: 1,
    id: 'stuck-stop-a9acd5210705-1',
    defect: 'stuck-stop',
    state: 'open',
    certainty: 'confirmed',
    node: 'node1',
    pod: null,
    containers: [{ id: 'a9acd5210705', name: null, kind: 'container' }],
    attempts: 3,
    attemptsAtLeast: false,
    firstSeen: '2023-05-01T16:10:24Z',
    lastSeen: '2023-05-01T16:12:58Z',
    intervalSeconds: 22,
    mechanism: 'unknown',
    rootCause: null,
    rootCauseBasis: null,
    versions: {},
    affected: 'unknown',
    affectedBasis: 'no version seen',
    leak: null,
    evidence: [],
    fix: {},
    next: [],
    endedAt: null,
    endedBy: null,
    why: [],
    rules: [],
    mitigations: [],
    gaps: [],
    utcOffsetMinutes: null,
    fixNote: null,
    verify: null,
    title: 'A container cannot be stopped',
    program: null,
    differential: [],
    ...fields,
  };
}

export function summary(fields: Partial<Summary> = {}): Summary {
  return {
    type: 'summary',
    schema: 1,
    bytes: 100,
    lines: 2,
    candidates: 1,
    events: 1,
    truncatedLines: 0,
    truncatedBytes: 0,
    unreadable: 0,
    suppressed: 0,
    incidents: {},
    suspected: 0,
    unknownEnvelopes: 0,
    droppedPartialBytes: 0,
    lateEvents: 0,
    evictedContainers: 0,
    lostBytes: 0,
    unknownLosses: 0,
    losses: [],
    silent: [],
    problems: [],
    documents: [],
    moreDocuments: 0,
    evidenceProblems: [],
    moreEvidenceProblems: 0,
    skipped: [],
    notShown: [],
    growth: [],
    ...fields,
  };
}

/** Tools whose pipeline gives these reports at once. */
export function reporting(...reports: Report[]): Tools {
  return pipeline(() => of(...reports));
}

export function pipeline(analyze: (inputs: Inputs, options: AnalyzeOptions) => Observable<Report>): Tools {
  const loaded: CreateAnalysis = async (inputs, options) => ({
    reports: analyze(inputs, options),
    open: () => [],
    sources: async () => [],
    names: () => [],
    save: () => ({ sources: [], memory: newRunMemory() }),
    reload: async () => [],
  });
  return { loadPipeline: () => Promise.resolve(loaded) };
}
