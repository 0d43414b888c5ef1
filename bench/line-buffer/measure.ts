/**
 * Puts any sink in the runtime's place: a function, a Writable or a command is fed with what a container prints, and
 * the growth of its memory is drawn over the bytes it took. So users see the buffer limits of their own pipelines.
 */
import type { Readable, Writable } from 'node:stream';
import { type AttachedSink, attachCommand, attachFunction, attachWritable } from './attach-sink.js';
import { checkWorkload, WorkloadError } from './check-workload.js';
import { type Clock, systemClock } from './clock.js';
import { bytesBeforeEnd, createLineSource } from './line-source.js';
import { type MemoryMeter, meterCommand, meterThisProcess, type Reading } from './memory-meter.js';
import { type CommandExit, type CommandSink, startCommand } from './sink-command.js';
import { CURVE_POINTS, type Phase, type Sample, type Workload } from './types.js';
import { workloadOf } from './workload.js';

/**
 * A function reads the stream and is done when its promise is fulfilled, or, without one, when the stream was read to
 * its end. A command is run by `/bin/sh -c` and reads its standard input.
 */
export type Sink = ((input: Readable) => unknown) | Writable | { readonly command: string };

export interface MeasureOptions {
  readonly signal?: AbortSignal;
  readonly onSample?: (sample: Sample) => void;
  /** Points of the curve while the line is open, 100 by default. */
  readonly samples?: number;
  readonly clock?: Clock;
  /** A sink that takes nothing for so long, with bytes waiting for it, is given up. 30 by default. */
  readonly stallSeconds?: number;
  /** How long a sink may take to finish after the end of its input. 30 by default. */
  readonly exitSeconds?: number;
  /** Between SIGTERM and SIGKILL for a command that is given up. 5 by default. */
  readonly graceSeconds?: number;
  /** Growth of its resident memory at which a sink is ended. None by default. */
  readonly stopAtBytes?: number;
  /** Told of a command when it runs; `kill` ends it and all it started at once, for a program that has no time left. */
  readonly onCommand?: (command: { readonly kill: () => void }) => void;
  /** A pause before memory is read, in which a sink deals with what lies in pipes. 0.3 by default. */
  readonly settleSeconds?: number;
}

/** How it ended; `message` says so in a sentence, without any text of the sink's own. */
export type SinkEnd = { readonly message: string } & (
  | { readonly kind: 'finished'; readonly exit: CommandExit | null }
  /** It was done, or gone, before its input ended. */
  | { readonly kind: 'ended-early'; readonly exit: CommandExit | null }
  /** It took no more, for so long, though there was more. */
  | { readonly kind: 'stalled'; readonly seconds: number }
  /** It had all its input and did not finish. */
  | { readonly kind: 'hung'; readonly seconds: number }
  /** It was ended, because it had grown by `stopAtBytes`. */
  | { readonly kind: 'stopped'; readonly rssBytes: number }
  | { readonly kind: 'failed'; readonly cause: unknown }
);

/**
 * As `Outcome`, where a figure can be known of a sink. Heap figures are null for a command, all are where the sink
 * ended before that point. Resident memory stands beside them because a command has nothing else.
 */
export interface Measured {
  readonly heldBytes: number | null;
  readonly peakHeapBytes: number | null;
  readonly peakRssBytes: number | null;
  readonly retainedBytes: number | null;
  readonly openRssBytes: number | null;
  readonly retainedRssBytes: number | null;
  readonly curve: readonly Sample[];
  /** Handed to the sink, or lying in the pipe to it. */
  readonly takenBytes: number;
  /** That there were to take, with the newline at the end. */
  readonly offeredBytes: number;
  readonly seconds: number;
  readonly end: SinkEnd;
}

const POLL_SECONDS = 0.02;
const CHECKS_PER_DEADLINE = 10;
/** How often memory is held against `stopAtBytes`: after so many bytes, and so often while none are fed. */
const GUARD_BYTES = 16 * 1024 * 1024;
const GUARD_SECONDS = 0.1;

type Attach = (source: Readable) => AttachedSink;

function requireOneStream({ containers, streams }: Workload): void {
  if (containers === 1 && streams === 1) return;
  const field = containers === 1 ? 'streams' : 'containers';
  throw new WorkloadError(
    field,
    '1 container with 1 stream, since a sink reads one stream',
    `${containers} with ${streams}`,
  );
}

async function measureAttached(
  attach: Attach,
  meter: MemoryMeter,
  workload: Workload,
  options: MeasureOptions,
): Promise<Measured> {
  const { clock = systemClock, stallSeconds = 30, exitSeconds = 30, settleSeconds = 0.3 } = options;
  const { stopAtBytes = Number.POSITIVE_INFINITY } = options;
  const start = clock.seconds();
  const untilEnd = bytesBeforeEnd(workload);
  const everyBytes = Math.max(1, Math.floor(untilEnd / (options.samples ?? CURVE_POINTS)));
  const curve: Sample[] = [];
  const stop = new AbortController();
  const abort = (): void => stop.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', abort, { once: true });
  if (options.signal?.aborted) abort();
  const { signal } = stop;
  let fed = 0;
  let nextPoint = 0;
  let nextGuard = GUARD_BYTES;
  let allSent = false;
  let open: Reading | null = null;
  let after: Reading | null = null;

  let tooMuch: (end: SinkEnd) => void = () => {};
  const stopped = new Promise<SinkEnd>((resolve) => {
    tooMuch = resolve;
  });
  async function read(collected: boolean): Promise<Reading> {
    const reading = await meter.read(collected);
    const { rssBytes } = reading;
    if (rssBytes !== null && rssBytes >= stopAtBytes)
      tooMuch({ kind: 'stopped', rssBytes, message: 'was ended because it took as much memory as it may' });
    return reading;
  }
  /** Memory grows after the last byte, too: in the flush, and while a command ends. */
  async function guard(): Promise<void> {
    for (;;) {
      await clock.sleep(GUARD_SECONDS, signal);
      await read(false);
    }
  }
  async function point(phase: Phase, collected: boolean): Promise<Reading> {
    const reading = await read(collected);
    const sample: Sample = {
      phase,
      seconds: clock.seconds() - start,
      fedBytes: fed,
      heldBytes: reading.heapBytes,
      rssBytes: reading.rssBytes,
    };
    curve.push(sample);
    options.onSample?.(sample);
    return reading;
  }
  /** Waits until the sink has taken everything that was sent, and had a moment to deal with it. */
  async function dealtWith(): Promise<void> {
    do await clock.sleep(POLL_SECONDS, signal);
    while (attached.unread() > 0);
    if (settleSeconds > 0) await clock.sleep(settleSeconds, signal);
  }
  const source = createLineSource(workload, {
    clock,
    signal,
    onWrite(bytes) {
      fed += bytes;
      if (fed >= nextPoint && fed <= untilEnd) {
        nextPoint = fed + everyBytes;
        nextGuard = fed + GUARD_BYTES;
        return point('open', false).then(() => {});
      }
      if (fed < nextGuard || stopAtBytes === Number.POSITIVE_INFINITY) return undefined;
      nextGuard = fed + GUARD_BYTES;
      return read(false).then(() => {});
    },
    async beforeEnd() {
      await dealtWith();
      open = await point('open', true);
      allSent = workload.end !== 'newline';
    },
    async beforeClose() {
      await dealtWith();
      after = await point('after', true);
      allSent = true;
    },
  });
  const attached = attach(source);
  const taken = (): number => fed - attached.unread();

  /** Fulfilled only when a deadline has passed. */
  async function watch(): Promise<SinkEnd> {
    let seen = -1;
    let since = clock.seconds();
    let ended = false;
    for (;;) {
      await clock.sleep(Math.min(stallSeconds, exitSeconds) / CHECKS_PER_DEADLINE, signal);
      const now = clock.seconds();
      if (taken() !== seen || allSent !== ended || (!allSent && attached.unread() === 0)) {
        seen = taken();
        ended = allSent;
        since = now;
      }
      const seconds = now - since;
      if (allSent && attached.unread() === 0) {
        if (seconds >= exitSeconds)
          return {
            kind: 'hung',
            seconds,
            message: `had all its input and did not finish for ${Math.round(seconds)} s`,
          };
      } else if (seconds >= stallSeconds)
        return {
          kind: 'stalled',
          seconds,
          message: `took ${seen} bytes and no more for ${Math.round(seconds)} s`,
        };
    }
  }

  async function done(): Promise<SinkEnd> {
    try {
      const exit = await attached.done;
      if (allSent) return { kind: 'finished', exit, message: 'read its input to the end' };
      return { kind: 'ended-early', exit, message: `ended after it had taken ${taken()} bytes` };
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      return { kind: 'failed', cause, message: `failed after it had taken ${taken()} bytes` };
    }
  }

  try {
    const watching = watch();
    watching.catch(() => {});
    if (stopAtBytes < Number.POSITIVE_INFINITY) guard().catch(() => {});
    const end = await Promise.race([done(), watching, stopped]);
    options.signal?.throwIfAborted();
    const takenBytes = taken();
    if (end.kind === 'finished' && after === null && !attached.isGone) after = await point('after', true);
    return {
      heldBytes: heapOf(open),
      peakHeapBytes: meter.peakHeapBytes(),
      peakRssBytes: meter.peakRssBytes(),
      retainedBytes: heapOf(after),
      openRssBytes: rssOf(open),
      retainedRssBytes: rssOf(after),
      curve,
      takenBytes,
      offeredBytes: untilEnd + (workload.end === 'newline' ? 1 : 0),
      seconds: clock.seconds() - start,
      end,
    };
  } finally {
    options.signal?.removeEventListener('abort', abort);
    stop.abort();
    source.on('error', () => {});
    source.destroy();
  }
}

function heapOf(reading: Reading | null): number | null {
  return reading === null ? null : reading.heapBytes;
}

function rssOf(reading: Reading | null): number | null {
  return reading === null ? null : reading.rssBytes;
}

/**
 * Feeds the sink one stream of the workload: its lines, the long line, its end. A sink that fails, ends early, stops
 * taking, takes too much memory or does not finish is a result, not an error: see `end`. Rejects with the signal's
 * reason when aborted; the command and all it started have ended by then. Rejects with a WorkloadError for more than
 * one stream and for what `checkWorkload` refuses.
 */
export async function measure(
  sink: Sink,
  stated: Partial<Workload> = {},
  options: MeasureOptions = {},
): Promise<Measured> {
  const workload = workloadOf(stated);
  checkWorkload(workload);
  requireOneStream(workload);
  options.signal?.throwIfAborted();
  if (typeof sink === 'function')
    return measureAttached((source) => attachFunction(source, sink), meterThisProcess(), workload, options);
  if (!('command' in sink))
    return measureAttached((source) => attachWritable(source, sink), meterThisProcess(), workload, options);
  const { clock = systemClock, graceSeconds = 5, settleSeconds = 0.3 } = options;
  const command: CommandSink = await startCommand(sink.command, clock);
  options.onCommand?.({ kill: command.kill });
  try {
    if (settleSeconds > 0) await clock.sleep(settleSeconds, options.signal);
    const meter = await meterCommand(command.pid);
    return await measureAttached((source) => attachCommand(source, command), meter, workload, options);
  } finally {
    await command.stop(graceSeconds);
  }
}
