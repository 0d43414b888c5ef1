/**
 * Follows the daemon's memory through one workload: idle, while the lines are open, while they are flushed, and
 * after that. Resident memory and heap are read often, what costs the daemon memory seldom.
 */
import { stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../clock.js';
import { bytesBeforeEnd, createLineSource } from '../line-source.js';
import { READER_BYTES } from '../read-line.js';
import { PHASES, type Phase, type Workload } from '../types.js';
import type { Daemon } from './daemon.js';
import { heapBytes, liveHeapBytes, logCounters, resetPeak, residentMemory } from './daemon-memory.js';
import { type FeedJob, startFeeding } from './feeding.js';
import { thinnedCurve } from './thinned-curve.js';
import type { RealOptions, RealOutcome, RealSample } from './types.js';
import type { Writer } from './writers.js';

export const DEFAULT_STOP_AT_BYTES = 512 * 2 ** 20;

const PATIENCE_SECONDS = 120;
const FLUSH_SAMPLE_SECONDS = 0.02;
const COUNTER_SECONDS = 1;
/** Of the curve. A line can be open for hours; it is looked at as often as ever, and fewer points are kept. */
const MOST_OPEN_POINTS = 1000;
const MOST_POINTS = 500;
/** A log file that did not grow for so long, and has all content, is complete. */
const QUIET_SECONDS = 0.25;

export type Measured = Omit<
  RealOutcome,
  'versions' | 'machine' | 'logs' | 'partialRecords' | 'fullRecords' | 'diskBytes'
>;

export async function measureDaemon(
  daemon: Daemon,
  writers: readonly Writer[],
  workload: Workload,
  options: RealOptions,
  signal: AbortSignal,
): Promise<Measured> {
  const {
    stopAtBytes = DEFAULT_STOP_AT_BYTES,
    onStage = () => {},
    restSeconds = 3,
    sampleSeconds = 0.1,
  } = options;
  const { debugSocket } = daemon.paths;
  const counters = () => logCounters(daemon.metricsAddress, signal);

  // What the first questions leave in the daemon belongs to idle.
  const before = await counters();
  await liveHeapBytes(debugSocket, signal);
  await pause(500, undefined, { signal });
  const idle = {
    heapBytes: await liveHeapBytes(debugSocket, signal),
    rssBytes: (await residentMemory(daemon.pid)).rssBytes,
  };
  await resetPeak(daemon.pid);
  const tooLarge = async (): Promise<boolean> =>
    (await residentMemory(daemon.pid)).rssBytes - idle.rssBytes >= stopAtBytes;
  const feeding = startFeeding(jobsOf(writers, workload, signal), tooLarge, signal);
  const contentBytes = (): number => feeding.fedBytes() - newlinesOf(workload);

  const curve = {
    open: thinnedCurve<RealSample>(MOST_OPEN_POINTS),
    flush: thinnedCurve<RealSample>(MOST_POINTS),
    after: thinnedCurve<RealSample>(MOST_POINTS),
  };
  const began = performance.now();
  let peakHeapBytes = 0;
  let countedAt = began;
  const take = async (phase: Phase): Promise<RealSample> => {
    const count = phase !== 'flush' && performance.now() - countedAt > COUNTER_SECONDS * 1000;
    if (count) countedAt = performance.now();
    const [{ rssBytes }, heap, counted] = await Promise.all([
      residentMemory(daemon.pid),
      heapBytes(debugSocket, signal),
      count ? counters() : null,
    ]);
    const heldBytes = heap - idle.heapBytes;
    if (phase !== 'after') peakHeapBytes = Math.max(peakHeapBytes, heldBytes);
    const sample: RealSample = {
      phase,
      seconds: (performance.now() - began) / 1000,
      fedBytes: feeding.fedBytes(),
      heldBytes,
      rssBytes: rssBytes - idle.rssBytes,
      inputBytes: counted === null ? null : over(counted.inputBytes, before.inputBytes),
    };
    curve[phase].add(sample);
    options.onSample?.(sample);
    return sample;
  };
  const watch = async (
    phase: Phase,
    every: number,
    enough: (sample: RealSample) => boolean | Promise<boolean>,
  ): Promise<RealSample> => {
    for (;;) {
      signal.throwIfAborted();
      const sample = await take(phase);
      if (await enough(sample)) return sample;
      await pause(every * 1000, undefined, { signal });
    }
  };
  const rest = (): (() => boolean) => {
    const from = performance.now();
    return () => performance.now() - from >= restSeconds * 1000;
  };

  onStage('printing');
  const fed = settledFlag(feeding.done);
  await watch('open', sampleSeconds, ({ rssBytes }) => {
    if (rssBytes >= stopAtBytes) feeding.stop();
    return fed();
  });
  await feeding.done;

  onStage('line open');
  const rested = rest();
  // The last bytes lie in pipes for a moment; where the daemon counts, it says when it has taken them.
  // A reader counts a piece when its buffer is full: up to one of an open line is not counted yet.
  const takenBytes = contentBytes() - writers.length * workload.streams * READER_BYTES;
  let taken = before.inputBytes === null;
  const takenUntil = performance.now() + PATIENCE_SECONDS * 1000;
  await watch('open', sampleSeconds, ({ inputBytes }) => {
    taken ||= inputBytes !== null && inputBytes >= takenBytes;
    if (!taken && performance.now() > takenUntil) {
      throw new Error(`containerd did not take what was printed within ${PATIENCE_SECONDS} s`);
    }
    return rested() && taken;
  });
  const heldBytes = (await liveHeapBytes(debugSocket, signal)) - idle.heapBytes;
  const open = await take('open');

  onStage('ending the line');
  const ending = endLines(workload, writers);
  const ended = settledFlag(ending);
  const written = completeLogs(writers, contentBytes());
  const writtenUntil = performance.now() + PATIENCE_SECONDS * 1000;
  await watch('flush', FLUSH_SAMPLE_SECONDS, async () => {
    if (performance.now() > writtenUntil) {
      throw new Error(`containerd did not write the line within ${PATIENCE_SECONDS} s of its end`);
    }
    return (await written()) && ended();
  });
  await ending;
  const peakRssBytes = (await residentMemory(daemon.pid)).highestBytes - idle.rssBytes;

  onStage('after the end');
  const retainedBytes = (await liveHeapBytes(debugSocket, signal)) - idle.heapBytes;
  const last = await watch('after', sampleSeconds, rest());
  const after = await counters();
  return {
    heldBytes,
    peakHeapBytes,
    peakRssBytes,
    retainedBytes,
    curve: PHASES.flatMap((phase) => curve[phase].points()),
    idle,
    openRssBytes: open.rssBytes,
    afterRssBytes: last.rssBytes,
    fedBytes: feeding.fedBytes(),
    stoppedEarly: feeding.stopped(),
    inputBytes: over(after.inputBytes, before.inputBytes),
    outputBytes: over(after.outputBytes, before.outputBytes),
    splitEntries: over(after.splitEntries, before.splitEntries),
  };
}

/** The same bytes that the simulator reads: each stream has a seed of its own. */
function jobsOf(writers: readonly Writer[], workload: Workload, signal: AbortSignal): readonly FeedJob[] {
  return writers
    .flatMap((writer) => [...writer.feeds.values()])
    .map((feed, index) => ({
      feed,
      // The end is ours to send, when the open line has been measured.
      source: createLineSource(
        { ...workload, end: 'eof', seed: workload.seed + index },
        { clock: systemClock, signal },
      ),
    }));
}

async function endLines({ end }: Workload, writers: readonly Writer[]): Promise<void> {
  await Promise.all(
    writers.map(async (writer) => {
      if (end === 'kill') return writer.kill();
      for (const feed of writer.feeds.values()) {
        if (end === 'newline') await feed.write(Buffer.from('\n'));
        else feed.end();
      }
    }),
  );
}

function completeLogs(writers: readonly Writer[], contentBytes: number): () => Promise<boolean> {
  let last = -1;
  let since = 0;
  return async () => {
    const sizes = await Promise.all(writers.map(async ({ logFile }) => (await stat(logFile)).size));
    const size = sizes.reduce((sum, bytes) => sum + bytes, 0);
    if (size !== last) {
      last = size;
      since = performance.now();
    }
    return size >= contentBytes && performance.now() - since >= QUIET_SECONDS * 1000;
  };
}

/** Whether a promise is settled. A rejection is its awaiter's matter. */
function settledFlag(promise: Promise<unknown>): () => boolean {
  let settled = false;
  const set = (): void => {
    settled = true;
  };
  promise.then(set, set);
  return () => settled;
}

export function totalBytes(workload: Workload): number {
  let total = 0;
  for (let index = 0; index < workload.containers * workload.streams; index += 1) {
    total += bytesBeforeEnd({ ...workload, seed: workload.seed + index });
  }
  return total;
}

function newlinesOf({ before, containers, streams }: Workload): number {
  return (before?.count ?? 0) * containers * streams;
}

function over(now: number | null, before: number | null): number | null {
  return now === null || before === null ? null : now - before;
}
