/**
 * Puts goroutines with the same stack together, for profiles that state neither waits nor arguments. Readers of
 * debug=1 text and of protobuf add one stack at a time and take the groups at the end. It holds the caps: what is
 * beyond them is only counted.
 */
import type { Frame, GoroutineGroup } from '../types.js';

const MAX_GROUPS = 4096;
/** Text comes by falling count, protobuf does not: so more stacks are held than shown. */
const MAX_STACKS = 16_384;
/** Go records 128 addresses of a stack; inlining makes some more frames of them. */
export const MAX_DEPTH = 512;
const MAX_FRAMES = 65_536;
/** Frames over all stacks held. */
const MAX_REFERENCES = 1_048_576;

/** Stacks of one hash: chance gives 1, only an attacker gives more than a few. */
const MAX_ALIKE = 8;

export interface StackGroups {
  /** Number of a frame, for `add`; -1 beyond the cap. */
  frame(frame: Frame): number;
  /** The first `depth` ids of `stack`, innermost first; what lies deeper than 512 is left out. `line`: where it stands. */
  add(stack: ArrayLike<number>, depth: number, count: number, line: number): void;
  /** By falling count, then by first line. */
  groups(): { groups: readonly GoroutineGroup[]; dropped: number };
}

interface Stack {
  readonly ids: Int32Array;
  readonly line: number;
  count: number;
}

export function createStackGroups(): StackGroups {
  const frameIds = new Map<string, number>();
  const frames: Frame[] = [];
  const buckets = new Map<number, Stack[]>();
  const stacks: Stack[] = [];
  let references = 0;
  let dropped = 0;

  return {
    frame(frame) {
      const key = `${frame.function}\0${frame.file ?? ''}\0${frame.line ?? ''}`;
      const known = frameIds.get(key);
      if (known !== undefined) return known;
      if (frames.length >= MAX_FRAMES) return -1;
      frameIds.set(key, frames.push(frame) - 1);
      return frames.length - 1;
    },
    add(ids, depth, count, line) {
      const length = Math.min(depth, MAX_DEPTH);
      // A hash and a comparison instead of a string as key: a profile can have millions of stacks.
      const hash = hashOf(ids, length);
      const alike = hash === null ? [] : (buckets.get(hash) ?? []);
      const known = alike.find((stack) => isSame(stack.ids, ids, length));
      if (known !== undefined) {
        known.count += count;
        return;
      }
      const full =
        stacks.length >= MAX_STACKS || references + length > MAX_REFERENCES || alike.length >= MAX_ALIKE;
      if (hash === null || full) {
        dropped += count;
        return;
      }
      const stack = { ids: Int32Array.from({ length }, (_, index) => ids[index] ?? -1), line, count };
      references += length;
      stacks.push(stack);
      alike.push(stack);
      buckets.set(hash, alike);
    },
    groups() {
      const all = stacks.toSorted((a, b) => b.count - a.count || a.line - b.line);
      const beyond = all.slice(MAX_GROUPS).reduce((sum, stack) => sum + stack.count, 0);
      const groups = all.slice(0, MAX_GROUPS).map((stack) => ({
        count: stack.count,
        state: null,
        frames: Array.from(stack.ids, (id) => frames[id] ?? UNKNOWN_FRAME),
        createdBy: null,
        members: [],
        longestMinutes: null,
        line: stack.line,
      }));
      return { groups, dropped: dropped + beyond };
    },
  };
}

/** An address without a name. */
export const UNKNOWN_FRAME: Frame = { function: '<unknown>', file: null, line: null };

/** Null where a frame is beyond the cap: such a stack cannot be told from another. */
function hashOf(ids: ArrayLike<number>, length: number): number | null {
  let hash = length;
  for (let index = 0; index < length; index += 1) {
    const id = ids[index] ?? -1;
    if (id < 0) return null;
    hash = Math.imul(hash ^ id, 0x5bd1e995);
    hash ^= hash >>> 15;
  }
  return hash;
}

function isSame(known: Int32Array, ids: ArrayLike<number>, length: number): boolean {
  if (known.length !== length) return false;
  for (let index = 0; index < length; index += 1) {
    if (known[index] !== ids[index]) return false;
  }
  return true;
}
