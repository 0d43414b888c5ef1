/**
 * The pipeline of a run on one page: bytes, candidate lines, records, events, episodes, incidents, and what can be
 * asked of it while it goes on.
 */
import {
  concat,
  concatWith,
  defer,
  EMPTY,
  filter,
  from,
  ignoreElements,
  interval,
  map,
  merge,
  type Observable,
  of,
  tap,
} from 'rxjs';
import { createAssumedDates } from '../correlate/assumed-dates.js';
import { createBooking } from '../correlate/booking.js';
import { correlateEvents } from '../correlate/correlate-events.js';
import { createHistory, savedHistory } from '../correlate/history.js';
import type { Episode } from '../correlate/types.js';
import { diagnoseEpisodes, type HiddenIncident, openIncidents } from '../diagnose/diagnose-episodes.js';
import type { Report } from '../diagnose/types.js';
import { createLineTime } from '../envelope/line-time.js';
import { createSampler } from '../envelope/sampler.js';
import type { LogRecord } from '../envelope/types.js';
import { divertDocuments } from '../evidence/divert-documents.js';
import { BLOCK_LITERALS } from '../evidence/trace/trace-literals.js';
import { type Read, readInputs } from '../ingest/read-inputs.js';
import type { Inputs } from '../ingest/types.js';
import { loadPatterns } from '../match/load.js';
import { matcherOf } from '../match/match.js';
import type { LogEvent } from '../match/types.js';
import { countNewlines } from '../scan/newline-count.js';
import { createScanning } from '../scan/scan-candidates.js';
import type { ScanCounts } from '../scan/types.js';
import { gatherEvidence } from './gather-evidence.js';
import { LATENESS_MS, LIVE_HELD, type Stages } from './stages.js';
import { summarise } from './summary.js';
import type { Analysis, AnalyzeOptions } from './types.js';

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

export function pipeline(inputs: Inputs, run: Stages, options: AnalyzeOptions): Analysis {
  const { clock, correlator, following, live, memory, order, parser, progress } = run;
  const { counts, shown } = memory;
  let { matcher } = run;
  counts.problems.push(...inputs.problems);
  const scanned: ScanCounts = { bytes: 0, lines: 0, candidates: 0, truncatedLines: 0, truncatedBytes: 0 };
  const shownAtEnd: Record<string, number> = {};
  let hidden: readonly HiddenIncident[] = [];
  let dull = 0;
  const older = { count: 0, newestMs: Number.NEGATIVE_INFINITY };
  const sampler = createSampler(clock, memory.sampler);
  const { documents, holding, longRecords, traces } = gatherEvidence(inputs, run, sampler);
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
   * for lines that only say which pod an id is of: they count neither as taken nor as left out.
   */
  const isTaken = ({ pattern, record }: LogEvent): boolean => {
    if (options.sinceMs !== undefined && !following.isOld(record.source)) {
      const time = clock.resolve(record);
      if (time !== null && time.at.ms < options.sinceMs) {
        if (pattern.means === 'linked') return true;
        older.count += 1;
        older.newestMs = Math.max(older.newestMs, time.at.ms);
        return false;
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
    memory: scanning.memory,
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
    names: () => following.names,
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
