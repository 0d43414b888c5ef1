/**
 * A thousand followed files of which none is written, and of which each is written once a second: processor time,
 * memory, and how soon one of them wakes analyze up.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inEnvelope } from '../latency/node-life.js';
import { usageOf } from './process-usage.js';
import type { Scratch } from './scratch.js';
import { startAnalyze } from './start-analyze.js';

export interface IdleOptions {
  readonly name: string;
  readonly files: number;
  readonly seconds: number;
  readonly withState: boolean;
  /** Lines written a second, by turns to all files. */
  readonly linesPerSecond: number;
}

export interface IdleResult {
  readonly name: string;
  readonly files: number;
  readonly seconds: number;
  /** Until the first incident had come through. */
  readonly startSeconds: number;
  /** Of one core. */
  readonly cpuShare: number;
  readonly residentMegabytes: number;
  readonly peakMegabytes: number;
  /** From a line of one file to its incident, behind the pause. */
  readonly wakeUpMilliseconds: number;
}

const START_MS = 60_000;
const WAKE_UP_MS = 30_000;
/**
 * What starting leaves to be done is no idling, ms: the heap of a process that has become quiet is cleaned up two or
 * three times within the first forty seconds, and not again before it has grown.
 */
const SETTLE_MS = 60_000;
/** Between two groups of lines, ms. */
const BEAT_MS = 50;

export async function measureIdle(scratch: Scratch, options: IdleOptions): Promise<IdleResult> {
  const directory = scratch.room('idle');
  const files = Array.from({ length: options.files }, (_, i) => join(directory, `pod-${i}.log`));
  for (const file of files) writeFileSync(file, ordinary());
  const began = process.hrtime.bigint();
  const analyze = startAnalyze(scratch, {
    args: [
      '--follow',
      '--from-start',
      ...(options.withState ? ['--state', join(scratch.room('state'), 'state')] : []),
      join(directory, '*.log'),
    ],
  });
  appendFileSync(files[0] as string, decisive(container(1)));
  const started = await analyze.arrived(container(1), START_MS);
  await sleep(SETTLE_MS);
  const before = usageOf(analyze.pid);
  const from = performance.now();
  let written = 0;
  for (let ms = 0; ms < options.seconds * 1000; ms = performance.now() - from) {
    const due = Math.floor((ms / 1000) * options.linesPerSecond);
    for (; written < due; written += 1) appendFileSync(files[written % files.length] as string, ordinary());
    await sleep(options.linesPerSecond === 0 ? Math.max(0, options.seconds * 1000 - ms) : BEAT_MS);
  }
  const after = usageOf(analyze.pid);
  const seconds = (performance.now() - from) / 1000;
  const wokenAt = process.hrtime.bigint();
  appendFileSync(files.at(-1) as string, decisive(container(2)));
  const woken = await analyze.arrived(container(2), WAKE_UP_MS);
  await analyze.stop();
  return {
    name: options.name,
    files: options.files,
    seconds,
    startSeconds: Number(started - began) / 1e9,
    cpuShare: (after.cpuSeconds - before.cpuSeconds) / seconds,
    residentMegabytes: after.rssBytes / 1e6,
    peakMegabytes: after.peakBytes / 1e6,
    wakeUpMilliseconds: Number(woken - wokenAt) / 1e6,
  };
}

function container(number: number): string {
  return number.toString(16).padStart(64, '0');
}

function ordinary(): string {
  return inEnvelope('iso', {
    daemon: 'web[7]',
    at: new Date(),
    decides: null,
    message: 'GET /healthz 200 in 3 ms',
  });
}

function decisive(id: string): string {
  return inEnvelope('iso', {
    daemon: 'containerd[988]',
    at: new Date(),
    decides: id,
    message: `time="${new Date().toISOString()}" level=error msg="StopContainer for \\"${id}\\" failed" error="rpc error: code = DeadlineExceeded desc = an error occurs during waiting for container \\"${id}\\" to be killed: wait container \\"${id}\\": context deadline exceeded"`,
  });
}
