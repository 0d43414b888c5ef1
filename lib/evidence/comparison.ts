/**
 * Several profiles of one program: what grows in every one of them. A table or dump is kept for that without what
 * the comparison does not need, and only so many of them.
 */
import { type Growth, growthOf, growthOfGroups } from './growth.js';
import type { Evidence, FunctionTable, Gauges, GoroutineProfile } from './types.js';

/** What grew in every profile of one program. */
export interface Grown extends Growth {
  readonly program: string | null;
  readonly measure: 'inuse_space' | 'goroutine' | 'counter';
}

export interface Comparison {
  add(evidence: Evidence): void;
  /** Per program the largest growth first, heap before goroutines; at most 8 of each. */
  grown(): readonly Grown[];
}

/** Profiles kept of each kind: the first ones and the latest. */
const KEPT = 16;
const FUNCTIONS = 256;
const GROUPS = 256;
const TOLD = 8;
/** They count all that ever was, and rise in health, too. */
const SINCE_THE_START = new Set(['log-bytes-in', 'log-bytes-out', 'log-bytes-unwritten']);
/** Part of the largest growth. */
const WORTH_TELLING = 0.05;

/** Plain data. */
export interface ComparisonMemory {
  readonly tables: FunctionTable[];
  readonly profiles: GoroutineProfile[];
  readonly counters: Gauges[];
}

export function newComparisonMemory(): ComparisonMemory {
  return { tables: [], profiles: [], counters: [] };
}

export function createComparison({ tables, profiles, counters }: ComparisonMemory): Comparison {
  return {
    add(evidence) {
      if (evidence.kind === 'functions' && evidence.measure === 'inuse_space') {
        const functions = evidence.functions.slice(0, FUNCTIONS);
        const complete = evidence.complete && functions.length === evidence.functions.length;
        keep(tables, { ...evidence, functions, complete });
      } else if (evidence.kind === 'gauges' && evidence.at !== null) keep(counters, evidence);
      else if (evidence.kind === 'goroutines') {
        const groups = evidence.groups.slice(0, GROUPS).map((group) => ({ ...group, members: [] }));
        const rest = evidence.groups.slice(GROUPS).reduce((sum, { count }) => sum + count, 0);
        keep(profiles, { ...evidence, groups, dropped: evidence.dropped + rest });
      }
    },
    grown: () => [
      ...byProgram(tables).flatMap((those) =>
        told(growthOf(those), those[0]?.program ?? null, 'inuse_space'),
      ),
      ...byProgram(profiles).flatMap((those) =>
        told(growthOfGroups(those), those[0]?.program ?? null, 'goroutine'),
      ),
      ...growthOfCounters(counters),
    ],
  };
}

/** Counters of `docker info` and the like, taken at different times. */
function growthOfCounters(all: readonly Gauges[]): readonly Grown[] {
  const values = new Map<string, { product: string; name: string; values: number[] }>();
  const inOrder = all.toSorted((a, b) => (a.at?.ms ?? 0) - (b.at?.ms ?? 0));
  for (const { gauges } of inOrder) {
    for (const { product, name, value } of gauges) {
      if (SINCE_THE_START.has(name)) continue;
      const key = `${product} ${name}`;
      const known = values.get(key) ?? { product, name, values: [] };
      values.set(key, known);
      known.values.push(value);
    }
  }
  return [...values.values()].flatMap(({ product, name, values: figures }) => {
    const rises = figures.length > 1 && figures.every((v, i) => i === 0 || v > (figures[i - 1] ?? v));
    if (!rises) return [];
    const [from = 0] = figures;
    const to = figures.at(-1) ?? 0;
    return [{ program: product, measure: 'counter' as const, name, from, to, values: figures }];
  });
}

function keep<T>(kept: T[], item: T): void {
  kept.push(item);
  if (kept.length > KEPT) kept.splice(KEPT >> 1, 1);
}

function byProgram<T extends { readonly program: string | null }>(items: readonly T[]): readonly T[][] {
  const groups = new Map<string | null, T[]>();
  for (const item of items) groups.set(item.program, [...(groups.get(item.program) ?? []), item]);
  return [...groups.values()];
}

function told(
  growth: readonly Growth[],
  program: string | null,
  measure: Grown['measure'],
): readonly Grown[] {
  const [most] = growth;
  return growth
    .filter((item) => item.to - item.from >= WORTH_TELLING * ((most?.to ?? 0) - (most?.from ?? 0)))
    .slice(0, TOLD)
    .map((item) => ({ ...item, program, measure }));
}
