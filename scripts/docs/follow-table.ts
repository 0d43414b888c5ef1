/**
 * The stored results of following as the pages show them: bursts, idle files, and latency, each with its set-up and
 * machine and the same table that the benchmark prints. What was not measured has no section.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BurstResult } from '../../bench/follow/burst.js';
import type { IdleResult } from '../../bench/follow/idle.js';
import type { Machine } from '../../bench/follow/results.js';
import { renderBursts, renderIdle } from '../../bench/follow/table.js';
import { type LatencyResult, renderLatency } from '../../bench/latency/table.js';
import { fenced } from './blocks.js';

interface Stored<Setup, Result> {
  readonly machine: Machine;
  readonly setup: Setup;
  readonly results: readonly Result[];
}

interface Section<Setup, Result> {
  readonly title: string;
  /** A sentence without its full stop. */
  readonly setup: (setup: Setup) => string;
  readonly table: (results: readonly Result[]) => string;
}

interface Repeated {
  readonly seconds: number;
  readonly runs: number;
}

const LATENCY: Section<
  Repeated & {
    readonly warmUpSeconds: number;
    readonly linesPerSecond: number;
    readonly incidentsPerSecond: number;
  },
  LatencyResult
> = {
  title: 'From a line to its incident',
  setup: ({ seconds, warmUpSeconds, linesPerSecond, incidentsPerSecond }) =>
    `${figure(linesPerSecond)} lines and ${figure(incidentsPerSecond)} incidents a second for ${seconds} s, behind ${warmUpSeconds} s (cold)`,
  table: renderLatency,
};

const BURST: Section<
  Repeated & { readonly megabytesPerSecond: number; readonly interesting: number },
  BurstResult
> = {
  title: 'A burst',
  setup: ({ seconds, megabytesPerSecond, interesting }) =>
    `${megabytesPerSecond} MB/s for ${seconds} s; in the storm ${interesting * 100} % of lines tell of stuck containers`,
  table: renderBursts,
};

const IDLE: Section<Repeated & { readonly files: number }, IdleResult> = {
  title: 'Many files',
  setup: ({ files, seconds }) => `${figure(files)} files for ${seconds} s`,
  table: renderIdle,
};

/** `directory`: `bench/results/follow`. */
export async function followTables(directory: string): Promise<string> {
  const sections = await Promise.all([
    sectionOf(directory, 'latency', LATENCY),
    sectionOf(directory, 'burst', BURST),
    sectionOf(directory, 'idle', IDLE),
  ]);
  const measured = sections.filter((section) => section !== null);
  return measured.length === 0 ? 'This checkout holds no stored results.' : measured.join('\n\n');
}

async function sectionOf<Setup extends Repeated, Result>(
  directory: string,
  name: string,
  { setup, table, title }: Section<Setup, Result>,
): Promise<string | null> {
  const text = await readFile(join(directory, `${name}.json`), 'utf8').catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    },
  );
  if (text === null) return null;
  const stored = JSON.parse(text) as Stored<Setup, Result>;
  const { machine, results, setup: how } = stored;
  const times = how.runs === 1 ? 'one run' : `the median of ${how.runs} runs`;
  return `### ${title}\n\n${setup(how)}; ${times}; ${where(machine)}.\n\n${fenced('text', table(results))}`;
}

function where({ cores, cpu, date, load, node, system, waitedShare }: Machine): string {
  const waited =
    waitedShare === null ? '' : `, ${Math.round(waitedShare * 100)} % of the time waited for a core`;
  return `${cpu}, ${cores} cores, load ${load}${waited}, ${system}, Node ${node}, ${date}`;
}

function figure(value: number): string {
  return value.toLocaleString('en-US');
}
