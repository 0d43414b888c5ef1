/**
 * Compiles patterns/defects/ into dist/defects.json. Fails the build when a file is wrong. Run by
 * `npm run build`.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { compileDefects } from '../lib/diagnose/compile-defects.js';
import { COMPILED_DEFECTS } from '../lib/diagnose/load-defects.js';
import { packageRoot } from '../lib/match/package-root.js';
import { describeProblem } from '../lib/match/problem.js';

const root = packageRoot();
const directory = join(root, 'patterns', 'defects');
const names = (await readdir(directory)).filter((name) => name.endsWith('.yaml')).toSorted();
const files = await Promise.all(
  names.map(async (name) => ({
    file: join('patterns', 'defects', name),
    name: basename(name, '.yaml'),
    text: await readFile(join(directory, name), 'utf8'),
  })),
);
const compiled = await compileDefects(join(root, 'docs', 'schema', 'defect.schema.json'), files);
if (compiled.ok) {
  const file = join(root, COMPILED_DEFECTS);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(compiled.defects)}\n`);
} else {
  for (const problem of compiled.problems) console.error(describeProblem(problem));
  process.exitCode = 1;
}
