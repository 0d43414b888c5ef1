/**
 * What files say of a setting together, whatever the order in which they were named: drop-ins above the main file and
 * in the order of their names, as daemons read them. Of files that contradict each other the one that shows the
 * defect counts, and all are told.
 */
import type { SettingMark } from '../correlate/node-facts.js';
import type { Sign } from '../correlate/sign.js';
import { fits } from '../correlate/where.js';

export interface Stated {
  readonly mark: SettingMark | null;
  /** All that were as good, where their values differ; else empty. */
  readonly contradictory: readonly SettingMark[];
}

/** `marks`: of one setting and one node. Those without a time go before those with one, as `atTime` has it at no time. */
export function statedTogether({ where }: Sign, marks: readonly SettingMark[]): Stated {
  const lastMs = Math.max(...marks.map(({ ms }) => ms));
  const latest = marks.filter(({ ms }) => ms === lastMs);
  const rank = Math.max(...latest.map((mark) => mark.rank));
  const highest = latest.filter((mark) => mark.rank === rank).toSorted(inOrder);
  const best = rank === 1 ? lastOfEachDirectory(highest) : highest;
  const mark = best.findLast(({ value }) => fits(where, { value })) ?? best.at(-1) ?? null;
  const values = new Map(best.map((each) => [each.value, each]));
  return { mark, contradictory: values.size > 1 ? [...values.values()] : [] };
}

function lastOfEachDirectory(dropIns: readonly SettingMark[]): readonly SettingMark[] {
  const last = new Map<string, SettingMark>();
  for (const mark of dropIns) last.set(partsOf(mark).directory, mark);
  return [...last.values()];
}

function inOrder(a: SettingMark, b: SettingMark): number {
  const [first, second] = [partsOf(a), partsOf(b)];
  return (
    compare(first.directory, second.directory) ||
    compare(first.name, second.name) ||
    a.proof.line - b.proof.line
  );
}

function partsOf({ proof: { source } }: SettingMark): { readonly directory: string; readonly name: string } {
  const end = source.lastIndexOf('/') + 1;
  return { directory: source.slice(0, end), name: source.slice(end) };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
