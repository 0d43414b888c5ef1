/**
 * What a profile, a dump or a panic looks like where a defect is at work, as patterns/signatures/*.yaml states
 * it, and how much of it a piece of evidence holds. Signatures only measure; defects say what it means.
 */

import type {
  Evidence,
  Frame,
  FunctionTable,
  GoroutineGroup,
  GoroutineProfile,
  Measure,
  Panic,
} from '../types.js';
import { runsAs } from './embedded.js';
import { type FunctionName, functionMatcher, isRuntimeFrame, readFunctionName } from './function-name.js';
import { isStrangers } from './strangers.js';

interface SignatureBase {
  /** File name without `.yaml`. */
  readonly id: string;
  readonly title: string;
  /** Programs it is of; evidence that names none fits, too. Absent: any program. */
  readonly programs?: readonly string[];
  readonly source: string;
}

/** A share of a table of functions, of the measure that it names. */
export interface HeapSignature extends SignatureBase {
  readonly kind: 'heap';
  /** `inuse_space` where not given: what was allocated and freed again is no leak. */
  readonly measures?: readonly Measure[];
  /** Their flat values are summed up. */
  readonly flat: readonly string[];
  /** The largest of their cumulated values counts where it is more than that sum. */
  readonly cum: readonly string[];
  /** Without this share of one of these functions, in per cent, flat or cumulated, the others mean nothing. */
  readonly needs?: { readonly functions: readonly string[]; readonly percent: number };
}

/** A stack: all of `has`, none of `lacks`, one of `top` innermost (runtime frames do not count), in one of `states`. */
export interface StackShape {
  readonly has: readonly string[];
  readonly top?: readonly string[];
  readonly lacks?: readonly string[];
  /** `chan receive`; profiles state none, and then the frames alone decide. */
  readonly states?: readonly string[];
}

/** Goroutines whose stack has one of the shapes. */
export interface GoroutinesSignature extends SignatureBase {
  readonly kind: 'goroutines';
  readonly stacks: readonly StackShape[];
}

/** A process that died in one of these functions. */
export interface PanicSignature extends SignatureBase {
  readonly kind: 'panic';
  /** First line behind `panic: ` or `fatal error: `, whole, or its start with a `*` at the end. */
  readonly reasons: readonly string[];
  readonly frames: readonly string[];
  /** One of `frames` must be among so many innermost ones; those of the runtime do not count. */
  readonly within: number;
  readonly lacks?: readonly string[];
  /**
   * Texts of which one must stand in a function, a file or a line of the panic, unless it names one of
   * `programs`: for libraries that many other programs use. Without them only a stack that shows another
   * program's own code is silent.
   */
  readonly witnesses?: readonly string[];
}

export type Signature = HeapSignature | GoroutinesSignature | PanicSignature;

export interface SignatureValue {
  /** Per cent (two decimals) of a heap, goroutines of a dump, 1 of a panic; 0: looked for and not there. */
  readonly value: number;
  /** Of a heap only. */
  readonly bytes?: number;
  /** Line and text that show it best. */
  readonly line: number;
  readonly text: string;
}

/** Null where the evidence is not of the signature's kind, measure or program. */
export function signatureValue(signature: Signature, evidence: Evidence): SignatureValue | null {
  const { program } = evidence;
  if (program !== null && signature.programs?.some((each) => runsAs(program, each)) === false) return null;
  switch (signature.kind) {
    case 'heap':
      return evidence.kind === 'functions' ? heapValue(signature, evidence) : null;
    case 'goroutines':
      return evidence.kind === 'goroutines' ? goroutinesValue(signature, evidence) : null;
    case 'panic':
      return evidence.kind === 'panic' ? panicValue(signature, evidence) : null;
  }
}

function heapValue(signature: HeapSignature, table: FunctionTable): SignatureValue | null {
  if (!(signature.measures ?? ['inuse_space']).includes(table.measure)) return null;
  const absent: SignatureValue = { value: 0, bytes: 0, line: table.line, text: table.text };
  if (!(table.total > 0)) return absent;
  const isFlat = anyOf(signature.flat);
  const isCum = anyOf(signature.cum);
  const isNeeded = anyOf(signature.needs?.functions ?? []);
  let flat = 0;
  let cum = 0;
  let needed = 0;
  let best = { value: 0, line: table.line, text: table.text };
  for (const row of table.functions) {
    const name = readFunctionName(row.name);
    if (isNeeded(name)) needed = Math.max(needed, row.flat, row.cum);
    const own = isFlat(name) ? row.flat : 0;
    const all = isCum(name) ? row.cum : 0;
    flat += own;
    cum = Math.max(cum, all);
    if (Math.max(own, all) > best.value) best = { value: Math.max(own, all), line: row.line, text: row.text };
  }
  if (signature.needs !== undefined && percent(needed, table.total) < signature.needs.percent) return absent;
  const bytes = Math.min(Math.max(flat, cum), table.total);
  return { value: percent(bytes, table.total), bytes: Math.round(bytes), line: best.line, text: best.text };
}

function percent(part: number, whole: number): number {
  return Math.round((part / whole) * 10_000) / 100;
}

function goroutinesValue(signature: GoroutinesSignature, profile: GoroutineProfile): SignatureValue {
  const groups = matchingGroups(signature, profile);
  const [first] = groups;
  if (first === undefined) return { value: 0, line: profile.line, text: profile.text };
  const frame = shapeOf(signature, first)?.frame ?? first.frames[0];
  return {
    value: groups.reduce((sum, { count }) => sum + count, 0),
    line: first.line,
    text: [
      `${first.count} x ${first.state === null ? 'goroutine' : `[${first.state}]`} ${frame?.function ?? ''}`,
      ...(first.longestMinutes === null ? [] : [`up to ${first.longestMinutes} minutes`]),
    ].join(', '),
  };
}

/** Groups whose stack has one of the signature's shapes, in the order of the profile. */
export function matchingGroups(signature: Signature, profile: GoroutineProfile): readonly GoroutineGroup[] {
  if (signature.kind !== 'goroutines') return [];
  return profile.groups.filter((group) => shapeOf(signature, group) !== null);
}

/** The first shape that fits, with the innermost frame that it names. */
function shapeOf({ stacks }: GoroutinesSignature, group: GoroutineGroup): { readonly frame: Frame } | null {
  const names = namesOf(group);
  const innermost = names.findIndex(({ name }) => !isRuntimeFrame(name));
  for (const { has, top = [], lacks = [], states } of stacks) {
    if (states !== undefined && group.state !== null && !states.includes(group.state)) continue;
    if (top.length > 0 && (innermost === -1 || !anyOf(top)(names[innermost] as FunctionName))) continue;
    if (!has.every((wanted) => names.some(matcherOf(wanted)))) continue;
    if (names.some(anyOf(lacks))) continue;
    const telling = names.findIndex(anyOf(has));
    return { frame: group.frames[telling === -1 ? Math.max(0, innermost) : telling] as Frame };
  }
  return null;
}

/** Deferred calls that panic again stand above the frame that died first, in the same stack. */
const PANIC_DEPTH = 64;

function panicValue(signature: PanicSignature, panic: Panic): SignatureValue {
  const absent: SignatureValue = { value: 0, line: panic.line, text: panic.text };
  const names = namesOf(panic);
  const isReason = signature.reasons.some((reason) =>
    reason.endsWith('*') ? panic.reason.startsWith(reason.slice(0, -1)) : panic.reason === reason,
  );
  if (!isReason || names.some(anyOf(signature.lacks ?? []))) return absent;
  if (!isOurs(signature, panic)) return absent;
  const lastPanic = names.slice(0, PANIC_DEPTH).findLastIndex(({ name }) => PANICS.has(name));
  const dying = names.slice(lastPanic + 1).filter(({ name }) => !isRuntimeFrame(name));
  const found = dying.slice(0, signature.within).find(anyOf(signature.frames));
  if (found === undefined) return absent;
  const shown = panic.lines.find(({ text }) => text.includes(lastName(found.name)));
  return { value: 1, line: shown?.line ?? panic.line, text: shown?.text ?? panic.text };
}

const PANICS = new Set(['panic', 'runtime.gopanic', 'runtime.sigpanic', 'runtime.panicmem']);

function isOurs({ witnesses, programs = [] }: PanicSignature, panic: Panic): boolean {
  const { program } = panic;
  if (program !== null && programs.some((each) => runsAs(program, each))) return true;
  if (witnesses === undefined) return !isStrangers(panic);
  const texts = [
    ...panic.frames.flatMap((frame) => [frame.function, frame.file ?? '']),
    ...panic.lines.map(({ text }) => text),
  ];
  return texts.some((text) => witnesses.some((witness) => text.includes(witness)));
}

/** `(*pushWriter).setPipe` of a whole name. */
function lastName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1).replace(/^[^.]*\./, '');
}

function anyOf(wanted: readonly string[]): (name: FunctionName) => boolean {
  const matchers = wanted.map(matcherOf);
  return (name) => matchers.some((matches) => matches(name));
}

/** Names of signatures, compiled once: there are some dozens. */
const MATCHERS = new Map<string, (name: FunctionName) => boolean>();

function matcherOf(wanted: string): (name: FunctionName) => boolean {
  const known = MATCHERS.get(wanted) ?? functionMatcher(wanted);
  MATCHERS.set(wanted, known);
  return known;
}

/** Every signature looks at every stack: its names are taken apart once. */
const NAMES = new WeakMap<readonly Frame[], readonly FunctionName[]>();

function namesOf({ frames }: { readonly frames: readonly Frame[] }): readonly FunctionName[] {
  const known = NAMES.get(frames) ?? frames.map((frame) => readFunctionName(frame.function));
  NAMES.set(frames, known);
  return known;
}
