/**
 * Compiles patterns/bundle.yaml, the table of a bundle's members, into dist/bundle.json. Run with the patterns
 * by `npm run build`; a wrong table fails it.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { COMPILED_TABLE } from '../lib/ingest/bundle/bundle-table.js';
import type { Problem } from '../lib/match/problem.js';
import { yamlReader } from '../lib/match/yaml-file.js';

/** Returns what is wrong with the table; nothing is written then. */
export async function compileBundleTable(root: string): Promise<readonly Problem[]> {
  const source = join(root, 'patterns', 'bundle.yaml');
  const read = await yamlReader(join(root, 'docs', 'schema', 'bundle.schema.json'));
  const table = read(source, await readFile(source, 'utf8'));
  if (!table.ok) return table.problems;
  const file = join(root, COMPILED_TABLE);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(table.value)}\n`);
  return [];
}
