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

interface Group {
  readonly state: string;
  readonly frames: readonly Frame[];
  readonly createdBy: string | null;
  readonly line: number;
  readonly members: GoroutineMember[];
  count: number;
  longestMinutes: number | null;
}

export interface TraceStacks {
  open(head: GoroutineLine, line: number): OpenGoroutine;
  addFrame(to: OpenGoroutine, name: string, args: string, file: string | null, line: number | null): void;
  /** Books a goroutine whose lines are complete. */
  add(goroutine: OpenGoroutine): void;
  /** Counts a goroutine without looking at it. */
  drop(): void;
  readonly total: number;
  readonly dropped: number;
  /** Goroutines of which frames were left out. */
  readonly deep: number;
  /** By falling count, then by line. */
  groups(): readonly GoroutineGroup[];
  /** Every frame that was seen, once. */
  frames(): readonly Frame[];
}

/** A copy: a piece of a line keeps all of the text alive that it was cut from. */
export function ownText(text: string): string {
  return Buffer.from(text).toString();
}

export function createTraceStacks(): TraceStacks {
  const known = new Map<string, number>();
  const frames: Frame[] = [];
  const groups = new Map<string, Group>();
  const creators = new Map<string, string>();
  let total = 0;
  let dropped = 0;
  let deep = 0;
  let members = 0;
  let references = 0;

  function idOf(name: string, file: string | null, line: number | null): number {
    const key = `${name}\n${file ?? ''}:${line ?? ''}`;
    const id = known.get(key);
    if (id !== undefined) return id;
    if (frames.length >= MAX_KNOWN_FRAMES) return -1;
    frames.push({ function: ownText(name), file: file === null ? null : ownText(file), line });
    known.set(ownText(key), frames.length - 1);
    return frames.length - 1;
  }

  function creatorOf(name: string): string {
    const own = creators.get(name);
    if (own !== undefined) return own;
    const copy = ownText(name);
    if (creators.size < MAX_GROUPS) creators.set(copy, copy);
    return copy;
  }

  return {
    open: (head, line) => ({ head, line, frames: [], ids: [], args: {}, createdBy: null, cut: 0 }),
    addFrame(to, name, args, file, line) {
      const id = idOf(name, file, line);
      const frame = frames[id] ?? {
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
      if (members < MAX_MEMBERS && args !== '' && keepsArguments(name) && !(frame.function in to.args))
        to.args[frame.function] = ownText(args.slice(0, LONGEST_ARGUMENTS));
    },
    add(goroutine) {
      const { head, ids, line } = goroutine;
      total += 1;
      if (goroutine.cut > 0) deep += 1;
      const createdBy = goroutine.createdBy === null ? null : creatorOf(goroutine.createdBy);
      // Nothing but a header: the dump ends here, or was torn.
      if (total > MAX_GOROUTINES || ids.includes(-1) || (ids.length === 0 && createdBy === null)) {
        dropped += 1;
        return;
      }
      const key = `${head.state}\n${ids.join()}\n${createdBy ?? ''}`;
      let group = groups.get(key);
      if (group === undefined) {
        if (groups.size >= MAX_GROUPS || references + ids.length > MAX_REFERENCES) {
          dropped += 1;
          return;
        }
        references += ids.length;
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
      if (head.waitMinutes !== null)
        group.longestMinutes = Math.max(group.longestMinutes ?? 0, head.waitMinutes);
      if (members >= MAX_MEMBERS) return;
      members += 1;
      group.members.push({ id: head.id, waitMinutes: head.waitMinutes, args: goroutine.args });
    },
    drop() {
      total += 1;
      dropped += 1;
    },
    get total() {
      return total;
    },
    get dropped() {
      return dropped;
    },
    get deep() {
      return deep;
    },
    groups: () => [...groups.values()].sort((a, b) => b.count - a.count || a.line - b.line),
    frames: () => frames,
  };
}
