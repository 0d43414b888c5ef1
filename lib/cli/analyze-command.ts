/**
 * The command `analyze`: opens the inputs, runs the pipeline, writes what it reports, and answers with the exit
 * code. A signal, or a reader that went away, ends the reading; the rest of the way is the same.
 */
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { Analysis, AnalyzeOptions } from '../analyze.js';
import type { Incident, Report, Summary } from '../diagnose/types.js';
import { reasonOf } from '../ingest/input-error.js';
import { openInputs } from '../ingest/open-inputs.js';
import type { Inputs } from '../ingest/types.js';
import { describeProblem } from '../match/problem.js';
import { createNdjsonReporter } from '../report/ndjson.js';
import { printable } from '../report/printable.js';
import { counted, inputSize } from '../report/quantity.js';
import { createTextReporter } from '../report/text.js';
import type { AnalyzeSettings } from './analyze-options.js';
import { wantsColor, widthOf } from './appearance.js';
import { exitCodeOf, FAILED, USAGE } from './exit-code.js';
import { NOTHING_TO_READ } from './help.js';
import type { Io } from './io.js';
import { listenToRequests } from './requests.js';
import { serve } from './serve.js';
import { type StatusLine, startStatusLine } from './status-line.js';
import { createStopping } from './stopping.js';
import { createTelling } from './telling.js';

export type CreateAnalysis = (inputs: Inputs, options: AnalyzeOptions) => Promise<Analysis>;

/** Behind a signal a slow reader of the report is waited for so long, ms; what is left of it is held then. */
const REPORT_MS = 1_000;
/** A long report lets others have their turn so often, ms: the save that may be under way, and the clock. */
const TURN_MS = 10;
/** A state is saved at least so often while something is read, ms. */
const SAVE_EVERY_MS = 5_000;

export async function analyzeCommand(
  settings: AnalyzeSettings,
  io: Io,
  loadPipeline: () => Promise<CreateAnalysis>,
): Promise<number> {
  const { all, follow } = settings;
  const names = settings.inputs.length === 0 && follow === null ? ['-'] : settings.inputs;
  if (names.includes('-') && io.stdinIsTerminal) {
    io.stderr.write(NOTHING_TO_READ);
    return USAGE;
  }
  // Both before anything else takes its time: a signal that nobody hears ends the process.
  const stop = createStopping(io, follow !== null);
  const requests = follow === null ? null : listenToRequests(io);
  let status: StatusLine | null = null;
  const warn = (text: string) => {
    status?.clear();
    io.stderr.write(`analyze: ${printable(text)}\n`);
  };
  io.stdout.onTrouble?.(warn);

  // Side by side: a pipe may keep its first line back for long, and loading takes its time, too.
  const [inputs, service, createAnalysis] = await Promise.all([
    openInputs(names, { signal: stop.signal, awaitPipe: follow === null }),
    follow && import('./service.js').then(({ openService }) => openService(follow, warn)),
    loadPipeline(),
  ]).catch((error: unknown) => {
    requests?.done();
    stop.done();
    throw error;
  });
  // At once, not only in the report: who mistyped a name should not wait for the other 100 GB.
  for (const { source, reason } of inputs.problems) warn(`${source}: ${reason}`);

  const live = service !== null || inputs.groups.some(({ sources }) => sources.some(isStream));
  const text = createTextReporter({
    color: wantsColor(settings.color, io),
    width: widthOf(settings.width, io),
    all,
    live,
    fromStart: follow?.from === 'start',
  });
  const ndjson = createNdjsonReporter({ all });
  const reporter = settings.format === 'ndjson' ? ndjson : text;

  /** For the file of `--output`. `told`: what is told on standard output, which may be the very same. */
  const linesFor = (told: string, make: () => string): string =>
    service?.file == null ? '' : reporter === ndjson ? told : make();

  // Whoever stops a service waits for it: a reader that does not take its report keeps the state from being saved.
  const impatient = stop.stopped.then(() => pause<void>(REPORT_MS, undefined, { ref: false }));
  let turnedAt = 0;
  const readyForReport = (): Promise<void> | undefined => {
    const busy = io.stdout.drained() ?? service?.file?.drained();
    if (busy !== undefined) return Promise.race([busy, impatient]);
    if (performance.now() - turnedAt < TURN_MS) return undefined;
    turnedAt = performance.now();
    return nextTurn();
  };

  let read = { bytes: 0, lines: 0 };
  const open = new Set<string>();
  status = startStatusLine(
    io,
    () => `${inputSize(read.bytes)}, ${counted(read.lines, 'line')}, ${open.size} open`,
  );
  /** For people: what is told together has to be known together. */
  const finals: Incident[] = [];
  const reported: Pick<Incident, 'state'>[] = [];
  /** Incidents of which an earlier run told more than this one knows. */
  let behind = 0;
  let isEnding = false;
  let summary: Summary | null = null;
  let stopServing = () => {};
  let stopSaving = () => {};

  try {
    const save = service?.save ?? null;
    const telling = createTelling({
      stdout: io.stdout,
      file: service?.file ?? null,
      commit: save && ((take, safe) => save(() => analysis.save(), take, safe)),
      pauseMs: () => service?.pauseMs() ?? 0,
      stopped: stop.stopped,
    });
    // A run that is killed before its first save would not know which files it had met.
    let isSaving = false;
    let isDue = false;
    const saveSoon = async (): Promise<void> => {
      isDue = save !== null;
      if (isSaving) return;
      isSaving = true;
      for (; isDue; await telling.commit()) isDue = false;
      isSaving = false;
    };
    const analysis = await createAnalysis(
      service === null ? inputs : { ...inputs, followed: service.followed },
      {
        patterns: settings.patterns,
        tz: settings.tz,
        all,
        live,
        signal: stop.signal,
        ...(service?.saved && { saved: service.saved }),
        ...(follow !== null && typeof follow.from === 'object' && { sinceMs: follow.from.sinceMs }),
        ready: () => (isEnding ? readyForReport() : telling.ready()),
        beforeEnd: async () => {
          isEnding = true;
          stopSaving();
          if (service?.save) {
            // First of all: who stops a service kills it soon, and a report can be had again.
            stop.enter('saving');
            service.freeze(analysis.save());
            await telling.end();
          }
          stop.enter('reporting');
          turnedAt = performance.now();
        },
        onProgress: ({ bytes, lines }) => {
          read = { bytes, lines };
        },
        onSources: () => void saveSoon(),
        onPatternProblem: (problem) => warn(describeProblem(problem)),
        onNotice: warn,
      },
    );
    if (service !== null && requests !== null) {
      stopServing = serve({
        io,
        analysis,
        requests,
        warn,
        show(incident) {
          status?.clear();
          io.stdout.write(reporter.update(incident, incident));
        },
      });
      if (save !== null)
        stopSaving = io.every(SAVE_EVERY_MS, () => {
          if (service.isSaveDue(read.bytes)) void telling.commit();
        });
    }
    await analysis.reports.forEach((report: Report) => {
      if ('summary' in report) {
        summary = report.summary;
      } else if (report.final) {
        const { certainty, state } = report.incident;
        if (service?.isBehind(report.incident)) {
          behind += 1;
          return;
        }
        if (all || certainty !== 'suspected') reported.push({ state });
        const line = reporter === ndjson || service?.file != null ? ndjson.update(report.incident) : '';
        if (reporter === ndjson) {
          status?.clear();
          io.stdout.write(line);
        } else finals.push(report.incident);
        service?.file?.write(line);
      } else {
        const { before, incident, stillMs } = report;
        if (incident.state === 'open') open.add(incident.id);
        else open.delete(incident.id);
        service?.tell(incident);
        if (stillMs === null && service?.wasTold(incident)) return;
        status?.clear();
        const update = reporter.update(incident, before, stillMs);
        const lines = linesFor(update, () => ndjson.update(incident));
        telling.tell({
          text: update,
          lines,
          // A reminder has the standing of the news before it: only the state knows that it was told.
          ...(service !== null && stillMs === null && { note: () => service.note(incident, lines) }),
        });
      }
    });
  } finally {
    stopSaving();
    stopServing();
    status.stop();
    await inputs.dispose();
  }
  if (summary === null) throw new Error('the analysis ended without a summary');
  io.stdout.write(reporter === ndjson ? ndjson.summary(summary) : text.final(finals, summary));
  service?.file?.write(ndjson.summary(summary));
  const last = service?.file == null ? 'flushing' : 'closing';
  stop.enter(service?.isSafe() === false ? 'saving' : last);
  const isSaved = (await service?.saveLast()) ?? true;
  stop.enter(last);
  const isWritten = (await service?.close()) ?? true;
  if (behind > 0)
    warn(
      `${counted(behind, 'incident')} not in this report: the run before saw ${behind === 1 ? 'it' : 'them'} end, and this one was stopped before it had read so far again`,
    );
  const given = service?.file?.lost() ?? 0;
  if (given > 0) warn(`${follow?.output}: ${counted(given, 'line')} given up while it could not be written`);
  stop.enter('flushing');
  await io.stdout.flushed();
  requests?.done();
  stop.done();
  if (io.stdout.broken !== null && io.stdout.broken !== 'EPIPE') {
    warn(`the report could not be written: ${reasonOf({ code: io.stdout.broken })}`);
    return FAILED;
  }
  if (!isSaved || !isWritten) return FAILED;
  return exitCodeOf(reported, summary, settings.failOn);
}

function isStream({ kind }: { readonly kind: 'file' | 'stream' }): boolean {
  return kind === 'stream';
}
