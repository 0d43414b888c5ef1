/**
 * The whole pipeline on one page: bytes, candidate lines, records, events, episodes, incidents. Everything that
 * a run remembers is made in `prepare`; every stage can be used alone.
 */
import {
  concat,
  concatWith,
  defer,
  EMPTY,
  filter,
  finalize,
  from,
  ignoreElements,
  interval,
  map,
  mergeMap,
  type Observable,
  of,
  tap,
} from 'rxjs';
import { createAssumedDates } from './correlate/assumed-dates.js';
import { createCorrelator } from './correlate/correlate.js';
import { correlateEvents } from './correlate/correlate-events.js';
import { createIdentities } from './correlate/identity.js';
import { createOrder } from './correlate/order.js';
import { createHistory, createResettable } from './correlate/replay.js';
import { DEFAULT_LIMITS } from './correlate/types.js';
import { createDiagnoser } from './diagnose/diagnose.js';
import { diagnoseEpisodes } from './diagnose/diagnose-episodes.js';
import { loadDefects } from './diagnose/load-defects.js';
import { signRulesOf } from './diagnose/sign-rules.js';
import type { Incident, Report, Summary } from './diagnose/types.js';
import { createClock } from './envelope/clock.js';
import { createEnvelopeParser } from './envelope/parse.js';
import { createSampler, type SampledEnd } from './envelope/sampler.js';
import type { LogRecord } from './envelope/types.js';
import { divertDocuments } from './evidence/divert-documents.js';
import { createDocuments } from './evidence/documents.js';
import { createHolding } from './evidence/holding.js';
import { createLongRecords } from './evidence/log-file/long-records.js';
import { loadSignatures } from './evidence/signature/load-signatures.js';
import { createTraceGatherer } from './evidence/trace/trace-gatherer.js';
import { BLOCK_LITERALS } from './evidence/trace/trace-literals.js';
import { type ByteStream, fromStream, type InputProblem, type Inputs, openInputs } from './ingest/index.js';
import { type Read, readInputs } from './ingest/read-inputs.js';
import { loadPatterns } from './match/load.js';
import { createMatcher } from './match/match.js';
import type { Problem } from './match/problem.js';
import type { LogEvent } from './match/types.js';
import { countNewlines } from './scan/newline-count.js';
import { scanCandidates } from './scan/scan-candidates.js';
import type { ScanCounts } from './scan/types.js';

export interface AnalyzeOptions {
  /** Directories with YAML patterns of your own, beside the built-in ones. */
  readonly patterns?: readonly string[];
  /** Zone of lines that state none: an IANA name or `+08:00`. Default: what other lines show, else this machine's. */
  readonly tz?: string | null;
  /** Suspected incidents, too: one "using the force" line is one. Default false. */
  readonly all?: boolean;
  /** Updates while the input runs. Default: true where an input is a stream. */
  readonly live?: boolean;
  /** Stops reading; what was read is reported. */
  readonly signal?: AbortSignal;
  /** Wall clock, ms since the epoch. Default Date.now. */
  readonly now?: () => number;
  /** Waited for between two pieces of input: back-pressure of whoever takes the reports. */
  readonly ready?: () => Promise<void> | undefined;
  /** Told what is wrong with a pattern file; the rest keeps working. */
  readonly onPatternProblem?: (problem: Problem) => void;
  readonly onNotice?: (text: string) => void;
  /** Told how far the reading is, after every piece. */
  readonly onProgress?: (counts: Readonly<ScanCounts>) => void;
}

/** What `analyze` reads: paths or globs, or a stream of a log's bytes. */
export type AnalyzeSource = string | readonly string[] | ByteStream;

/** Lateness that a live stream is always granted, event-time ms. */
const LATENESS_MS = 5_000;
/** How long a live event waits for others to arrive, wall-clock ms. */
const HOLD_MS = 1_000;
const TICK_MS = 1_000;

/**
 * Reads logs and emits incidents: while a stream runs, each when it opens, escalates, is resolved or ends (the
 * same `id` again is an update), and at the end every one once in its final state. Unreadable inputs do not
 * stop the others; use `analyzeReports` to see them in the summary.
 */
export function analyze(source: AnalyzeSource, options: AnalyzeOptions = {}): Observable<Incident> {
  return defer(() => from(inputsOf(source, options.signal))).pipe(
    mergeMap((inputs) =>
      analyzeReports(inputs, options).pipe(finalize(() => inputs.dispose?.().catch(() => undefined))),
    ),
    mergeMap((report) => ('incident' in report ? [report.incident] : [])),
  );
}

/** The same with the summary as the last report. */
export function analyzeReports(inputs: Inputs, options: AnalyzeOptions = {}): Observable<Report> {
  return defer(() => from(prepare(inputs, options))).pipe(mergeMap((run) => reports(inputs, run, options)));
}

async function inputsOf(source: AnalyzeSource, signal: AbortSignal | undefined): Promise<Inputs> {
  const stop = signal === undefined ? {} : { signal };
  if (typeof source === 'string') return openInputs([source], stop);
  if (Array.isArray(source)) return openInputs(source as readonly string[], stop);
  return openInputs(['-'], { ...stop, stdin: () => fromStream(source as ByteStream), awaitPipe: true });
}

async function prepare(inputs: Inputs, options: AnalyzeOptions) {
  const [library, defects, signatures] = await Promise.all([
    loadPatterns(options.patterns),
    loadDefects(),
    loadSignatures(),
  ]);
  for (const problem of library.problems) options.onPatternProblem?.(problem);
  for (const notice of library.notices) options.onNotice?.(notice);
  const modified = new Map(
    inputs.groups.flatMap((group) => group.sources.map((s) => [s.name, s.modified] as const)),
  );
  const now = options.now ?? Date.now;
  const clock = createClock({
    tz: options.tz ?? null,
    systemOffset: (utcMs) => -new Date(utcMs).getTimezoneOffset(),
    now,
    fileDate: (source) => modified.get(source) ?? null,
  });
  const rules = signRulesOf(defects.values());
  const correlator = createResettable(() => createCorrelator(createIdentities(), DEFAULT_LIMITS, rules));
  return {
    matcher: createMatcher(library, library.compileLinear),
    clock,
    now,
    parser: createEnvelopeParser(),
    order: createOrder({ ...DEFAULT_LIMITS, clock, latenessMs: LATENESS_MS }),
    correlator,
    signatures,
    diagnoser: createDiagnoser(defects, correlator),
    live:
      options.live ?? inputs.groups.some((group) => group.sources.some((source) => source.kind === 'stream')),
  };
}

type Run = Awaited<ReturnType<typeof prepare>>;

function reports(inputs: Inputs, run: Run, options: AnalyzeOptions): Observable<Report> {
  const { clock, correlator, matcher, order, parser } = run;
  const counts: ScanCounts = { bytes: 0, lines: 0, candidates: 0, truncatedLines: 0, truncatedBytes: 0 };
  const problems: InputProblem[] = [...inputs.problems];
  const shown: Record<string, number> = {};
  const frontiers = new Map<string, number>();
  const ends: SampledEnd[] = [];
  let events = 0;
  let hidden: readonly Incident[] = [];
  const bundleOf = new Map(
    inputs.groups.flatMap(({ sources }) => sources.map((source) => [source.name, source.bundle] as const)),
  );
  const holding = createHolding({
    signatures: run.signatures,
    book: (item, node) => correlator.pushEvidence(item, node),
    timeOf: (record) => {
      const time = clock.resolve(record);
      return time && { at: time.at, assumed: time.basis === 'assumed' };
    },
    hostOf: (bundle) => {
      const hosts = new Set(
        ends.filter(({ source }) => bundleOf.get(source)?.name === bundle).map(({ node }) => node),
      );
      hosts.delete('');
      return hosts.size === 1 ? ([...hosts][0] ?? null) : null;
    },
    live: run.live,
  });
  const documents = createDocuments(holding.document);
  const traces = createTraceGatherer({
    onEvidence: (item, record) => {
      documents.seen(item);
      holding.trace(item, record);
    },
    onProblem: documents.problem,
  });
  const longRecords = createLongRecords({
    onEvidence: (item) => {
      documents.seen(item);
      const bundle = bundleOf.get(item.source);
      holding.document(item, bundle?.host ?? null, bundle?.name ?? null);
    },
    live: run.live,
  });
  const sample = createSampler(clock, ends);
  const dates = createAssumedDates(clock);

  /** Every record is learned from before any is dated: the clock needs the whole of a batch. */
  const recognise = (records: readonly LogRecord[]): LogEvent[] => {
    for (const record of records) clock.learn(record);
    for (const record of records) traces.push(record);
    const batch = records.flatMap((record) => matcher.match(record));
    events += batch.length;
    const newest = batch.at(-1)?.record;
    const at = newest && clock.resolve(newest);
    if (at) frontiers.set(newest.source, at.at.ms);
    return batch;
  };

  const lines = readInputs(inputs, {
    frontier: (group) =>
      group.sources.reduce<number | null>(
        (at, s) => Math.max(at ?? -Infinity, frontiers.get(s.name) ?? -Infinity),
        null,
      ),
    onProblem: (problem) => problems.push(problem),
    ready: () => documents.settled() ?? options.ready?.(),
    signal: options.signal,
  }).pipe(
    divertDocuments<Read>({
      onReading: documents.take,
      onProblem: documents.problem,
      onOnlyDocument: (chunk) => {
        counts.bytes += chunk.length;
        counts.lines += countNewlines(
          Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length),
          0,
          chunk.length,
        );
      },
      pending: documents.pending,
    }),
    scanCandidates({
      ...matcher,
      blockLiterals: BLOCK_LITERALS,
      counts,
      onSample: sample,
      onLongLine: longRecords.take,
      onLineBehind: longRecords.behind,
      ticks: run.live ? interval(TICK_MS) : EMPTY,
    }),
  );
  const found = lines.pipe(
    tap(() => options.onProgress?.(counts)),
    // An empty batch is a tick: the stream is quiet, what was held back of half a message comes out.
    map((batch) => ({
      tick: batch.length === 0,
      records: batch.length === 0 ? parser.flush() : batch.flatMap((line) => parser.parse(line)),
    })),
    concatWith(defer(() => of({ tick: false, records: parser.flush() }))),
    map(({ tick, records }) => ({ tick, batch: recognise(records) })),
    tap(({ tick }) => {
      if (tick) traces.quiet();
    }),
    concatWith(
      defer(() => {
        traces.flush();
        longRecords.end();
        return from(documents.settled() ?? Promise.resolve()).pipe(
          tap({ complete: () => holding.end() }),
          ignoreElements(),
        );
      }),
    ),
    filter(({ tick, batch }) => tick || batch.length > 0),
    map(({ batch }) => batch),
  );
  const incidents = found.pipe(
    correlateEvents({
      order,
      correlator,
      history: createHistory({ events: DEFAULT_LIMITS.heldEvents, text: DEFAULT_LIMITS.heldText }),
      outdated: (all) => dates.changed(all),
      live: run.live,
      now: run.now,
      holdMs: HOLD_MS,
      reached: () => ends.map(({ node, ms }) => ({ node, ms: ms() })),
    }),
    diagnoseEpisodes({
      diagnoser: run.diagnoser,
      all: () => correlator.all(),
      suspected: options.all ?? false,
      onHidden: (incidents) => {
        hidden = incidents;
      },
    }),
    tap(({ incident, final }) => {
      if (final) shown[incident.defect] = (shown[incident.defect] ?? 0) + 1;
    }),
  );
  const summary = defer((): Observable<Report> => of({ summary: summarise() }));
  return concat(incidents, summary);

  /** What the caps made the correlator forget. */
  function forgotten(): Summary['evidenceProblems'] {
    const lost = [
      [correlator.evidence.dropped, 'profiles, dumps or panics beyond the cap of 256'],
      [longRecords.dropped, 'long records of containers’ log streams beyond the cap of 256'],
      [
        correlator.facts.dropped,
        'facts of nodes (versions, restarts, kernel trouble) beyond the cap of 1,024',
      ],
    ] as const;
    return lost.flatMap(([count, what]) =>
      count === 0 ? [] : [{ source: 'all inputs', line: null, reason: `${count} ${what} were forgotten` }],
    );
  }

  function summarise(): Summary {
    return {
      type: 'summary',
      schema: 1,
      ...counts,
      events,
      unreadable: problems.length + documents.unreadable.length,
      suppressed: correlator.suppressed,
      incidents: shown,
      suspected: hidden.length,
      notShown: hidden.filter(isOfDaemon).slice(0, NOT_SHOWN).map(reasonOf),
      unknownEnvelopes: parser.counts.unknownEnvelopes,
      droppedPartialBytes: parser.counts.droppedPartialBytes,
      lateEvents: order.lateEvents,
      evictedContainers: correlator.evicted,
      problems: [
        ...problems,
        ...documents.unreadable.map(({ source, line, reason }) => ({
          source: line === null ? source : `${source}:${line}`,
          reason,
        })),
      ],
      documents: documents.read,
      moreDocuments: documents.more,
      evidenceProblems: [...documents.problems, ...forgotten()],
      moreEvidenceProblems: documents.moreProblems,
      skipped: inputs.skipped ?? [],
      growth: documents
        .grown()
        .map(({ program, measure, name, values }) => ({ program, measure, name, values })),
    };
  }
}

/** Suspected incidents whose reason the summary tells: a single force line is no news, a doubt about a daemon is. */
const NOT_SHOWN = 8;

function isOfDaemon({ containers, defect }: Incident): boolean {
  return containers.length === 0 && defect !== 'runtime-unresponsive';
}

function reasonOf({ defect, node, why }: Incident): Summary['notShown'][number] {
  return { defect, node, why };
}
