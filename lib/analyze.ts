/**
 * What reads logs and gives incidents, for a program that takes leaktrail as a library and for the command line. The
 * stages are made in lib/analysis/stages.ts, and put together in lib/analysis/pipeline.ts.
 */
import { defer, finalize, from, isObservable, mergeMap, type Observable } from 'rxjs';
import { pipeline } from './analysis/pipeline.js';
import { prepareStages } from './analysis/stages.js';
import type { Analysis, AnalyzeOptions } from './analysis/types.js';
import type { Incident, Report } from './diagnose/types.js';
import type { FollowedPiece } from './ingest/follow/types.js';
import { type ByteStream, fromStream, type Inputs, openInputs } from './ingest/index.js';

export type { Analysis, AnalyzeOptions, SavedRun } from './analysis/types.js';

/** What `analyze` reads: paths or globs, a stream of a log's bytes, or what `followFiles` or `followJournal` gives. */
export type AnalyzeSource = string | readonly string[] | ByteStream | Observable<FollowedPiece>;

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
  return pipeline(inputs, await prepareStages(inputs, options), options);
}
