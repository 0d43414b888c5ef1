/**
 * The stored benchmark results as the pages show them, so that figures are never typed: machine, set-up, and the
 * same table that the benchmark prints.
 */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Result, renderTable } from '../../bench/throughput/table.js';
import { fenced } from './blocks.js';

interface Stored {
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly system: string;
    readonly node: string;
  };
  readonly setup: {
    readonly bytes: number;
    readonly interesting: number;
    readonly runs: number;
    readonly literals: number;
  };
  readonly results: readonly Result[];
}

export async function benchmarkTables(directory: string): Promise<string> {
  const names = (await readdir(directory).catch(() => []))
    .filter((name) => name.endsWith('.json'))
    .toSorted();
  if (names.length === 0) return 'This checkout holds no stored results.';
  const parts = await Promise.all(
    names.map(async (name) => {
      const stored = JSON.parse(await readFile(join(directory, name), 'utf8')) as Stored;
      return `## ${basename(name, '.json')}\n\n${conditions(stored)}\n\n${fenced('text', renderTable(stored.results))}`;
    }),
  );
  return parts.join('\n\n');
}

function conditions({ machine, setup }: Stored): string {
  const size = `${Math.round(setup.bytes / 1e6)} MB, ${setup.interesting * 100} % of lines with a literal`;
  const where = `${machine.cpu}, ${machine.cores} cores, ${machine.system}, Node ${machine.node}`;
  return `${size}, ${setup.literals} literals, median of ${setup.runs} runs; ${where}.`;
}
