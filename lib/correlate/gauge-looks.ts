/**
 * The figures of one name in the order in which they were taken. Counters begin again when their process is started
 * again, and most metrics state no time: of such looks the process' own start and CPU time tell the order, and only
 * those of its latest run can be compared.
 */
import type { GaugeMark, NodeFacts } from './node-facts.js';

/** Start times are printed rounded. */
const SAME_START_MS = 2_000;

export interface GaugeName {
  readonly product: string;
  readonly name: string;
}

/** Oldest first; empty where nothing counts it. */
export function looksAt(facts: NodeFacts, node: string, { product, name }: GaugeName): readonly GaugeMark[] {
  const marks = facts.gauges.of(node).filter((mark) => mark.product === product && mark.name === name);
  // One figure in several documents is one look.
  const looks = marks.filter((mark, i) => marks.findIndex((other) => isSame(mark, other)) === i);
  const lives = looks.filter(({ life }) => life !== undefined && life.startedMs !== null);
  if (lives.length < looks.length) return looks.toSorted((a, b) => a.ms - b.ms || 0);
  const started = Math.max(...lives.map(startOf));
  return lives
    .filter((mark) => started - startOf(mark) <= SAME_START_MS)
    .toSorted((a, b) => (a.life?.progress ?? 0) - (b.life?.progress ?? 0));
}

/** Undefined where there is none. */
export function largestOf(looks: readonly GaugeMark[]): GaugeMark | undefined {
  return looks.reduce<GaugeMark | undefined>(
    (most, look) => (most === undefined || look.value > most.value ? look : most),
    undefined,
  );
}

/** How much it grew from the first look to the last; null below two looks. */
export function growthOf(looks: readonly GaugeMark[]): number | null {
  const [first] = looks;
  const last = looks.at(-1);
  return first === undefined || last === undefined || first === last ? null : last.value - first.value;
}

/** True where it rose from each look to the next. */
export function risesThroughout(looks: readonly GaugeMark[]): boolean {
  return looks.length > 1 && looks.every(({ value }, i) => i === 0 || value > (looks[i - 1]?.value ?? value));
}

/** Of the whole growth: so much it may fall between two looks, since others come and go. */
const JITTER = 0.05;

/** True where it grew and, as far as can be told, never went back. */
export function neverFalls(looks: readonly GaugeMark[]): boolean {
  const growth = growthOf(looks);
  if (growth === null || growth <= 0) return false;
  return looks.every(({ value }, i) => i === 0 || value >= (looks[i - 1]?.value ?? value) - growth * JITTER);
}

function startOf({ life }: GaugeMark): number {
  return life?.startedMs ?? Number.NEGATIVE_INFINITY;
}

function isSame(a: GaugeMark, b: GaugeMark): boolean {
  return (
    a === b ||
    (a.life !== undefined &&
      b.life !== undefined &&
      a.value === b.value &&
      a.life.startedMs === b.life.startedMs &&
      a.life.progress === b.life.progress)
  );
}
