/**
 * Says what grows in every one of several profiles of one process: functions of heap profiles, stacks of goroutine
 * profiles. Called with all profiles of one program and measure. One that was printed twice (as protobuf and as
 * text) is one state: taken for two it would show a standstill.
 */
import type { Instant } from '../envelope/types.js';
import type { FunctionTable, GoroutineGroup, GoroutineProfile, Measure } from './types.js';

const MAX_GROWING = 64;
const MINUTE_MS = 60_000;
/** pprof drops what holds less than this share of the total. */
const DROPPED_SHARE = 0.005;
/** Two printings of one profile differ by their rounding. */
const SAME_TOTAL = 0.01;

const HEAP: ReadonlySet<Measure> = new Set(['inuse_space', 'inuse_objects', 'alloc_space', 'alloc_objects']);

export interface Growth {
  /** A function, or the functions of a stack from the inside, joined by ` < `. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** One per state, in time order; 0 where it is not shown. */
  readonly values: readonly number[];
}

/** A profile as growth sees it. */
interface State {
  readonly at: Instant | null;
  readonly source: string;
  readonly total: number;
  /** Heap profiles show the state of the last garbage collection: two of them can be one state. */
  readonly ofHeap: boolean;
  values: ReadonlyMap<string, number>;
  /** What something can have at most that is not shown: 0 where all is. */
  hidden: number;
}

/**
 * Functions whose flat value rises from each table to the next, by falling growth, at most 64. Tables of another
 * measure or program than the first are not looked at; those without a time keep their order. Empty below two states.
 */
export function growthOf(tables: readonly FunctionTable[]): readonly Growth[] {
  const [first] = tables;
  const alike = tables.filter((table) => table.measure === first?.measure && table.program === first.program);
  return growing(
    alike.map((table) => ({
      at: table.at,
      source: table.source,
      total: table.total,
      ofHeap: HEAP.has(table.measure),
      values: sums(table.functions.map(({ name, flat }) => [name, flat])),
      hidden: table.complete
        ? 0
        : Math.max(least(table.functions.map(({ flat }) => flat)), table.total * DROPPED_SHARE),
    })),
  );
}

/** The same for stacks; a stack is known by its functions without the runtime's own at both ends. */
export function growthOfGroups(profiles: readonly GoroutineProfile[]): readonly Growth[] {
  const [first] = profiles;
  const alike = profiles.filter(({ program }) => program === first?.program);
  return growing(
    alike.map((profile) => ({
      at: profile.at,
      source: profile.source,
      total: profile.total,
      ofHeap: false,
      values: sums(profile.groups.map((group) => [stackName(group), group.count])),
      hidden:
        profile.dropped === 0
          ? 0
          : Math.min(profile.dropped, Math.max(1, least(profile.groups.map(({ count }) => count)))),
    })),
  );
}

/** Forms differ in whether they show `runtime.gopark` and `runtime.goexit`; a stack is the same in each. */
function stackName(group: GoroutineGroup): string {
  const names = group.frames.map((frame) => frame.function);
  const inner = names.findIndex((name) => !name.startsWith('runtime.'));
  const outer = names.findLastIndex((name) => !name.startsWith('runtime.'));
  return (inner === -1 ? names : names.slice(inner, outer + 1)).join(' < ');
}

function growing(profiles: readonly State[]): readonly Growth[] {
  const states = statesOf(profiles);
  const last = states.at(-1);
  if (last === undefined || states.length < 2) return [];
  const found: Growth[] = [];
  for (const name of last.values.keys()) {
    const values = states.map((state) => state.values.get(name) ?? 0);
    const rises = states.every((state, index) => {
      if (index === 0) return true;
      const before = states[index - 1];
      const value = state.values.get(name);
      return value !== undefined && value > (before?.values.get(name) ?? before?.hidden ?? 0);
    });
    if (rises) found.push({ name, from: values[0] ?? 0, to: values.at(-1) ?? 0, values });
  }
  found.sort((a, b) => b.to - b.from - (a.to - a.from) || (a.name < b.name ? -1 : 1));
  return found.slice(0, MAX_GROWING);
}

/** In time order, printings of one profile put together. */
function statesOf(profiles: readonly State[]): readonly State[] {
  // Those without a time stay behind the one that they were given after.
  let moment = -Number.MAX_SAFE_INTEGER;
  const placed = profiles.map((profile) => {
    if (profile.at !== null) moment = profile.at.ms + profile.at.nanos / 1e6;
    return { profile, moment };
  });
  placed.sort((a, b) => a.moment - b.moment);
  const states: State[] = [];
  for (const { profile } of placed) {
    const same = states.find((state) => isSame(state, profile));
    if (same === undefined) {
      states.push({ ...profile });
      continue;
    }
    const union = new Map(same.values);
    for (const [name, value] of profile.values) union.set(name, Math.max(value, union.get(name) ?? 0));
    same.values = union;
    same.hidden = Math.min(same.hidden, profile.hidden);
  }
  return states;
}

/** pprof prints the time to the minute, the profile states it to the nanosecond. */
function isSame(a: State, b: State): boolean {
  const alike = Math.abs(a.total - b.total) <= Math.max(a.total, b.total) * SAME_TOTAL;
  if (!alike) return false;
  if (a.ofHeap && a.total === b.total && agree(a.values, b.values)) return true;
  if (a.at === null || b.at === null) return a.at === b.at && a.source === b.source && a.total === b.total;
  const toTheMinute = a.at.digits === 0 || b.at.digits === 0;
  return toTheMinute
    ? Math.floor(a.at.ms / MINUTE_MS) === Math.floor(b.at.ms / MINUTE_MS)
    : a.at.ms === b.at.ms && a.at.nanos === b.at.nanos;
}

/** No name has two values. */
function agree(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  for (const [name, value] of a) {
    if ((b.get(name) ?? value) !== value) return false;
  }
  return true;
}

function sums(pairs: readonly (readonly [name: string, value: number])[]): ReadonlyMap<string, number> {
  const summed = new Map<string, number>();
  for (const [name, value] of pairs) summed.set(name, (summed.get(name) ?? 0) + value);
  return summed;
}

/** The smallest value that is not 0; 0 where there is none. */
function least(values: readonly number[]): number {
  return values.reduce((least, value) => (value > 0 && (least === 0 || value < least) ? value : least), 0);
}
