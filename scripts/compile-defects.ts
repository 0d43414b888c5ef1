/**
 * Compiles patterns/signatures/ into dist/signatures.json and patterns/defects/ into dist/defects.json, in this
 * order since defects name signatures. Fails the build when a file is wrong. Run by `npm run build`.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { compileDefects } from '../lib/diagnose/compile-defects.js';
import { COMPILED_DEFECTS } from '../lib/diagnose/load-defects.js';
import { compileSignatures } from '../lib/evidence/signature/compile-signatures.js';
import { COMPILED_SIGNATURES } from '../lib/evidence/signature/load-signatures.js';
import { describeProblem } from '../lib/match/problem.js';
import { packageRoot } from '../lib/package-root.js';

const root = packageRoot();
const schemas = join(root, 'docs', 'schema');

async function textsOf(kind: string): Promise<{ file: string; name: string; text: string }[]> {
  const directory = join(root, 'patterns', kind);
  const names = (await readdir(directory)).filter((name) => name.endsWith('.yaml')).toSorted();
  return Promise.all(
    names.map(async (name) => ({
      file: join('patterns', kind, name),
      name: basename(name, '.yaml'),
      text: await readFile(join(directory, name), 'utf8'),
    })),
  );
}

async function write(file: string, value: unknown): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), `${JSON.stringify(value)}\n`);
}

const { files, problems } = await compileSignatures(
  join(schemas, 'signature.schema.json'),
  await textsOf('signatures'),
);
const signatures = files.map(({ signature }) => signature);
const defects = await compileDefects(
  join(schemas, 'defect.schema.json'),
  await textsOf('defects'),
  signatures.map(({ id }) => id),
);
const all = [...problems, ...(defects.ok ? [] : defects.problems)];
if (all.length === 0 && defects.ok) {
  await write(COMPILED_SIGNATURES, signatures);
  await write(COMPILED_DEFECTS, defects.defects);
} else {
  for (const problem of all) console.error(describeProblem(problem));
  process.exitCode = 1;
}
