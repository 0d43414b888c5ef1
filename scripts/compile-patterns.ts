/**
 * Compiles patterns/ into dist/patterns.json, and its table of bundles into dist/bundle.json, so that a run
 * starts without reading YAML. Fails the build when a pattern is wrong. Run by `npm run build`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createCompiler } from '../lib/match/compile.js';
import { COMPILED_FILE, unknownOrigin } from '../lib/match/load.js';
import { describeProblem } from '../lib/match/problem.js';
import { readPatternDirectory } from '../lib/match/read-directory.js';
import type { PatternLibrary } from '../lib/match/types.js';
import { packageRoot } from '../lib/package-root.js';
import { compileBundleTable } from './compile-bundle-table.js';

const root = packageRoot();
const compiler = await createCompiler(join(root, 'docs', 'schema'));
const { files, components, problems } = await readPatternDirectory(join(root, 'patterns'), compiler, null);
const origins = components?.origins ?? {};
const all = [
  ...problems,
  ...(await compileBundleTable(root)),
  ...files
    .filter(({ pattern }) => origins[pattern.origin] === undefined)
    .map(({ file, pattern }) => unknownOrigin(file, pattern.origin, Object.keys(origins))),
];
if (all.length > 0) {
  for (const problem of all) console.error(describeProblem(problem));
  process.exitCode = 1;
} else {
  const library: PatternLibrary = {
    patterns: files.map(({ pattern }) => pattern),
    origins,
    quoters: components?.quoters ?? [],
  };
  const file = join(root, COMPILED_FILE);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(library)}\n`);
}
