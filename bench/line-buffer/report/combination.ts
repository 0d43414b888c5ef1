/**
 * One line of a report: what was fed, what became of it, and beside that what was counted and measured. The
 * figures that every format shows have one order, which is also that of their JSON keys and CSV columns.
 */
import type { Released } from '../model/types.js';
import type { Outcome, Sample, Workload } from '../types.js';

/**
 * Where the figures come from. `model`: all computed. `simulator`: records and disk as written, memory from the
 * model. `real`: all computed, of what the real daemon was and was fed; its own figures stand beside them. `command`:
 * all measured on a command in the runtime's place.
 */
export const SOURCES = ['model', 'simulator', 'real', 'command'] as const;
export type Source = (typeof SOURCES)[number];

/** As in `Outcome`, with the resident memory while the line is open and after it; null: cannot be known. */
export interface Figures {
  readonly heldBytes: number | null;
  readonly peakHeapBytes: number | null;
  readonly peakRssBytes: number | null;
  readonly retainedBytes: number | null;
  readonly partialRecords: number | null;
  readonly fullRecords: number | null;
  readonly diskBytes: number | null;
  readonly openRssBytes: number | null;
  readonly retainedRssBytes: number | null;
  /** As `peakRssBytes`, when no two streams end their line at the same time. */
  readonly peakRssOneAtATimeBytes: number | null;
  /** When memory comes back. */
  readonly released: Released | null;
  readonly curve: readonly Sample[];
}

/** What the simulator counted over all streams, bytes; it holds the very bytes, without Go's garbage. */
export interface SimulatedFigures {
  readonly heldBytes: number;
  readonly peakBytes: number;
  readonly retainedBytes: number;
  readonly longestRecordBytes: number;
  readonly seconds: number;
}

/** By what the simulating process itself grew, bytes. Its own memory, not containerd's. */
export interface ProcessFigures {
  readonly openRssBytes: number;
  readonly openBuffersBytes: number;
  /** JavaScript objects: the smallest buffers, and what manages the others. */
  readonly openHeapBytes: number;
  readonly peakRssBytes: number;
  readonly afterRssBytes: number;
}

/** What the real daemon grew by; the names of the model's figures mean the same here. */
export interface RealFigures extends Outcome {
  readonly version: string;
  readonly openRssBytes: number;
  readonly retainedRssBytes: number;
  /** Of all streams: less than asked for where the run was stopped early. */
  readonly fedBytes: number;
  readonly stoppedEarly: boolean;
}

/** How a command in the runtime's place fared. */
export interface CommandFigures {
  /** Hostile in a report: it is shown as it was given. */
  readonly command: string;
  readonly takenBytes: number;
  readonly offeredBytes: number;
  /** As `SinkEnd` has it: `finished`, `ended-early`, `stalled`, `hung`, `stopped`, `failed`. */
  readonly end: string;
  /** How it ended, in a sentence; may hold what the command itself wrote. */
  readonly message: string;
}

export interface Combination {
  readonly workload: Workload;
  readonly source: Source;
  readonly outcome: Figures;
  readonly simulated: SimulatedFigures | null;
  readonly process: ProcessFigures | null;
  readonly real: RealFigures | null;
  readonly command: CommandFigures | null;
}

/** The figures of one combination, flat and in order; `limitBytes` is -1 where there is none. */
export function figuresOf({ workload, source, outcome, command }: Combination) {
  const isCommand = command !== null;
  return {
    limitBytes: isCommand ? null : Math.max(-1, workload.limitBytes),
    lineBytes: workload.lineBytes,
    heldBytes: outcome.heldBytes,
    peakHeapBytes: outcome.peakHeapBytes,
    peakRssBytes: outcome.peakRssBytes,
    retainedBytes: outcome.retainedBytes,
    partialRecords: outcome.partialRecords,
    fullRecords: outcome.fullRecords,
    diskBytes: outcome.diskBytes,
    runtime: isCommand ? null : workload.runtime,
    version: isCommand ? null : workload.version,
    end: workload.end,
    containers: workload.containers,
    streams: workload.streams,
    source,
    openRssBytes: outcome.openRssBytes,
    retainedRssBytes: outcome.retainedRssBytes,
    peakRssOneAtATimeBytes: outcome.peakRssOneAtATimeBytes,
  } as const;
}
