/**
 * The figures of one name in the order in which they were taken. Counters begin again when their process is started
 * again, and most metrics state no time: of such looks the process' own start and CPU time tell the order, and only
 * those of one run of one process can be compared.
 */
import { inTime, runsOf } from './gauge-runs.js';
import type { GaugeMark, NodeFacts } from './node-facts.js';

export interface GaugeName {
  readonly product: string;
  readonly name: string;
}

/** Oldest first; empty where nothing counts it. Where nothing tells whose they are, those of the process that shows most. */
export function looksAt(facts: NodeFacts, node: string, { product, name }: GaugeName): readonly GaugeMark[] {
  const marks = facts.gauges.of(node).filter((mark) => mark.product === product);
  const ofRun = runsOf(marks)[0]?.looks.filter((mark) => mark.name === name) ?? [];
  if (ofRun.length > 0) return ofRun;
  return marks.filter((mark) => mark.name === name && mark.life === undefined).toSorted(inTime);
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
