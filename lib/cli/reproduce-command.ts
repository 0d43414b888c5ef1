/**
 * The command `reproduce line-buffer`: goes through the combinations, each computed, simulated or run for real, and
 * writes one report. A signal ends the run, and what it made on disk and of processes goes with it.
 */
import { writeFile } from 'node:fs/promises';
import { type ConfigLimit, readConfigLimit } from '../../bench/line-buffer/config-limit.js';
import { daemonLog } from '../../bench/line-buffer/log/daemon-log.js';
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
import { printable } from '../report/printable.js';
import { wantsColor, widthOf } from './appearance.js';
import { FAILED, INTERRUPTED, OK } from './exit-code.js';
import type { Io } from './io.js';
import type { LineBufferSettings } from './reproduce-options.js';
import { type Parts, runCombination } from './reproduce-run.js';
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
  isUnavailable: (error): error is Error => error instanceof Error && error.name === 'RealUnavailable',
};

/** Throws a UsageError, or an Error that was written to be read. */
export async function reproduceLineBuffer(
  settings: LineBufferSettings,
  io: Io,
  parts: Parts = PARTS,
): Promise<number> {
  const stop = new AbortController();
  // A second signal does not wait; what lies in the temporary directory is then left there.
  const stopListening = io.onSignal(() => {
    if (stop.signal.aborted) io.exit(INTERRUPTED);
    stop.abort();
  });
  io.stdout.onBroken(() => stop.abort());
  const say = (text: string) => io.stderr.write(`${NAME}: ${printable(text)}\n`);
  try {
    const config = settings.config === null ? null : await configOf(settings.config);
    for (const note of config?.notes ?? []) say(note);
    const limits = config === null ? settings.axes.limits : [config.limitBytes];
    const workloads = sweep({ ...settings.axes, limits }, settings.fixed);
    if (settings.logs !== null) {
      await writeLog(settings.logs, logOf(workloads, settings, parts), io);
      if (settings.logs === '-') return await written(io, say);
    }
    const combinations = await runAll(workloads, settings, io, parts, stop.signal, say);
    io.stdout.write(report(combinations, adviceFor(settings, config), settings, io));
    return await written(io, say);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    // Whoever reads has gone: there is nobody to tell.
    if (io.stdout.broken !== null) return written(io, say);
    say('interrupted: what was begun is removed, nothing is reported');
    return INTERRUPTED;
  } finally {
    stopListening();
  }
}

async function runAll(
  workloads: readonly Workload[],
  settings: LineBufferSettings,
  io: Io,
  parts: Parts,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<readonly Combination[]> {
  const combinations: Combination[] = [];
  let shown = '';
  const status = startStatusLine(io, () => shown);
  const said = new Set<string>();
  const context = {
    settings,
    parts,
    signal,
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
      signal.throwIfAborted();
      combinations.push(await runCombination(workload, { ...context, index }));
    }
  } finally {
    status.stop();
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

function logOf(workloads: readonly Workload[], settings: LineBufferSettings, parts: Parts): string {
  const runs = workloads.map((workload) => ({ workload, outcome: parts.model(workload) }));
  return [...daemonLog(runs, { memoryBytes: settings.memoryBytes })].join('');
}

async function writeLog(target: string, text: string, io: Io): Promise<void> {
  if (target === '-') {
    io.stdout.write(text);
    return;
  }
  try {
    await writeFile(target, text);
  } catch (error) {
    throw badValue('--logs', "'-' or a file that can be written", target, ` (${(error as Error).message})`);
  }
}

/** Waits until all is out. A reader that went away is no failure, a full disk is. */
async function written(io: Io, say: (text: string) => void): Promise<number> {
  await io.stdout.flushed();
  if (io.stdout.broken === null || io.stdout.broken === 'EPIPE') return OK;
  say(`the report could not be written: ${io.stdout.broken}`);
  return FAILED;
}
