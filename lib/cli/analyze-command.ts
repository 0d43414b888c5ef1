/**
 * The command `analyze`: opens the inputs, runs the pipeline, writes what it reports, and answers with the exit
 * code. A signal, or a reader that went away, ends the reading; the rest of the way is the same.
 */
import type { Analysis, AnalyzeOptions } from '../analyze.js';
import type { Incident, Report, Summary } from '../diagnose/types.js';
import { openInputs } from '../ingest/open-inputs.js';
import type { Inputs } from '../ingest/types.js';
import { describeProblem } from '../match/problem.js';
import { createNdjsonReporter } from '../report/ndjson.js';
import { printable } from '../report/printable.js';
import { counted, inputSize } from '../report/quantity.js';
import { createTextReporter } from '../report/text.js';
import type { AnalyzeSettings } from './analyze-options.js';
import { wantsColor, widthOf } from './appearance.js';
import { exitCodeOf, FAILED, INTERRUPTED, USAGE } from './exit-code.js';
import { NOTHING_TO_READ } from './help.js';
import type { Io } from './io.js';
import { startStatusLine } from './status-line.js';
import { createTelling } from './telling.js';

export type CreateAnalysis = (inputs: Inputs, options: AnalyzeOptions) => Promise<Analysis>;

/** A state is saved at least so often while something is read, ms. */
const SAVE_EVERY_MS = 5_000;
/** After a signal a run that follows has so long for its report, ms. */
const DRAIN_MS = 2_000;

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
  const stop = stopping(io, follow !== null);
  const warn = (text: string) => io.stderr.write(`analyze: ${printable(text)}\n`);

  // Side by side: a pipe may keep its first line back for long, and loading takes its time, too.
  const [inputs, service, createAnalysis] = await Promise.all([
    openInputs(names, { signal: stop.signal, awaitPipe: follow === null }),
    follow && import('./service.js').then(({ openService }) => openService(follow, warn)),
    loadPipeline(),
  ]).catch((error: unknown) => {
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
  });
  const ndjson = createNdjsonReporter({ all });
  const reporter = settings.format === 'ndjson' ? ndjson : text;

  let read = { bytes: 0, lines: 0 };
  const open = new Set<string>();
  const status = startStatusLine(
    io,
    () => `${inputSize(read.bytes)}, ${counted(read.lines, 'line')}, ${open.size} open`,
  );
  const finals: Incident[] = [];
  let summary: Summary | null = null;
  const stopServing: (() => void)[] = [];
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
        ready: () => telling.ready(),
        beforeEnd: () => {
          stopSaving();
          return telling.commit();
        },
        onProgress: ({ bytes, lines }) => {
          read = { bytes, lines };
        },
        onSources: () => void saveSoon(),
        onPatternProblem: (problem) => warn(describeProblem(problem)),
        onNotice: warn,
      },
    );
    if (service !== null) {
      stopServing.push(
        ...serve(io, analysis, warn, (incident) => {
          status.clear();
          io.stdout.write(reporter.update(incident, incident));
        }),
      );
      if (save !== null) stopSaving = io.every(SAVE_EVERY_MS, () => void telling.commit());
    }
    await analysis.reports.forEach((report: Report) => {
      if ('summary' in report) {
        summary = report.summary;
      } else if (report.final) {
        finals.push(report.incident);
      } else {
        const { before, incident, stillMs } = report;
        if (incident.state === 'open') open.add(incident.id);
        else open.delete(incident.id);
        service?.tell(incident);
        status.clear();
        telling.tell({
          text: reporter.update(incident, before, stillMs),
          lines: service?.file == null ? '' : ndjson.update(incident),
        });
      }
    });
  } finally {
    stopSaving();
    for (const end of stopServing) end();
    status.stop();
    await inputs.dispose();
  }
  if (summary === null) throw new Error('the analysis ended without a summary');
  io.stdout.write(reporter.final(finals, summary));
  service?.file?.write(ndjson.final(finals, summary));
  await service?.close();
  const given = service?.file?.lost() ?? 0;
  if (given > 0) warn(`${follow?.output}: ${counted(given, 'line')} given up while it could not be written`);
  await io.stdout.flushed();
  stop.done();
  if (io.stdout.broken !== null && io.stdout.broken !== 'EPIPE') {
    warn(`the report could not be written: ${io.stdout.broken}`);
    return FAILED;
  }
  const reported = finals.filter(({ certainty }) => all || certainty !== 'suspected');
  return exitCodeOf(reported, summary, settings.failOn);
}

/** What a run answers while it follows. Gives what stops it. */
function serve(
  io: Io,
  analysis: Analysis,
  warn: (text: string) => void,
  show: (incident: Incident) => void,
): (() => void)[] {
  return [
    io.onRequest('SIGUSR2', () => {
      const incidents = analysis.open();
      warn(`${counted(incidents.length, 'open incident')}`);
      for (const incident of incidents) show(incident);
    }),
    io.onRequest('SIGHUP', () => {
      analysis.reload().then(
        (problems) => {
          for (const problem of problems) warn(describeProblem(problem));
          warn(problems.length === 0 ? 'the patterns were read again' : 'the patterns stay as they were');
        },
        (error: unknown) => warn(`the patterns stay as they were: ${(error as Error).message}`),
      );
    }),
  ];
}

/** When reading stops: at a signal, or when nobody reads the report any more. */
function stopping(io: Io, isService: boolean) {
  const controller = new AbortController();
  const ends: (() => void)[] = [];
  const stopped = new Promise<void>((resolve) => {
    controller.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  // A second signal does not wait. What is unpacked on disk has no name, and goes with the process.
  ends.push(
    io.onSignal(() => {
      if (controller.signal.aborted) io.exit(INTERRUPTED);
      controller.abort();
      // Whoever stops a service kills it if it does not go; its state is safe by then.
      if (isService) ends.push(io.every(DRAIN_MS, () => io.exit(FAILED)));
    }),
  );
  io.stdout.onBroken(() => controller.abort());
  return {
    signal: controller.signal,
    stopped,
    done() {
      for (const end of ends) end();
    },
  };
}

function isStream({ kind }: { readonly kind: 'file' | 'stream' }): boolean {
  return kind === 'stream';
}
