/**
 * What the daemons of a sick node say: a given number of lines in the order of their times, dockerd's lines about
 * containers that cannot be stopped among many that mean nothing. How often each was tried is known.
 */
import { createHash } from 'node:crypto';

export interface NodeLog {
  /** Messages without a header, one line each. */
  readonly messages: readonly string[];
  /** Stop calls by container, 64 hex. */
  readonly attempts: ReadonlyMap<string, number>;
}

const CONTAINERS = 60;
const GRACE_MS = 10_000;
/** The client gives up after two minutes, and comes back two seconds later. */
const PERIOD_MS = 122_000;
const START_EVERY_MS = 60_000;

const container = (index: number): string => createHash('sha256').update(`container ${index}`).digest('hex');

function message(ms: number, level: string, text: string): string {
  const time = `${new Date(ms).toISOString().slice(0, -1)}630969Z`;
  return `time="${time}" level=${level} msg="${text}"`;
}

/** As dockerd up to 20.10.9 words it. */
function stopLines(id: string, ms: number): { readonly ms: number; readonly text: string }[] {
  const outlived = `Container ${id} failed to exit within 10 seconds of`;
  return [
    { ms, text: message(ms, 'info', `${outlived} signal 15 - using the force`) },
    { ms: ms + GRACE_MS, text: message(ms + GRACE_MS, 'info', `${outlived} kill - trying direct SIGKILL`) },
  ];
}

const NOISE = [
  (number: number) => `API listen on /run/docker.sock, request ${number}`,
  (number: number) => `ignoring event topic=/tasks/exec-started number ${number}`,
  (number: number) => `Calling GET /v1.40/containers/${container(number)}/json`,
  (number: number) => `Container healthcheck ${number} passed: exit within 10 seconds of its start`,
];

/** `end`: ms since the epoch. */
export function nodeLog(lines: number, end: number): NodeLog {
  const attempts = new Map<string, number>();
  const stops: { readonly ms: number; readonly text: string }[] = [];
  const span = CONTAINERS * START_EVERY_MS + 10 * PERIOD_MS;
  const start = end - span;
  for (let index = 0; index < CONTAINERS; index++) {
    const id = container(index);
    const count = 3 + (index % 6);
    attempts.set(id, count);
    for (let attempt = 0; attempt < count; attempt++) {
      stops.push(...stopLines(id, start + index * START_EVERY_MS + attempt * PERIOD_MS));
    }
  }
  stops.sort((a, b) => a.ms - b.ms);
  const noise = lines - stops.length;
  const messages: string[] = [];
  let stop = 0;
  for (let number = 0; number < noise; number++) {
    const ms = start + Math.floor((span * number) / noise);
    for (let next = stops[stop]; next !== undefined && next.ms <= ms; next = stops[++stop])
      messages.push(next.text);
    messages.push(message(ms, 'debug', NOISE[number % NOISE.length]?.(number) ?? ''));
  }
  messages.push(...stops.slice(stop).map(({ text }) => text));
  return { messages, attempts };
}
