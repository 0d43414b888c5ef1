/**
 * Finds out one combination of `reproduce line-buffer` in the way that was asked for: computed, fed to the
 * simulator, to a command, or to the real containerd. What would not fit this machine is refused before.
 */
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Machine, Needs } from '../../bench/line-buffer/machine.js';
import { whyNot } from '../../bench/line-buffer/machine.js';
import type { Measured, MeasureOptions, Sink } from '../../bench/line-buffer/measure.js';
import type { RealOptions, RealOutcome } from '../../bench/line-buffer/real/types.js';
import type { Combination } from '../../bench/line-buffer/report/combination.js';
import {
  measuredCommand,
  measuredReal,
  modelled,
  simulated,
  stoppedCommand,
  workloadAsRun,
} from '../../bench/line-buffer/report/combine.js';
import type { SimulateOptions, Simulation } from '../../bench/line-buffer/simulate.js';
import type { Outcome, Sample, Workload } from '../../bench/line-buffer/types.js';
import { formatLimit, formatSize } from '../../bench/sizes.js';
import type { LineBufferSettings } from './reproduce-options.js';
import { UsageError } from './usage-error.js';

export type Modelled = Outcome & { readonly openRssBytes: number; readonly retainedRssBytes: number };

/** What a run is made of; tests put their own in. */
export interface Parts {
  readonly model: (workload: Workload) => Modelled;
  readonly simulate: (workload: Workload, options: SimulateOptions) => Promise<Simulation>;
  readonly measure: (sink: Sink, workload: Workload, options: MeasureOptions) => Promise<Measured>;
  readonly runReal: (workload: Workload, options: RealOptions) => Promise<RealOutcome>;
  readonly isUnavailable: (error: unknown) => error is Error;
  /** Of the machine that this runs on; `directory` is where logs go. */
  readonly machineOf: (directory: string) => Promise<Machine>;
}

export interface RunContext {
  readonly settings: LineBufferSettings;
  readonly parts: Parts;
  readonly signal: AbortSignal;
  /** A line for people, to standard error. */
  readonly say: (text: string) => void;
  readonly onProgress: (text: string) => void;
  /** Place in the sweep, from 0, and how many there are. */
  readonly index: number;
  readonly count: number;
}

/** What the simulator needs beside the bytes: Node itself, its Buffers' management, read buffers. */
const SIMULATOR_BYTES = 64 * 1024 * 1024;
/** Measured: Node needs 12 % more than the bytes that its Buffers hold. */
const SIMULATOR_OVERHEAD = 1.12;
/** A command may take this share of what is available, unless another limit is stated. */
const COMMAND_SHARE = 0.8;

export async function runCombination(workload: Workload, context: RunContext): Promise<Combination> {
  const { parts, settings, say } = context;
  switch (settings.way) {
    case 'model':
      return modelled(workload, parts.model(workload));
    case 'simulate':
      return simulateOne(workload, context);
    case 'command':
      return commandOne(workload, settings.command ?? '', context);
    case 'real':
      try {
        return await realOne(workload, context);
      } catch (error) {
        if (!parts.isUnavailable(error)) throw error;
        say(`--real containerd: ${error.message}. The simulator answers instead.`);
        return simulateOne(workload, context);
      }
  }
}

async function simulateOne(workload: Workload, context: RunContext): Promise<Combination> {
  const { parts, settings, signal } = context;
  const model = parts.model(workload);
  const directory = await keptIn(workload, context);
  const { peakRssBytes, diskBytes } = model;
  const memoryBytes = SIMULATOR_BYTES + Math.max(0, peakRssBytes) * SIMULATOR_OVERHEAD;
  await refuseTooLarge(workload, { memoryBytes, diskBytes }, settings.keep ?? tmpdir(), context);
  const simulation = await parts.simulate(workload, {
    ...(directory !== null && { logDirectory: directory }),
    signal,
    onSample: progress(workload, context),
  });
  return simulated(workload, model, simulation);
}

async function commandOne(workload: Workload, command: string, context: RunContext): Promise<Combination> {
  const { parts, settings, signal } = context;
  const { availableBytes } = await parts.machineOf(tmpdir());
  const most =
    settings.stopAtBytes ?? (settings.force ? Number.POSITIVE_INFINITY : availableBytes * COMMAND_SHARE);
  const stop = new AbortController();
  const curve: Sample[] = [];
  const show = progress(workload, context);
  try {
    const measured = await parts.measure({ command }, workload, {
      signal: AbortSignal.any([signal, stop.signal]),
      onSample(sample) {
        curve.push(sample);
        show(sample);
        if ((sample.rssBytes ?? 0) > most) stop.abort();
      },
    });
    return measuredCommand(workload, command, measured);
  } catch (error) {
    if (!stop.signal.aborted || signal.aborted) throw error;
    return stoppedCommand(workload, command, curve);
  }
}

async function realOne(workload: Workload, context: RunContext): Promise<Combination> {
  const { parts, settings, signal, say, onProgress } = context;
  const directory = await keptIn(workload, context);
  const show = progress(workload, context);
  const real = await parts.runReal(workload, {
    signal,
    force: settings.force,
    onSample: show,
    onStage: (stage) => onProgress(`${title(workload, context)}: ${stage}`),
    ...(settings.stopAtBytes !== null && { stopAtBytes: settings.stopAtBytes }),
    ...(directory !== null && { keepLogs: directory }),
  });
  const asRun = workloadAsRun(workload, real);
  if (real.stoppedEarly) {
    say(
      `stopped after ${formatSize(real.fedBytes)} of the line: containerd took as much memory as it may (--stop-at)`,
    );
  }
  if (asRun.version !== workload.version && settings.versionGiven) {
    say(`containerd ${asRun.version} is installed here, not ${workload.version}: the model follows it`);
  }
  return measuredReal(asRun, parts.model(asRun), real);
}

async function refuseTooLarge(
  workload: Workload,
  needs: Needs,
  directory: string,
  { parts, settings }: RunContext,
): Promise<void> {
  if (settings.force) return;
  const why = whyNot(needs, await parts.machineOf(directory));
  if (why === null) return;
  const limit = `limit ${formatLimit(workload.limitBytes)}`;
  throw new UsageError(
    `--line: ${formatSize(workload.lineBytes)} with ${limit} ${why}; compute it with --model, or insist with --force`,
  );
}

/** Directory of this combination's log files, made; null: they are not kept. */
async function keptIn(
  { limitBytes, lineBytes }: Workload,
  { settings, index, count }: RunContext,
): Promise<string | null> {
  if (settings.keep === null) return null;
  if (count === 1) return settings.keep;
  const directory = join(settings.keep, `${index + 1}-limit-${limitBytes}-line-${lineBytes}`);
  await mkdir(directory, { recursive: true });
  return directory;
}

function progress(workload: Workload, context: RunContext): (sample: Sample) => void {
  const total = workload.lineBytes * workload.containers * workload.streams;
  return ({ phase, fedBytes, heldBytes, rssBytes }) => {
    const fed = phase === 'open' ? `${formatSize(fedBytes)} of ${formatSize(total)} fed` : 'the line ends';
    const held = heldBytes ?? rssBytes;
    const shown = held === null ? '' : `, ${formatSize(held)} held`;
    context.onProgress(`${title(workload, context)}: ${fed}${shown}`);
  };
}

function title({ limitBytes }: Workload, { index, count, settings }: RunContext): string {
  const which = settings.way === 'command' ? 'command' : `limit ${formatLimit(limitBytes)}`;
  return count === 1 ? which : `${index + 1} of ${count}, ${which}`;
}
