/**
 * Puts the goroutines of one dump together by state and stack, whatever their arguments and addresses. Two waits
 * in one function are two stacks, as their lines differ. Holds the caps: what is beyond them is only counted.
 */

import type { Frame, GoroutineGroup, GoroutineMember } from '../types.js';
import { keepsArguments, LONGEST_ARGUMENTS } from './go-trace-arguments.js';
import type { GoroutineLine } from './go-trace-line.js';

export const MAX_GROUPS = 4096;
export const MAX_MEMBERS = 4096;
/** Frames kept of one goroutine: the first and the last 256. */
export const MAX_FRAMES = 512;
/** Goroutines of a dump that are looked at; the rest are counted. */
export const MAX_GOROUTINES = 200_000;
/** Different frames of a dump; a daemon has some thousands. */
const MAX_KNOWN_FRAMES = 65_536;
/** Frames over all groups. */
const MAX_REFERENCES = 1_048_576;

/** A goroutine while its lines come in. */
export interface OpenGoroutine {
  readonly head: GoroutineLine;
  readonly line: number;
  readonly frames: Frame[];
  readonly ids: number[];
  readonly args: Record<string, string>;
  createdBy: string | null;
  /** Frames left out of the middle. */
  cut: number;
}

export interface Group {
  readonly state: string;
  readonly frames: readonly Frame[];
  readonly createdBy: string | null;
  readonly line: number;
  readonly members: GoroutineMember[];
  count: number;
  longestMinutes: number | null;
}

/** The goroutines of one dump. Plain data. */
export interface TraceStacks {
  /** A frame's index by what it says. */
  readonly known: Map<string, number>;
  /** Every frame that was seen, once. */
  readonly frames: Frame[];
  readonly groups: Map<string, Group>;
  readonly creators: Map<string, string>;
  total: number;
  dropped: number;
  /** Goroutines of which frames were left out. */
  deep: number;
  members: number;
  references: number;
}

export function newTraceStacks(): TraceStacks {
  return {
    known: new Map(),
    frames: [],
    groups: new Map(),
    creators: new Map(),
    total: 0,
    dropped: 0,
    deep: 0,
    members: 0,
    references: 0,
  };
}

export function openGoroutine(head: GoroutineLine, line: number): OpenGoroutine {
  return { head, line, frames: [], ids: [], args: {}, createdBy: null, cut: 0 };
}

/** A copy: a piece of a line keeps all of the text alive that it was cut from. */
export function ownText(text: string): string {
  return Buffer.from(text).toString();
}

export function addFrame(
  stacks: TraceStacks,
  to: OpenGoroutine,
  name: string,
  args: string,
  file: string | null,
  line: number | null,
): void {
  const id = idOf(stacks, name, file, line);
  const frame = stacks.frames[id] ?? {
    function: ownText(name),
    file: file === null ? null : ownText(file),
    line,
  };
  if (to.frames.length >= MAX_FRAMES) {
    to.frames.splice(MAX_FRAMES / 2, 1);
    to.ids.splice(MAX_FRAMES / 2, 1);
    to.cut += 1;
  }
  to.frames.push(frame);
  to.ids.push(id);
  if (stacks.members < MAX_MEMBERS && args !== '' && keepsArguments(name) && !(frame.function in to.args))
    to.args[frame.function] = ownText(args.slice(0, LONGEST_ARGUMENTS));
}

/** Books a goroutine whose lines are complete. */
export function addGoroutine(stacks: TraceStacks, goroutine: OpenGoroutine): void {
  const { head, ids, line } = goroutine;
  stacks.total += 1;
  if (goroutine.cut > 0) stacks.deep += 1;
  const createdBy = goroutine.createdBy === null ? null : creatorOf(stacks, goroutine.createdBy);
  // Nothing but a header: the dump ends here, or was torn.
  if (stacks.total > MAX_GOROUTINES || ids.includes(-1) || (ids.length === 0 && createdBy === null)) {
    stacks.dropped += 1;
    return;
  }
  const { groups } = stacks;
  const key = `${head.state}\n${ids.join()}\n${createdBy ?? ''}`;
  let group = groups.get(key);
  if (group === undefined) {
    if (groups.size >= MAX_GROUPS || stacks.references + ids.length > MAX_REFERENCES) {
      stacks.dropped += 1;
      return;
    }
    stacks.references += ids.length;
    group = {
      state: ownText(head.state),
      frames: goroutine.frames,
      createdBy,
      line,
      members: [],
      count: 0,
      longestMinutes: null,
    };
    groups.set(key, group);
  }
  group.count += 1;
  if (head.waitMinutes !== null) group.longestMinutes = Math.max(group.longestMinutes ?? 0, head.waitMinutes);
  if (stacks.members >= MAX_MEMBERS) return;
  stacks.members += 1;
  group.members.push({ id: head.id, waitMinutes: head.waitMinutes, args: goroutine.args });
}

/** Counts a goroutine without looking at it. */
export function dropGoroutine(stacks: TraceStacks): void {
  stacks.total += 1;
  stacks.dropped += 1;
}

/** By falling count, then by line. */
export function groupsOf({ groups }: TraceStacks): readonly GoroutineGroup[] {
  return [...groups.values()].sort((a, b) => b.count - a.count || a.line - b.line);
}

function idOf(stacks: TraceStacks, name: string, file: string | null, line: number | null): number {
  const { frames, known } = stacks;
  const key = `${name}\n${file ?? ''}:${line ?? ''}`;
  const id = known.get(key);
  if (id !== undefined) return id;
  if (frames.length >= MAX_KNOWN_FRAMES) return -1;
  frames.push({ function: ownText(name), file: file === null ? null : ownText(file), line });
  known.set(ownText(key), frames.length - 1);
  return frames.length - 1;
}

function creatorOf({ creators }: TraceStacks, name: string): string {
  const own = creators.get(name);
  if (own !== undefined) return own;
  const copy = ownText(name);
  if (creators.size < MAX_GROUPS) creators.set(copy, copy);
  return copy;
}
