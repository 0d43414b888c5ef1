/**
 * The chart of a report: memory over bytes fed, a curve for each runtime, version and limit, and a line for each
 * limit. A command in the runtime's place, or a real daemon, is drawn by its resident memory.
 */
import type { Chart, Level, Series } from '../../chart/chart.js';
import { largest } from '../../chart/largest.js';
import { formatLimit, formatSize } from '../../sizes.js';
import type { Workload } from '../types.js';
import type { Combination } from './combination.js';
import { pointsOf } from './points.js';

/** More curves than this cannot be told apart; the rest stays in the table. */
export const MOST_CURVES = 6;
/** Curves whose highest points are further apart than this cannot share a linear scale. */
const WIDE = 64;

export interface HeldChart {
  readonly chart: Chart;
  /** Combinations that have no curve of their own: shorter lines of the same kind, or beyond the most. */
  readonly leftOut: number;
}

export function heldChart(combinations: readonly Combination[]): HeldChart {
  const longest = longestOfEachKind(combinations);
  const shown = longest.slice(0, MOST_CURVES);
  const names = namesOf(shown);
  const fed = Math.max(0, ...shown.map(fedBytes));
  const real = shown.find((each) => each.real !== null) ?? null;
  const series: Series[] = shown.flatMap((each, index) => {
    const name = names[index] ?? '';
    if (each.command !== null)
      return [{ name, points: pointsOf(each.outcome.curve, fed, (sample) => sample.rssBytes) }];
    if (real === null)
      return [{ name, points: pointsOf(each.outcome.curve, fed, (sample) => sample.heldBytes) }];
    const model = {
      name: `${name}: model`,
      points: pointsOf(each.outcome.curve, fed, (sample) => sample.rssBytes),
    };
    if (each.real === null) return [model];
    const measured = pointsOf(each.real.curve, fed, (sample) => sample.rssBytes);
    return [model, { name: `${name}: containerd ${each.real.version}`, points: measured, dots: true }];
  });
  const tops = series.map(({ points: all }) =>
    largest(
      all.map(({ y }) => y),
      1,
    ),
  );
  const isWide = tops.length > 2 && Math.max(...tops) / Math.min(...tops) > WIDE ** 2;
  const ends = new Set(shown.map(({ workload }) => workload.end));
  const isHeap = real === null && shown.every(({ command }) => command === null);
  const what = isHeap ? 'heap that is in use' : 'resident memory';
  return {
    chart: {
      title: 'What a log reader holds of a line that does not end',
      description: describe(shown, names),
      xTitle: 'bytes fed',
      yTitle: `${what}, growth over idle`,
      yScale: isWide ? 'log' : 'linear',
      series,
      levels: levelsOf(shown.filter(({ command }) => command === null).map(({ workload }) => workload)),
      moments: fed > 0 ? [{ name: endWords([...ends]), x: fed }] : [],
      xLabelledTo: fed,
    },
    leftOut: combinations.length - shown.length,
  };
}

/** Bytes of all streams until the line was complete. */
function fedBytes({ outcome, real }: Combination): number {
  const fed = [...outcome.curve, ...(real?.curve ?? [])].map((sample) => sample.fedBytes);
  return largest(fed, 0);
}

/** What sets one curve apart from another. */
function kindOf({ workload }: Combination): string {
  return [workload.runtime, workload.version, workload.limitBytes].join(' ');
}

function longestOfEachKind(combinations: readonly Combination[]): Combination[] {
  const longest = new Map<string, Combination>();
  for (const each of combinations) {
    const kept = longest.get(kindOf(each));
    if (kept === undefined || kept.workload.lineBytes < each.workload.lineBytes)
      longest.set(kindOf(each), each);
  }
  return [...longest.values()];
}

/** Only what differs is named. */
export function namesOf(combinations: readonly Combination[]): string[] {
  const workloads = combinations.map(({ workload }) => workload);
  const differs = (key: (workload: Workload) => unknown) => new Set(workloads.map(key)).size > 1;
  const runtimeToo = differs(({ runtime }) => runtime);
  const versionToo = runtimeToo || differs(({ version }) => version);
  return combinations.map(({ workload, command }) => {
    if (command !== null) return command.command;
    const who = [runtimeToo ? workload.runtime : '', versionToo ? workload.version : ''].filter(
      (word) => word !== '',
    );
    const limit =
      workload.runtime !== 'containerd'
        ? `${formatSize(workload.readerBytes)} pieces`
        : workload.limitBytes > 0
          ? `limit ${formatLimit(workload.limitBytes)}`
          : 'no limit';
    return [...who, limit].join(', ');
  });
}

function levelsOf(workloads: readonly Workload[]): Level[] {
  const limits = new Map<number, Level>();
  for (const { runtime, limitBytes, containers, streams } of workloads) {
    if (runtime !== 'containerd' || limitBytes <= 0) continue;
    const count = containers * streams;
    const name = `limit ${formatSize(limitBytes)}${count > 1 ? ` x ${count}` : ''}`;
    limits.set(limitBytes, { name, y: limitBytes * count });
  }
  return [...limits.values()];
}

function endWords(ends: readonly Workload['end'][]): string {
  const words = { newline: 'newline', eof: 'output closed', kill: 'killed' } as const;
  return ends.map((end) => words[end]).join(' or ');
}

function describe(shown: readonly Combination[], names: readonly string[]): string {
  const sentences = shown.map(({ outcome, workload }, index) => {
    const held = outcome.heldBytes ?? outcome.openRssBytes;
    const of = `of a line of ${formatSize(workload.lineBytes)}`;
    return held === null ? `${names[index]}.` : `${names[index]}: ${formatSize(held)} held ${of}.`;
  });
  return sentences.join(' ');
}
