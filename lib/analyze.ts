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
  isObservable,
  map,
  merge,
  mergeMap,
  type Observable,
  of,
  tap,
} from 'rxjs';
import { createFollowing, type SourceStanding } from './analysis/following.js';
import { newRunMemory, type RunMemory } from './analysis/memory.js';
import { createProgress } from './analysis/progress.js';
import { summarise } from './analysis/summary.js';
import { createAssumedDates } from './correlate/assumed-dates.js';
import { createBooking } from './correlate/booking.js';
import { createCorrelator } from './correlate/correlate.js';
import { correlateEvents } from './correlate/correlate-events.js';
import { createHistory, savedHistory } from './correlate/history.js';
import { createOrder } from './correlate/order.js';
import { createRewindable } from './correlate/rewind.js';
import { DEFAULT_LIMITS, type Episode } from './correlate/types.js';
import { createDiagnoser } from './diagnose/diagnose.js';
import { diagnoseEpisodes, type HiddenIncident, openIncidents } from './diagnose/diagnose-episodes.js';
import { loadDefects } from './diagnose/load-defects.js';
import { signRulesOf } from './diagnose/sign-rules.js';
import type { Incident, Report } from './diagnose/types.js';
import { createClock } from './envelope/clock.js';
import { createLineTime } from './envelope/line-time.js';
import { createEnvelopeParser } from './envelope/parse.js';
import { createSampler } from './envelope/sampler.js';
import type { LogRecord } from './envelope/types.js';
import { divertDocuments } from './evidence/divert-documents.js';
import { createDocuments } from './evidence/documents.js';
import { createHolding } from './evidence/holding.js';
import { createLongRecords } from './evidence/log-file/long-records.js';
import { loadSignatures } from './evidence/signature/load-signatures.js';
import { createTraceGatherer } from './evidence/trace/trace-gatherer.js';
import { BLOCK_LITERALS } from './evidence/trace/trace-literals.js';
import type { FollowedPiece, SavedSource } from './ingest/follow/types.js';
import { type ByteStream, fromStream, type Inputs, openInputs } from './ingest/index.js';
import { type Read, readInputs } from './ingest/read-inputs.js';
import { loadPatterns } from './match/load.js';
import { matcherOf } from './match/match.js';
import type { Problem } from './match/problem.js';
import type { LogEvent } from './match/types.js';
import { countNewlines } from './scan/newline-count.js';
import { createScanning } from './scan/scan-candidates.js';
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
  /** Waited for between two pieces of input, and two incidents at the end: back-pressure of whoever takes the reports. */
  readonly ready?: () => Promise<void> | undefined;
  /** Told what is wrong with a pattern file; the rest keeps working. */
  readonly onPatternProblem?: (problem: Problem) => void;
  readonly onNotice?: (text: string) => void;
  /** Told how far the reading is, after every piece. */
  readonly onProgress?: (counts: Readonly<ScanCounts>) => void;
  /** Lines before this time are left out, ms since the epoch, but not of sources that `saved` knows. */
  readonly sinceMs?: number;
  /** What an earlier run left: this one goes on from it. Null memory: only the positions of its sources are known. */
  readonly saved?: { readonly sources: readonly SavedSource[]; readonly memory: RunMemory | null };
  /** Told when a followed source is met for the first time: a good moment to save. */
  readonly onSources?: () => void;
  /** Waited for when all is read, before what is still held is taken to be the end. */
  readonly beforeEnd?: () => Promise<void>;
}

/** What `analyze` reads: paths or globs, a stream of a log's bytes, or what `followFiles` or `followJournal` gives. */
export type AnalyzeSource = string | readonly string[] | ByteStream | Observable<FollowedPiece>;

/** One run over its inputs. */
export interface Analysis {
  /** Subscribe once: that begins it. */
  readonly reports: Observable<Report>;
  /** What is open now. */
  open(): readonly Incident[];
  /** How far each followed source has been read. */
  sources(): Promise<readonly SourceStanding[]>;
  /** What the next run needs to go on from here, as things stand between two pieces of input. Not a copy. */
  save(): SavedRun;
  /** Reads the patterns again. Where one of them is wrong, all stay as they were. */
  reload(): Promise<readonly Problem[]>;
}

/** Plain data. */
export interface SavedRun {
  readonly sources: readonly SavedSource[];
  readonly memory: RunMemory;
}

/** Lateness of lines that is put right, ms of event time. */
const LATENESS_MS = 5_000;
/** Of a stream fewer events are held for their order than of files: it has to stay small for weeks. */
const LIVE_HELD = { heldEvents: 4_096, heldText: 4 * 1024 * 1024 } as const;
const TICK_MS = 1_000;
/** A live source that gives nothing for so long has said all it had to say, ms: what waits for more is told. */
const QUIET_MS = 20;
/** A pipe that is over so soon after its first event was no live log, ms: its report is all that is told. */
const PATIENCE_MS = 250;
/** A pipe that gives as much at once has more. */
const FULL_BYTES = 32 * 1024;
/** Ended incidents of a live run are remembered for so long, ms of wall clock. */
const REMEMBERED_MS = 24 * 3_600_000;
/** Ticks between two looks for what can be forgotten. */
const TICKS_BETWEEN_FORGETTING = 600;

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
  return defer(() => from(createAnalysis(inputs, options))).pipe(mergeMap(({ reports }) => reports));
}

async function inputsOf(source: AnalyzeSource, signal: AbortSignal | undefined): Promise<Inputs> {
  const stop = signal === undefined ? {} : { signal };
  if (isObservable(source)) return { groups: [], problems: [], followed: [() => source] };
  if (typeof source === 'string') return openInputs([source], stop);
  if (Array.isArray(source)) return openInputs(source as readonly string[], stop);
  return openInputs(['-'], { ...stop, stdin: () => fromStream(source as ByteStream), awaitPipe: true });
}

/** As `analyzeReports`, for whoever wants to save the run, to look into it, or to change its patterns. */
export async function createAnalysis(inputs: Inputs, options: AnalyzeOptions = {}): Promise<Analysis> {
  return assemble(inputs, await prepare(inputs, options), options);
}

async function prepare(inputs: Inputs, options: AnalyzeOptions) {
  const [library, defects, signatures] = await Promise.all([
    loadPatterns(options.patterns),
    loadDefects(),
    loadSignatures(),
  ]);
  for (const problem of library.problems) options.onPatternProblem?.(problem);
  for (const notice of library.notices) options.onNotice?.(notice);
  const memory = options.saved?.memory ?? newRunMemory();
  const { counts } = memory;
  const now = options.now ?? Date.now;
  const progress = createProgress();
  const following = createFollowing({
    inputs,
    saved: options.saved?.sources ?? [],
    progress,
    counts,
    now,
    onNotice: (text) => options.onNotice?.(text),
    onSources: () => options.onSources?.(),
    hooks: {
      ...(options.signal && { signal: options.signal }),
      frontier: ({ key }) => progress.of(key),
      ready: () => options.ready?.(),
    },
  });
  const modified = new Map(
    inputs.groups.flatMap((group) => group.sources.map((s) => [s.name, s.modified] as const)),
  );
  const clock = createClock(
    {
      tz: options.tz ?? null,
      systemOffset: (utcMs) => -new Date(utcMs).getTimezoneOffset(),
      now,
      fileDate: (source) => modified.get(source) ?? following.modified(source),
    },
    memory.clock,
  );
  const live =
    options.live ??
    (inputs.followed !== undefined ||
      inputs.groups.some((group) => group.sources.some((source) => source.kind === 'stream')));
  const rules = signRulesOf(defects.values());
  const correlator = createRewindable(
    (own, undo) => createCorrelator({ limits: DEFAULT_LIMITS, rules, memory: own, undo }),
    memory.correlator,
  );
  return {
    matcher: matcherOf(library),
    clock,
    now,
    progress,
    following,
    parser: createEnvelopeParser({}, memory.parser),
    order: createOrder(
      { ...(live ? LIVE_HELD : DEFAULT_LIMITS), clock, latenessMs: LATENESS_MS },
      memory.order,
    ),
    correlator,
    signatures,
    diagnoser: createDiagnoser(defects, correlator),
    memory,
    live,
  };
}

type Run = Awaited<ReturnType<typeof prepare>>;

function assemble(inputs: Inputs, run: Run, options: AnalyzeOptions): Analysis {
  const { clock, correlator, following, live, memory, order, parser, progress } = run;
  const { counts, shown } = memory;
  let { matcher } = run;
  counts.problems.push(...inputs.problems);
  const scanned: ScanCounts = { bytes: 0, lines: 0, candidates: 0, truncatedLines: 0, truncatedBytes: 0 };
  const shownAtEnd: Record<string, number> = {};
  let hidden: readonly HiddenIncident[] = [];
  let dull = 0;
  const older = { count: 0, newestMs: Number.NEGATIVE_INFINITY };
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
      const ofBundle = sampler.reached().filter(({ source }) => bundleOf.get(source)?.name === bundle);
      const hosts = new Set(ofBundle.map(({ node }) => node).filter((node) => node !== ''));
      return hosts.size === 1 ? ([...hosts][0] ?? null) : null;
    },
    live,
  });
  const documents = createDocuments(holding.document, memory.documents);
  const traces = createTraceGatherer(
    {
      onEvidence: (item, record) => {
        documents.seen(item);
        holding.trace(item, record);
      },
      onProblem: documents.problem,
    },
    memory.traces,
  );
  const longRecords = createLongRecords(
    {
      onEvidence: (item) => {
        documents.seen(item);
        const bundle = bundleOf.get(item.source);
        holding.document(item, bundle?.host ?? null, bundle?.name ?? null);
      },
      live,
    },
    memory.longRecords,
  );
  const sampler = createSampler(clock, memory.sampler);
  const lineTime = createLineTime(clock);
  const dates = createAssumedDates(clock, memory.dates);
  const scanning = createScanning(
    {
      ...matcher,
      blockLiterals: BLOCK_LITERALS,
      counts: scanned,
      onSample: sampler.sample,
      onLongLine: longRecords.take,
      onLineBehind: longRecords.behind,
      onLastLine: ({ key, name }, text, line) => {
        const ms = lineTime(name, text, line);
        if (ms !== null) progress.reached(key ?? name, ms);
      },
      ticks: live ? interval(TICK_MS) : EMPTY,
      ...(live && { quietMs: QUIET_MS }),
    },
    memory.scanning,
  );
  const booking = createBooking(
    {
      order,
      correlator,
      history: createHistory({ events: LIVE_HELD.heldEvents, text: LIVE_HELD.heldText }, memory.history),
      dates,
      live,
      now: run.now,
      latenessMs: LATENESS_MS,
      patienceMs: inputs.followed === undefined ? PATIENCE_MS : 0,
      behind: () => progress.isBehind,
      reachedMs: () => progress.reachedMs,
    },
    memory.booking,
  );
  const diagnosing = {
    diagnoser: run.diagnoser,
    all: () => correlator.all(),
    has: (episode: Episode) => correlator.has(episode),
    suspected: options.all ?? false,
    now: run.now,
  };

  /** Every record is learned from before any is dated: the clock needs the whole of a batch. */
  const recognise = (records: readonly LogRecord[]): LogEvent[] => {
    for (const record of records) clock.learn(record);
    for (const record of records) traces.push(record);
    const batch = records.flatMap((record) => matcher.match(record)).filter(isTaken);
    const newest = batch.at(-1)?.record;
    const at = newest && clock.resolve(newest);
    if (at) progress.reached(newest.source, at.at.ms);
    return batch;
  };

  /**
   * What was printed before the time that is asked for, in a file that is read from its start for it, is not taken, but
   * for lines that only say which pod an id is of.
   */
  const isTaken = ({ pattern, record }: LogEvent): boolean => {
    if (options.sinceMs !== undefined && !following.isOld(record.source)) {
      const time = clock.resolve(record);
      if (time !== null && time.at.ms < options.sinceMs) {
        older.count += 1;
        older.newestMs = Math.max(older.newestMs, time.at.ms);
        return pattern.means === 'linked';
      }
    }
    counts.events += 1;
    return true;
  };

  const reads = readInputs(inputs, {
    frontier: (group) =>
      group.sources.reduce<number | null>(
        (at, s) => Math.max(at ?? -Infinity, progress.of(s.name) ?? -Infinity),
        null,
      ),
    onProblem: (problem) => counts.problems.push(problem),
    ready: () => documents.settled() ?? options.ready?.(),
    signal: options.signal,
  }).pipe(
    tap(({ source, chunk }) => {
      if (chunk === null) progress.ended(source.name);
      else progress.read(source.name, source.kind === 'file' || chunk.length >= FULL_BYTES);
    }),
    divertDocuments<Read>({
      onReading: documents.take,
      onProblem: documents.problem,
      onOnlyDocument: (chunk) => {
        scanned.bytes += chunk.length;
        scanned.lines += countNewlines(
          Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length),
          0,
          chunk.length,
        );
      },
      pending: documents.pending,
    }),
  );
  const lines = merge(reads, following.pieces).pipe(
    scanning.operator,
    tap(() => options.onProgress?.(scanned)),
  );
  const found = lines.pipe(
    // An empty batch is a tick: the stream is quiet, what was held back of half a message comes out.
    map((batch) => ({
      tick: batch.length === 0,
      records: batch.length === 0 ? parser.flush() : batch.flatMap((line) => parser.parse(line)),
    })),
    // Everything was read: what is remembered now is what the next run goes on from.
    concatWith(defer(() => from(options.beforeEnd?.() ?? Promise.resolve()).pipe(ignoreElements()))),
    concatWith(defer(() => of({ tick: false, records: parser.flush() }))),
    map(({ tick, records }) => ({ tick, batch: recognise(records) })),
    tap(({ tick }) => {
      if (tick) onTick();
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
    correlateEvents({ correlator, booking, live, reached: sampler.reached }),
    diagnoseEpisodes(
      {
        ...diagnosing,
        ready: () => options.ready?.(),
        onHidden: (incidents, count) => {
          hidden = incidents;
          dull = count;
        },
      },
      shown,
    ),
    tap(({ incident, final }) => {
      if (final) shownAtEnd[incident.defect] = (shownAtEnd[incident.defect] ?? 0) + 1;
    }),
  );
  const summary = defer((): Observable<Report> => {
    const taken = scanning.countsNow();
    return of({
      summary: summarise({
        inputs,
        scanned: taken,
        unfinishedBytes: scanned.bytes - taken.bytes,
        older: {
          count: older.count,
          newest: older.count === 0 ? null : new Date(older.newestMs).toISOString(),
        },
        counts,
        unread: following.unread,
        silent: following.silent,
        documents,
        longRecords,
        parser,
        order,
        correlator,
        shown: shownAtEnd,
        hidden,
        dull,
      }),
    });
  });

  let ticks = 0;
  function onTick(): void {
    traces.quiet();
    following.tick();
    progress.tick();
    if (++ticks % TICKS_BETWEEN_FORGETTING === 0)
      counts.forgotten += correlator.forgetBefore(run.now() - REMEMBERED_MS, ({ id }) => !shown.has(id));
  }

  return {
    reports: concat(incidents, summary),
    open: () => openIncidents(diagnosing),
    sources: () => following.standing(),
    save() {
      scanning.remember();
      const { positions } = memory.scanning;
      return {
        sources: following.save((key) => positions.get(key)),
        memory: {
          ...memory,
          correlator: correlator.save(),
          history: correlator.hasEvidence ? { events: null, text: 0 } : savedHistory(memory.history),
        },
      };
    },
    async reload() {
      const library = await loadPatterns(options.patterns);
      if (library.problems.length > 0) return library.problems;
      matcher = matcherOf(library);
      scanning.use({ ...matcher, blockLiterals: BLOCK_LITERALS });
      return [];
    },
  };
}
