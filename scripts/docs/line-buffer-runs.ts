/**
 * The stored runs of the real containerd as docs/line-buffer.md shows them: one picture of simulator, model and
 * daemon, and a table with the differences. Simulator and model are asked anew, so that the page cannot fall
 * behind the code.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Chart, Point, Series } from '../../bench/chart/chart.js';
import { svgChart } from '../../bench/chart/svg.js';
import {
  eraOf,
  goRules,
  type LogFile,
  model,
  type RealOutcome,
  redirectLogs,
  type Sample,
  type Workload,
} from '../../bench/line-buffer/index.js';
import { pointsOf } from '../../bench/line-buffer/report/points.js';
import { difference } from '../../bench/line-buffer/report/text.js';
import { formatLimit, formatSize } from '../../bench/sizes.js';

/** A file of bench/results/line-buffer. */
export interface StoredRun {
  readonly workload: Workload;
  readonly outcome: Pick<
    RealOutcome,
    | 'heldBytes'
    | 'peakHeapBytes'
    | 'peakRssBytes'
    | 'retainedBytes'
    | 'partialRecords'
    | 'fullRecords'
    | 'diskBytes'
    | 'openRssBytes'
    | 'versions'
  > & { readonly curve: readonly Sample[] };
}

/** Points of a simulated curve. */
const POINTS = 64;
/** By name of their files. */
export async function storedRuns(directory: string): Promise<StoredRun[]> {
  const names = (await readdir(directory).catch(() => []))
    .filter((name) => /^real-.*\.json$/.test(name))
    .toSorted();
  return Promise.all(
    names.map(async (name) => JSON.parse(await readFile(join(directory, name), 'utf8')) as StoredRun),
  );
}

/** The runs that end with a newline: without a limit and with the default, in one picture. */
export async function runsChart(runs: readonly StoredRun[]): Promise<string> {
  const shown = runs.filter(({ workload }) => workload.end === 'newline');
  const fed = Math.max(0, ...shown.map(({ workload }) => workload.lineBytes));
  const series = await Promise.all(
    shown.map(async ({ workload, outcome }): Promise<Series[]> => {
      const name = workload.limitBytes > 0 ? `limit ${formatLimit(workload.limitBytes)}` : 'no limit';
      const version = outcome.versions.containerd;
      return [
        { name: `${name}: model, resident`, points: resident(model(asRun(workload, version)).curve, fed) },
        { name: `${name}: simulator, held`, points: await simulatedCurve(asRun(workload, version)) },
        {
          name: `${name}: containerd ${version}, resident`,
          points: resident(outcome.curve, fed),
          dots: true,
        },
      ];
    }),
  );
  const chart: Chart = {
    title: 'containerd and a log line without an end: simulator, model, real daemon',
    description: `Growth of resident memory over bytes fed, up to ${formatSize(fed)}. Without a limit all three rise with the line; at the newline the daemon's memory jumps to several times the line. With a limit it is flat.`,
    xTitle: 'bytes of the line that were fed; behind the newline: time',
    yTitle: 'growth over the idle daemon',
    yScale: 'linear',
    series: series.flat(),
    levels: [],
    moments: [{ name: 'newline', x: fed }],
    xLabelledTo: fed,
  };
  return svgChart(chart);
}

function asRun(workload: Workload, version: string): Workload {
  return { ...workload, version };
}

function resident(curve: readonly Sample[], fed: number): Point[] {
  return pointsOf(curve, fed, ({ rssBytes }) => rssBytes);
}

/** What the simulator holds, read by read: the reader alone, without streams and files, whose chunks come by chance. */
async function simulatedCurve(workload: Workload): Promise<Point[]> {
  const { flush, goMinor } = eraOf(workload.version);
  const points: Point[] = [{ x: 0, y: 0 }];
  const step = workload.lineBytes / POINTS;
  const run = redirectLogs(
    printed(workload),
    { limitBytes: workload.limitBytes, readerBytes: workload.readerBytes, flush, memory: goRules(goMinor) },
    {
      stream: 'stdout',
      log: nowhere(),
      now: () => 0n,
      onTaken() {
        const { takenBytes, heldBytes, retainedBytes } = run.counts;
        if (takenBytes < (points.at(-1)?.x ?? 0) + step || takenBytes > workload.lineBytes) return;
        points.push({ x: takenBytes, y: heldBytes + retainedBytes });
      },
    },
  );
  await run.done;
  return points;
}

async function* printed({ lineBytes, writeBytes }: Workload): AsyncGenerator<Buffer> {
  const write = Buffer.alloc(writeBytes, 'x');
  for (let left = lineBytes; left > 0; left -= writeBytes)
    yield write.subarray(0, Math.min(left, writeBytes));
  yield Buffer.from('\n');
}

function nowhere(): LogFile {
  return {
    path: '',
    bytes: 0,
    append: () => undefined,
    close: () => Promise.resolve(),
  };
}

const FIGURES = [
  ['held', 'heldBytes'],
  ['heap at its highest', 'peakHeapBytes'],
  ['resident while open', 'openRssBytes'],
  ['resident at its highest', 'peakRssBytes'],
  ['stays allocated', 'retainedBytes'],
] as const;

/** A Markdown table: real, model and the difference of each figure of each run. */
export function runsTable(runs: readonly StoredRun[]): string {
  if (runs.length === 0) return 'This checkout holds no stored runs.';
  const rows = runs.flatMap(({ workload, outcome }) => {
    const version = outcome.versions.containerd;
    const modelled = model(asRun(workload, version));
    const run = `containerd ${version}, limit ${formatLimit(workload.limitBytes)}, ${formatSize(workload.lineBytes)}, ${workload.end}`;
    const figures = FIGURES.map(
      ([name, key], index) =>
        `| ${index === 0 ? run : ''} | ${name} | ${formatSize(outcome[key])} | ${formatSize(modelled[key])} | ${difference(outcome[key], modelled[key])} |`,
    );
    const records = ({ partialRecords, fullRecords }: { partialRecords: number; fullRecords: number }) =>
      `${partialRecords} P, ${fullRecords} F`;
    const same = records(outcome) === records(modelled) ? 'equal' : 'different';
    return [...figures, `| | records | ${records(outcome)} | ${records(modelled)} | ${same} |`];
  });
  return ['| run | | real | model | difference |', '|---|---|--:|--:|--:|', ...rows].join('\n');
}
