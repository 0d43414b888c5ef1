/**
 * Lets containers print and a runtime read them, in this process: real bytes through real streams into real log
 * files. It says what the algorithm holds, writes and keeps, and measures how this process grew by doing it.
 */
import { setMaxListeners } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { checkWorkload } from './check-workload.js';
import { type Clock, systemClock } from './clock.js';
import { STREAMS, type StreamName } from './cri-record.js';
import { createGates, type Gates } from './gates.js';
import { bytesBeforeEnd, createLineSource } from './line-source.js';
import { type LogFile, openLogFile } from './log-file.js';
import { logPath } from './log-path.js';
import { readStream } from './read-stream.js';
import { createRecorder, type ProcessGrowth, type ProcessSample, type Recorder } from './recorder.js';
import { type StreamCounts, type StreamRun, sumCounts } from './stream-counts.js';
import { CURVE_POINTS, type Outcome, type Workload } from './types.js';
import { workloadOf } from './workload.js';

export interface SimulateOptions {
  /** The log files go below it and stay. By default a temporary directory, removed at the end. */
  readonly logDirectory?: string;
  /** Where that temporary directory is made. By default the system's. */
  readonly temporaryParent?: string;
  readonly signal?: AbortSignal;
  /** Told of every point of the curve as it comes. */
  readonly onSample?: (sample: ProcessSample) => void;
  /** Points of the curve while the line is open, 100 by default. */
  readonly samples?: number;
  readonly clock?: Clock;
}

export interface SimulatedStream {
  /** From 0. */
  readonly container: number;
  readonly stream: StreamName;
  /** Of the log file; both streams of a container have the same. */
  readonly path: string;
  readonly counts: StreamCounts;
}

export interface Simulation {
  /**
   * What the algorithm counts, not what Node makes of it: `heldBytes` and `retainedBytes` are allocations of the
   * runtime, `peakHeapBytes` is what was live at most, without garbage. Only `peakRssBytes` is this process's.
   */
  readonly outcome: Outcome;
  readonly streams: readonly SimulatedStream[];
  /** Of all streams, at the end. */
  readonly counts: StreamCounts;
  /**
   * How this process grew. It is the simulator's own memory: Node needs some 10 to 20 % more than the bytes held.
   * Resident memory that an earlier run has freed is used again, so that only the first run of a process shows all of
   * its growth there; memory of Buffers is right in every run.
   */
  readonly process: ProcessGrowth;
  readonly curve: readonly ProcessSample[];
  readonly fedBytes: number;
  readonly seconds: number;
  /** Null: it was temporary and is gone. */
  readonly logDirectory: string | null;
}

interface Printer {
  readonly container: number;
  readonly stream: StreamName;
  readonly input: Readable;
  readonly log: LogFile;
}

/** Runs the printers to their end and takes the figures at the right moments. */
async function runPrinters(
  printers: readonly Printer[],
  workload: Workload,
  options: SimulateOptions,
  gates: Gates,
  clock: Clock,
): Promise<Pick<Simulation, 'outcome' | 'streams' | 'counts' | 'process' | 'curve' | 'fedBytes'>> {
  const runs: StreamRun[] = [];
  const counts = (): StreamCounts => sumCounts(runs.map((run) => run.counts));
  const open = printers.map((_, index) => bytesBeforeEnd({ ...workload, seed: workload.seed + index }));
  const fedBytes = open.reduce((sum, bytes) => sum + bytes, 0);
  const recorder: Recorder = createRecorder({
    clock,
    counts,
    everyBytes: Math.max(1, Math.floor(fedBytes / (options.samples ?? CURVE_POINTS))),
    ...(options.onSample === undefined ? {} : { onSample: options.onSample }),
  });
  for (const [index, { input, log, stream }] of printers.entries()) {
    runs.push(
      readStream(input, workload, {
        stream,
        log,
        now: () => clock.nanoseconds(),
        onTaken(bytes) {
          recorder.taken(bytes);
          gates.taken(index, runs[index]?.counts.takenBytes ?? 0);
        },
        onFlush: () => recorder.flush(),
      }),
    );
  }
  const all = Promise.all(runs.map((run) => run.done));
  const first = <T>(event: Promise<T>): Promise<unknown> => Promise.race([event, all]);

  await first(gates.opened(open));
  const held = recorder.open();
  gates.releaseEnd();
  if (workload.end === 'newline') {
    await first(gates.ended(open.map((bytes) => bytes + 1)));
    recorder.after();
    gates.releaseClose();
    await all;
  } else {
    await all;
    recorder.after();
  }
  const sum = counts();
  const process = recorder.growth();
  return {
    outcome: {
      heldBytes: held.heldBytes + held.retainedBytes,
      peakHeapBytes: sum.peakBytes,
      peakRssBytes: process.peak.rssBytes,
      retainedBytes: recorder.retainedBytes(),
      partialRecords: sum.partialRecords,
      fullRecords: sum.fullRecords,
      diskBytes: printers.reduce(
        (bytes, { stream, log }) => bytes + (stream === 'stdout' ? log.bytes : 0),
        0,
      ),
      curve: recorder.curve(),
    },
    streams: printers.map(({ container, stream, log }, index) => ({
      container,
      stream,
      path: log.path,
      counts: { ...(runs[index] as StreamRun).counts },
    })),
    counts: sum,
    process,
    curve: recorder.curve(),
    fedBytes,
  };
}

/**
 * Rejects with the signal's reason when it is aborted, with a WorkloadError for what `checkWorkload` refuses, and
 * with an Error that says what to do when a log file cannot be written. Whatever happens, every file is closed before.
 */
export async function simulate(
  stated: Partial<Workload> = {},
  options: SimulateOptions = {},
): Promise<Simulation> {
  const workload = workloadOf(stated);
  checkWorkload(workload);
  options.signal?.throwIfAborted();
  const clock = options.clock ?? systemClock;
  // One failed stream ends the others, too: they would wait for it at the gates for ever.
  const stop = new AbortController();
  // Every stream listens, and there may be hundreds.
  setMaxListeners(0, stop.signal);
  const abort = (): void => stop.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', abort, { once: true });
  const logs: LogFile[] = [];
  const printers: Printer[] = [];
  const start = clock.seconds();
  let temporary: string | null = null;
  try {
    if (options.logDirectory === undefined)
      temporary = await mkdtemp(join(options.temporaryParent ?? tmpdir(), 'line-buffer-'));
    const directory = temporary ?? options.logDirectory ?? '';
    stop.signal.throwIfAborted();
    const gates = createGates();
    for (let container = 0; container < workload.containers; container++) {
      stop.signal.throwIfAborted();
      const path = join(directory, logPath(workload.runtime, container, workload.seed));
      await mkdir(dirname(path), { recursive: true });
      const log = await openLogFile(path, stop.signal);
      logs.push(log);
      for (const stream of STREAMS.slice(0, workload.streams)) {
        const input = createLineSource(
          { ...workload, seed: workload.seed + printers.length },
          { clock, signal: stop.signal, ...gates.of(printers.length) },
        );
        // An abort may come before anybody reads; whoever reads then is told it all the same.
        input.on('error', () => {});
        printers.push({ container, stream, input, log });
      }
    }
    const result = await runPrinters(printers, workload, options, gates, clock);
    for (const log of logs) await log.close();
    return { ...result, seconds: clock.seconds() - start, logDirectory: options.logDirectory ?? null };
  } catch (error) {
    stop.abort(error);
    throw options.signal?.aborted ? options.signal.reason : error;
  } finally {
    options.signal?.removeEventListener('abort', abort);
    for (const { input } of printers) input.destroy();
    await Promise.allSettled(logs.map((log) => log.close()));
    if (temporary !== null) await rm(temporary, { recursive: true, force: true });
  }
}
