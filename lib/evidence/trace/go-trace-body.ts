/**
 * A trace while its lines come in, and what becomes of it at its end: a panic, a dump, both, or nothing where it
 * was only a stack that somebody printed.
 */
import type { Instant } from '../../envelope/types.js';
import { modulesOf } from '../module-versions.js';
import type { GoroutineProfile, Panic } from '../types.js';
import type { GoroutineLine, HeadForm } from './go-trace-line.js';
import { programOfFrames } from './go-trace-program.js';
import {
  groupsOf,
  newTraceStacks,
  type OpenGoroutine,
  openGoroutine,
  type TraceStacks,
} from './go-trace-stacks.js';

export type Trace = GoroutineProfile | Panic;

/** Lines kept for proof. */
export const MAX_PROOF = 24;
const MAX_PANIC_FRAMES = 128;

export interface Proof {
  readonly line: number;
  readonly text: string;
}

/** The line that announces a trace. */
export interface TraceHead {
  readonly form: HeadForm | 'dump';
  readonly reason: string;
  readonly proof: Proof[];
  readonly line: number;
  readonly at: Instant | null;
  /** Shape of what stands in front of it and is no known envelope. */
  readonly shape: string;
  signal: { name: string; address: string | null } | null;
  /** Lines since then that are no frames. */
  age: number;
}

/** The goroutine that a panic is of, as far as is known. */
export interface Dying {
  readonly goroutine: OpenGoroutine;
  readonly proof: Proof[];
  /** The line that says what started it. */
  created: Proof | null;
}

/** A trace of which at least one goroutine's header was seen. Plain data, as all that is in it. */
export interface TraceBody {
  readonly head: TraceHead | null;
  readonly line: number;
  readonly at: Instant | null;
  readonly stacks: TraceStacks;
  readonly ids: Set<number>;
  dying: Dying;
  /** One of its goroutines printed the others. */
  dumped: boolean;
  /** Characters of it so far. */
  text: number;
}

export function newBody(
  head: TraceHead | null,
  first: GoroutineLine,
  proof: Proof,
  at: Instant | null,
): { body: TraceBody; goroutine: OpenGoroutine } {
  const stacks = newTraceStacks();
  const goroutine = openGoroutine(first, proof.line);
  const body: TraceBody = {
    head,
    line: head?.line ?? proof.line,
    at: head?.at ?? at,
    stacks,
    ids: new Set([first.id]),
    dying: { goroutine, proof: [proof], created: null },
    dumped: false,
    text: 0,
  };
  return { body, goroutine };
}

export interface Speaker {
  readonly source: string;
  readonly host: string | null;
  readonly pid: number | null;
  readonly program: string | null;
  readonly fallbackProgram: string | null;
}

/** What the finished trace is evidence of. */
export function tracesOf(body: TraceBody, speaker: Speaker): Trace[] {
  const { head, stacks, dying, line, at } = body;
  const { source, host, pid } = speaker;
  const groups = groupsOf(stacks);
  const { frames } = stacks;
  const creators = groups.flatMap((group) => (group.createdBy === null ? [] : [group.createdBy]));
  const program = speaker.program ?? programOfFrames(frames, creators) ?? speaker.fallbackProgram;
  const modules = modulesOf(filesOf(frames));
  const text = head?.proof[0]?.text ?? dying.proof[0]?.text ?? '';
  const about = { source, line, host, program, pid, at, text };
  const died = head !== null && head.form !== 'dump';
  const traces: Trace[] = [];
  if (died) {
    const { form, reason, signal } = head;
    traces.push({
      kind: 'panic',
      ...about,
      reason,
      fatal: form === 'fatal' || form === 'signal',
      signal,
      frames: dying.goroutine.frames.slice(0, MAX_PANIC_FRAMES),
      lines: proofOf(head, dying),
      modules,
    });
  }
  const isDump = died ? stacks.total > 1 && head.form !== 'served' : isDumpOf(body);
  if (isDump && frames.length > 0) {
    traces.push({
      kind: 'goroutines',
      ...about,
      form: 'dump',
      total: stacks.total,
      groups,
      dropped: stacks.dropped,
      modules,
    });
  }
  return traces;
}

/** A single goroutine that runs is a stack which a program printed of itself, not a dump of all. */
function isDumpOf({ head, stacks, dying, dumped }: TraceBody): boolean {
  return head !== null || dumped || stacks.total > 1 || dying.goroutine.head.state !== 'running';
}

function* filesOf(frames: readonly { readonly file: string | null }[]): Iterable<string> {
  for (const { file } of frames) if (file !== null) yield file;
}

function proofOf(head: TraceHead, dying: Dying): Proof[] {
  const last = dying.created === null ? [] : [dying.created];
  return [...head.proof, ...dying.proof].slice(0, MAX_PROOF - last.length).concat(last);
}
