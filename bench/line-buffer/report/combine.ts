/**
 * Puts together what a report says of one combination: the model's memory beside what the simulator wrote, the
 * real daemon took, or a command in the runtime's place did.
 */
import type { Measured } from '../measure.js';
import type { RealOutcome } from '../real/types.js';
import type { Simulation } from '../simulate.js';
import type { CommandExit } from '../sink-command.js';
import type { Sample, Workload } from '../types.js';
import type { Combination, Figures } from './combination.js';

const NOTHING = { simulated: null, process: null, real: null, command: null } as const;

/** `outcome`: the model's. */
export function modelled(workload: Workload, outcome: Figures): Combination {
  return { ...NOTHING, workload, source: 'model', outcome: figures(outcome) };
}

export function simulated(workload: Workload, model: Figures, simulation: Simulation): Combination {
  const { outcome, counts, process, seconds } = simulation;
  const { partialRecords, fullRecords, diskBytes } = outcome;
  return {
    ...NOTHING,
    workload,
    source: 'simulator',
    outcome: { ...figures(model), partialRecords, fullRecords, diskBytes },
    simulated: {
      heldBytes: outcome.heldBytes,
      peakBytes: counts.peakBytes,
      retainedBytes: outcome.retainedBytes,
      longestRecordBytes: counts.longestRecordBytes,
      seconds: Math.round(seconds * 1000) / 1000,
    },
    process: {
      openRssBytes: process.open.rssBytes,
      openBuffersBytes: process.open.arrayBuffersBytes,
      openHeapBytes: process.open.heapUsedBytes,
      peakRssBytes: process.peak.rssBytes,
      afterRssBytes: process.after.rssBytes,
    },
  };
}

/** What the model is asked, so that it speaks of what the real daemon was: its version, and what it was fed. */
export function workloadAsRun(workload: Workload, real: RealOutcome): Workload {
  const { containers, streams, lineBytes } = workload;
  const version = real.versions.containerd;
  if (!real.stoppedEarly) return { ...workload, version };
  return {
    ...workload,
    version,
    lineBytes: Math.min(lineBytes, Math.round(real.fedBytes / (containers * streams))),
  };
}

/** `workload`: as it was run. */
export function measuredReal(workload: Workload, model: Figures, real: RealOutcome): Combination {
  const { versions, afterRssBytes, openRssBytes, fedBytes, stoppedEarly } = real;
  return {
    ...NOTHING,
    workload,
    source: 'real',
    outcome: figures(model),
    real: {
      heldBytes: real.heldBytes,
      peakHeapBytes: real.peakHeapBytes,
      peakRssBytes: real.peakRssBytes,
      retainedBytes: real.retainedBytes,
      partialRecords: real.partialRecords,
      fullRecords: real.fullRecords,
      diskBytes: real.diskBytes,
      version: versions.containerd,
      openRssBytes,
      retainedRssBytes: afterRssBytes,
      fedBytes,
      stoppedEarly,
      curve: thinned(real.curve).map(({ phase, seconds, fedBytes: fed, heldBytes, rssBytes }) => ({
        phase,
        seconds,
        fedBytes: fed,
        heldBytes,
        rssBytes,
      })),
    },
  };
}

export function measuredCommand(workload: Workload, command: string, measured: Measured): Combination {
  const { takenBytes, offeredBytes, end } = measured;
  const said = 'exit' in end && end.exit !== null ? exitWords(end.exit) : '';
  return {
    ...NOTHING,
    workload,
    source: 'command',
    outcome: figures({ ...measured, ...NOT_OF_A_COMMAND }),
    command: { command, takenBytes, offeredBytes, end: end.kind, message: `${end.message}${said}` },
  };
}

/** How it ended, and the last line that it wrote to standard error; nothing of a quiet success. */
function exitWords({ code, signal, errorText }: CommandExit): string {
  const how = signal !== null ? `, ended by ${signal}` : code === 0 ? '' : `, exit code ${code}`;
  const last = errorText.trim().split('\n').at(-1) ?? '';
  return last === '' ? how : `${how}, saying ${JSON.stringify(last.slice(0, LONGEST_SAID))}`;
}

const LONGEST_SAID = 200;
const NOT_OF_A_COMMAND = {
  partialRecords: null,
  fullRecords: null,
  diskBytes: null,
  peakRssOneAtATimeBytes: null,
  released: null,
} as const;
/** Of a daemon's curve while the line is open: it is sampled ten times a second, for hours where the pace is low. */
const MOST_OPEN_SAMPLES = 1000;

/** Every so many samples of the open line, and all after it. */
function thinned<T extends Sample>(curve: readonly T[]): readonly T[] {
  const open = curve.filter(({ phase }) => phase === 'open').length;
  const every = Math.ceil(open / MOST_OPEN_SAMPLES);
  return curve.filter(({ phase }, index) => phase !== 'open' || index % every === 0 || index === open - 1);
}

function figures(from: Figures): Figures {
  return {
    heldBytes: from.heldBytes,
    peakHeapBytes: from.peakHeapBytes,
    peakRssBytes: from.peakRssBytes,
    retainedBytes: from.retainedBytes,
    partialRecords: from.partialRecords,
    fullRecords: from.fullRecords,
    diskBytes: from.diskBytes,
    openRssBytes: from.openRssBytes,
    retainedRssBytes: from.retainedRssBytes,
    peakRssOneAtATimeBytes: from.peakRssOneAtATimeBytes,
    released: from.released,
    curve: from.curve,
  };
}
