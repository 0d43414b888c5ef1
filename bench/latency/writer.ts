/**
 * Writes a node's log line by line at a steady rate with jitter: `writer.js PLAN`, the plan as JSON. A process of
 * its own, so that whoever waits for the incidents does not disturb its times. It notes when it began to write each
 * line that decides an incident, and leaves these times as JSON when it ends.
 */
import { openSync, writeFileSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createRandom } from '../random.js';
import { asJournalEntry, createNodeLife, type Envelope, inEnvelope } from './node-life.js';

export interface WriterPlan {
  /** Files that are appended to in turn by chance; `-` for standard output. */
  readonly targets: readonly string[];
  /** Journal entries, or syslog lines in several envelopes. */
  readonly form: 'journal' | 'syslog';
  readonly seconds: number;
  readonly linesPerSecond: number;
  readonly incidentsPerSecond: number;
  readonly seed: number;
  /** File for the times. */
  readonly times: string;
}

export interface WriterTimes {
  /** By container id: ns of the monotonic clock, as decimal text. */
  readonly written: Readonly<Record<string, string>>;
  /** When the first line was written. */
  readonly began: string;
  readonly lines: number;
  readonly bytes: number;
}

/** Ordinary stops for one that fails. */
const STOPS_PER_INCIDENT = 4;
const ENVELOPES: Readonly<Record<string, Envelope>> = { kubelet: 'iso', containerd: 'rfc5424' };

const pause = new Int32Array(new SharedArrayBuffer(4));

export function runWriter(plan: WriterPlan): void {
  const random = createRandom(plan.seed);
  const incidents = plan.incidentsPerSecond / plan.linesPerSecond;
  const life = createNodeLife({ random, incidents, stops: incidents * STOPS_PER_INCIDENT });
  const files = plan.targets.map((path) => (path === '-' ? 1 : openSync(path, 'a')));
  const written: Record<string, string> = {};
  const began = process.hrtime.bigint();
  const end = began + BigInt(Math.round(plan.seconds * 1e9));
  let due = Number(began);
  let lines = 0;
  let bytes = 0;
  for (;;) {
    let now = process.hrtime.bigint();
    if (now >= end) break;
    // As independent daemons write: times between two lines are distributed exponentially.
    due += (-Math.log(1 - random.fraction()) * 1e9) / plan.linesPerSecond;
    const ahead = (due - Number(now)) / 1e6;
    if (ahead > 0.05) Atomics.wait(pause, 0, 0, ahead);
    const line = life.next(new Date());
    lines += 1;
    const text =
      plan.form === 'journal'
        ? asJournalEntry(line, lines)
        : inEnvelope(ENVELOPES[line.daemon.split('[')[0] ?? ''] ?? 'rfc3164', line);
    const file = random.pick(files);
    const whole = Buffer.from(text, 'latin1');
    now = process.hrtime.bigint();
    writeSync(file, whole);
    bytes += whole.length;
    if (line.decides !== null) written[line.decides] = String(now);
  }
  const times: WriterTimes = { written, began: String(began), lines, bytes };
  writeFileSync(plan.times, JSON.stringify(times));
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  runWriter(JSON.parse(process.argv[2] ?? '') as WriterPlan);
