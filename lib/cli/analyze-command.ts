/**
 * The command `analyze`: opens the inputs, runs the pipeline, writes what it reports, and answers with the exit
 * code. A signal, or a reader that went away, ends the reading; the rest of the way is the same.
 */
import type { Observable } from 'rxjs';
import type { AnalyzeOptions } from '../analyze.js';
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

export type AnalyzeReports = (inputs: Inputs, options: AnalyzeOptions) => Observable<Report>;

export async function analyzeCommand(
  settings: AnalyzeSettings,
  io: Io,
  loadPipeline: () => Promise<AnalyzeReports>,
): Promise<number> {
  const names = settings.inputs.length === 0 ? ['-'] : settings.inputs;
  if (names.includes('-') && io.stdinIsTerminal) {
    io.stderr.write(NOTHING_TO_READ);
    return USAGE;
  }
  const stopReading = new AbortController();
  // A second signal does not wait. What is unpacked on disk has no name, and goes with the process.
  const stopListening = io.onSignal(() => {
    if (stopReading.signal.aborted) io.exit(INTERRUPTED);
    stopReading.abort();
  });
  io.stdout.onBroken(() => stopReading.abort());

  // Side by side: a pipe may keep its first line back for long, and loading takes its time, too.
  const [inputs, analyzeReports] = await Promise.all([
    openInputs(names, { signal: stopReading.signal, awaitPipe: true }),
    loadPipeline(),
  ]).catch((error: unknown) => {
    stopListening();
    throw error;
  });
  const warn = (text: string) => io.stderr.write(`analyze: ${printable(text)}\n`);
  // At once, not only in the report: who mistyped a name should not wait for the other 100 GB.
  for (const { source, reason } of inputs.problems) warn(`${source}: ${reason}`);

  const live = inputs.groups.some(({ sources }) => sources.some(({ kind }) => kind === 'stream'));
  const { all } = settings;
  const reporter =
    settings.format === 'ndjson'
      ? createNdjsonReporter({ all })
      : createTextReporter({
          color: wantsColor(settings.color, io),
          width: widthOf(settings.width, io),
          all,
          live,
        });

  let read = { bytes: 0, lines: 0 };
  const open = new Set<string>();
  const status = startStatusLine(
    io,
    () => `${inputSize(read.bytes)}, ${counted(read.lines, 'line')}, ${open.size} open`,
  );
  const finals: Incident[] = [];
  let summary: Summary | null = null;

  try {
    const reports = analyzeReports(inputs, {
      patterns: settings.patterns,
      tz: settings.tz,
      all,
      live,
      signal: stopReading.signal,
      ready: () => io.stdout.drained(),
      onProgress: ({ bytes, lines }) => {
        read = { bytes, lines };
      },
      onPatternProblem: (problem) => warn(describeProblem(problem)),
      onNotice: warn,
    });
    await reports.forEach((report) => {
      if ('summary' in report) {
        summary = report.summary;
      } else if (report.final) {
        finals.push(report.incident);
      } else {
        const { id, state } = report.incident;
        if (state === 'open') open.add(id);
        else open.delete(id);
        status.clear();
        io.stdout.write(reporter.update(report.incident));
      }
    });
  } finally {
    status.stop();
    stopListening();
    await inputs.dispose();
  }
  if (summary === null) throw new Error('the analysis ended without a summary');
  io.stdout.write(reporter.final(finals, summary));
  await io.stdout.flushed();
  if (io.stdout.broken !== null && io.stdout.broken !== 'EPIPE') {
    warn(`the report could not be written: ${io.stdout.broken}`);
    return FAILED;
  }
  const reported = finals.filter(({ certainty }) => all || certainty !== 'suspected');
  return exitCodeOf(reported, summary, settings.failOn);
}
