/**
 * The command `reproduce line-buffer`: goes through the combinations, each computed, simulated or run for real, and
 * writes one report. A signal ends the run, and what it made on disk and of processes goes with it.
 */
import { rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { checkWorkload, WorkloadError } from '../../bench/line-buffer/check-workload.js';
import { type ConfigLimit, readConfigLimit } from '../../bench/line-buffer/config-limit.js';
import { daemonLog, type LoggedRun } from '../../bench/line-buffer/log/daemon-log.js';
import { machineOf } from '../../bench/line-buffer/machine.js';
import { measure } from '../../bench/line-buffer/measure.js';
import { model } from '../../bench/line-buffer/model/model.js';
import { type Advice, adviceOn } from '../../bench/line-buffer/report/advice.js';
import type { Combination } from '../../bench/line-buffer/report/combination.js';
import { csvReport } from '../../bench/line-buffer/report/csv.js';
import { jsonReport } from '../../bench/line-buffer/report/json.js';
import { svgReport } from '../../bench/line-buffer/report/svg.js';
import { textReport } from '../../bench/line-buffer/report/text.js';
import { simulate } from '../../bench/line-buffer/simulate.js';
import { sweep } from '../../bench/line-buffer/sweep.js';
import type { Workload } from '../../bench/line-buffer/types.js';
import { DEFAULT_VERSIONS } from '../../bench/line-buffer/workload.js';
import { reasonOf } from '../ingest/input-error.js';
import { printable } from '../report/printable.js';
import { wantsColor, widthOf } from './appearance.js';
import { FAILED, INTERRUPTED, OK } from './exit-code.js';
import type { Io } from './io.js';
import { refuseWhatDoesNotFit } from './reproduce-needs.js';
import type { LineBufferSettings } from './reproduce-options.js';
import { type Parts, runCombination } from './reproduce-run.js';
import { optionOf } from './reproduce-table.js';
import { startStatusLine } from './status-line.js';
import { badValue, UsageError } from './usage-error.js';

const NAME = 'reproduce line-buffer';

/** The real daemon needs gRPC, which may be missing and takes its time to load: only a run that wants it does. */
export const PARTS: Parts = {
  model,
  simulate,
  measure,
  machineOf,
  runReal: async (workload, options) =>
    (await import('../../bench/line-buffer/real/index.js')).runReal(workload, options),
  now: () => performance.now(),
  isUnavailable: (error): error is Error => error instanceof Error && error.name === 'RealUnavailable',
};

/** Throws a UsageError, or an Error that was written to be read. */
export async function reproduceLineBuffer(
  settings: LineBufferSettings,
  io: Io,
  parts: Parts = PARTS,
): Promise<number> {
  const stop = new AbortController();
  const forced = new Set<() => void>();
  let abortedAt = 0;
  const stopListening = io.onSignal(() => {
    if (!stop.signal.aborted) {
      abortedAt = parts.now();
      stop.abort();
    } else if (parts.now() - abortedAt > SAME_SIGNAL_MS) {
      for (const work of forced) work();
      io.exit(INTERRUPTED);
    }
  });
  io.stdout.onBroken(() => stop.abort());
  const say = (text: string) => io.stderr.write(`${NAME}: ${printable(text)}\n`);
  try {
    const config = settings.config === null ? null : await configOf(settings.config);
    for (const note of config?.notes ?? []) say(note);
    const limits = config === null ? settings.axes.limits : [config.limitBytes];
    const workloads = sweep({ ...settings.axes, limits }, settings.fixed);
    for (const workload of workloads) checkWorkload(workload);
    if (settings.way === 'simulate') await refuseWhatDoesNotFit(workloads, settings, parts);
    if (settings.logs !== null) {
      await writeLog(settings.logs, logOf(workloads, settings, parts), io, stop.signal);
      if (settings.logs === '-') return await written(io, say);
    }
    const combinations = await runAll(workloads, { settings, io, parts, signal: stop.signal, say, forced });
    io.stdout.write(report(combinations, adviceFor(settings, config), settings, io));
    return await written(io, say);
  } catch (error) {
    // A cleanup that failed is told like every other failure, though it was an abort that led to it.
    if (!stop.signal.aborted || error !== stop.signal.reason) throw asUsageError(error, settings);
    // Whoever reads has gone: there is nobody to tell.
    if (io.stdout.broken !== null) return written(io, say);
    say('interrupted: nothing is reported, the temporary files are removed');
    return INTERRUPTED;
  } finally {
    stopListening();
  }
}

/** npm passes on a Ctrl-C that the terminal has sent to all of us: both are one. */
const SAME_SIGNAL_MS = 1000;

/** What cannot be fed is a mistake on the command line, or in the configuration. */
function asUsageError(error: unknown, { config }: LineBufferSettings): unknown {
  if (!(error instanceof WorkloadError)) return error;
  const { field, expected, found } = error;
  if (field === 'limitBytes' && config !== null)
    return new UsageError(
      `--config: ${config}: max_container_log_line_size: expected ${expected}, found ${found}`,
    );
  return new UsageError(`--${optionOf(field)}: expected ${expected}, found ${found}`);
}

interface Running {
  readonly settings: LineBufferSettings;
  readonly io: Io;
  readonly parts: Parts;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
  /** What is to be done before the process ends without waiting. */
  readonly forced: Set<() => void>;
}

async function runAll(
  workloads: readonly Workload[],
  { settings, io, parts, signal, say, forced }: Running,
): Promise<readonly Combination[]> {
  const combinations: Combination[] = [];
  let shown = '';
  const status = startStatusLine(io, () => shown);
  const said = new Set<string>();
  const onForcedExit = (work: () => void): (() => void) => {
    forced.add(work);
    return () => forced.delete(work);
  };
  const feeds = (settings.way === 'simulate' && settings.keep === null) || settings.way === 'real';
  const temporaryParent = feeds ? await mkdtemp(join(tmpdir(), 'line-buffer-')) : null;
  const removeNow = onForcedExit(() => {
    if (temporaryParent !== null) rmSync(temporaryParent, { recursive: true, force: true });
  });
  const context = {
    settings,
    parts,
    signal,
    temporaryParent,
    onForcedExit,
    say(text: string) {
      // The same for every combination of a sweep is said once.
      if (said.has(text)) return;
      said.add(text);
      status.clear();
      say(text);
    },
    onProgress(text: string) {
      shown = text;
    },
    count: workloads.length,
  };
  try {
    for (const [index, workload] of workloads.entries()) {
      // A model computes without a pause; a signal is heard only in one.
      await turn();
      signal.throwIfAborted();
      combinations.push(await runCombination(workload, { ...context, index }));
    }
  } finally {
    status.stop();
    if (temporaryParent !== null) await rm(temporaryParent, { recursive: true, force: true });
    removeNow();
  }
  return combinations;
}

function adviceFor(settings: LineBufferSettings, config: ConfigLimit | null): Advice | null {
  const { axes, fixed, budgetBytes } = settings;
  if (config === null && budgetBytes === null) return null;
  const { containers, streams } = fixed;
  const [version = DEFAULT_VERSIONS.containerd] = axes.versions;
  return adviceOn({ config, budgetBytes, containers, streams, version, lineBytes: Math.max(...axes.lines) });
}

function report(
  combinations: readonly Combination[],
  advice: Advice | null,
  settings: LineBufferSettings,
  io: Io,
): string {
  switch (settings.format) {
    case 'json':
      return jsonReport(combinations, advice);
    case 'csv':
      return csvReport(combinations);
    case 'svg':
      return svgReport(combinations);
    case 'text':
      return textReport(combinations, {
        advice,
        width: widthOf(settings.width, io),
        color: wantsColor(settings.color, io),
        ascii: io.env['TERM'] === 'dumb',
      });
  }
}

async function configOf(file: string): Promise<ConfigLimit> {
  try {
    return await readConfigLimit(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw new UsageError(`--config: ${message}`);
    throw badValue('--config', 'a file that can be read', file, ` (${message})`);
  }
}

function* runsOf(workloads: readonly Workload[], parts: Parts): Generator<LoggedRun> {
  for (const workload of workloads) yield { workload, outcome: parts.model(workload) };
}

const LOG_CHUNK = 64 * 1024;

/** The log in pieces of some size: a fleet's has hundreds of megabytes, and a write for each line is slow. */
function* logOf(
  workloads: readonly Workload[],
  { memoryBytes }: LineBufferSettings,
  parts: Parts,
): Generator<string> {
  let chunk = '';
  for (const line of daemonLog(runsOf(workloads, parts), { memoryBytes })) {
    chunk += line;
    if (chunk.length < LOG_CHUNK) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk;
}

async function writeLog(
  target: string,
  chunks: Generator<string>,
  io: Io,
  signal: AbortSignal,
): Promise<void> {
  if (target !== '-') {
    try {
      return await writeFile(target, chunks, { signal });
    } catch (error) {
      signal.throwIfAborted();
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      throw badValue('--logs', "'-' or a file that can be written", target, ` (${(error as Error).message})`);
    }
  }
  for (const chunk of chunks) {
    io.stdout.write(chunk);
    await io.stdout.drained();
    await turn();
    signal.throwIfAborted();
  }
}

/** Waits until all is out. A reader that went away is no failure, a full disk is. */
async function written(io: Io, say: (text: string) => void): Promise<number> {
  await io.stdout.flushed();
  if (io.stdout.broken === null || io.stdout.broken === 'EPIPE') return OK;
  say(`the report could not be written: ${reasonOf({ code: io.stdout.broken })}`);
  return FAILED;
}
