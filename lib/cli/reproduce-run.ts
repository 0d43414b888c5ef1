/**
 * Finds out one combination of `reproduce line-buffer` in the way that was asked for: computed, fed to the
 * simulator, to a command, or to the real containerd. What would not fit this machine is refused before.
 */
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesBeforeEnd } from '../../bench/line-buffer/line-source.js';
import type { Measured, MeasureOptions, Sink } from '../../bench/line-buffer/measure.js';
import type { ModelOutcome } from '../../bench/line-buffer/model/types.js';
import type { RealOptions, RealOutcome } from '../../bench/line-buffer/real/types.js';
import type { Combination } from '../../bench/line-buffer/report/combination.js';
import {
  measuredCommand,
  measuredReal,
  modelled,
  simulated,
  workloadAsRun,
} from '../../bench/line-buffer/report/combine.js';
import type { SimulateOptions, Simulation } from '../../bench/line-buffer/simulate.js';
import type { Sample, Workload } from '../../bench/line-buffer/types.js';
import { formatLimit, formatSize } from '../../bench/sizes.js';
import { type NeedsParts, refuseWhatDoesNotFit } from './reproduce-needs.js';
import type { LineBufferSettings } from './reproduce-options.js';
import { UsageError } from './usage-error.js';

/** What a run is made of; tests put their own in. */
export interface Parts extends NeedsParts {
  readonly model: (workload: Workload) => ModelOutcome;
  readonly simulate: (workload: Workload, options: SimulateOptions) => Promise<Simulation>;
  readonly measure: (sink: Sink, workload: Workload, options: MeasureOptions) => Promise<Measured>;
  readonly runReal: (workload: Workload, options: RealOptions) => Promise<RealOutcome>;
  readonly isUnavailable: (error: unknown) => error is Error;
  /** Milliseconds since some moment. */
  readonly now: () => number;
}

export interface RunContext {
  readonly settings: LineBufferSettings;
  readonly parts: Parts;
  readonly signal: AbortSignal;
  /** A line for people, to standard error. */
  readonly say: (text: string) => void;
  readonly onProgress: (text: string) => void;
  /** The simulator's temporary directories go below it; null: none is needed. */
  readonly temporaryParent: string | null;
  /** Called at once when nobody waits any longer; returns what takes it back. */
  readonly onForcedExit: (work: () => void) => () => void;
  /** Place in the sweep, from 0, and how many there are. */
  readonly index: number;
  readonly count: number;
}

/** A command may take this share of what is available, unless another limit is stated. */
const COMMAND_SHARE = 0.8;

export async function runCombination(workload: Workload, context: RunContext): Promise<Combination> {
  const { parts, settings } = context;
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
        return await insteadOfReal(workload, error.message, context);
      }
  }
}

/** Results that are there already must not be lost, so what the simulator cannot do here the model does. */
async function insteadOfReal(workload: Workload, why: string, context: RunContext): Promise<Combination> {
  const { parts, settings, say } = context;
  const said = `--real containerd: ${why}.`;
  try {
    await refuseWhatDoesNotFit([workload], settings, parts);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    say(`${said} The model answers instead, since the simulator does not fit here, either.`);
    return modelled(workload, parts.model(workload));
  }
  say(`${said} The simulator answers instead.`);
  return simulateOne(workload, context);
}

async function simulateOne(workload: Workload, context: RunContext): Promise<Combination> {
  const { parts, signal, temporaryParent } = context;
  const directory = await keptIn(workload, context);
  const simulation = await parts.simulate(workload, {
    ...(directory !== null && { logDirectory: directory }),
    ...(temporaryParent !== null && { temporaryParent }),
    signal,
    onSample: progress(workload, context),
  });
  return simulated(workload, parts.model(workload), simulation);
}

async function commandOne(workload: Workload, command: string, context: RunContext): Promise<Combination> {
  const { parts, settings, signal, onForcedExit } = context;
  const { availableBytes } = await parts.machineOf(tmpdir());
  const stopAtBytes = settings.stopAtBytes ?? (settings.force ? null : availableBytes * COMMAND_SHARE);
  let takeBack = (): void => {};
  try {
    const measured = await parts.measure({ command }, workload, {
      signal,
      onSample: progress(workload, context),
      onCommand(running) {
        takeBack = onForcedExit(running.kill);
      },
      ...(stopAtBytes !== null && { stopAtBytes }),
    });
    return measuredCommand(workload, command, measured);
  } finally {
    takeBack();
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
  let total = 0;
  for (let stream = 0; stream < workload.containers * workload.streams; stream++)
    total += bytesBeforeEnd({ ...workload, seed: workload.seed + stream });
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
