/**
 * Brings the generated parts of the documentation up to date: outputs of commands, included files, lists, the
 * pages of the defects and the picture of the line buffer. `npm run docs` writes them; with `--check` nothing is written and what is out of
 * date is named, with exit code 1.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { loadDefects } from '../lib/diagnose/load-defects.js';
import { packageRoot } from '../lib/package-root.js';
import { benchmarkTables } from './docs/benchmark-table.js';
import { type Block, fenced, fillBlocks } from './docs/blocks.js';
import { createShell } from './docs/command-output.js';
import { defectList, defectPage } from './docs/defect-page.js';
import { followTables } from './docs/follow-table.js';
import { runsChart, runsTable, storedRuns } from './docs/line-buffer-runs.js';

const root = packageRoot();
const check = process.argv.includes('--check');
const defects = await loadDefects(root);
const shell = createShell(root);
const skipped: string[] = [];
const runs = await storedRuns(join(root, 'bench', 'results', 'line-buffer'));

async function render({ kind, argument }: Block): Promise<string | null> {
  if (kind === 'output') {
    const shown = shell.show(argument);
    if (shown === null) skipped.push(argument);
    return shown === null ? null : fenced('console', shown);
  }
  if (kind === 'file') {
    return fenced(extname(argument).slice(1), await readFile(join(root, argument), 'utf8'));
  }
  if (kind === 'defects') return defectList(defects.values(), argument);
  if (kind === 'runs') return runsTable(runs);
  const results = join(root, 'bench', 'results');
  return argument === 'follow' ? followTables(join(results, 'follow')) : benchmarkTables(results);
}

async function textOf(file: string): Promise<string> {
  return readFile(join(root, file), 'utf8').catch(() => '');
}

const inDocs = (await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md')).toSorted();
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...inDocs.map((name) => join('docs', name)),
  join('docs', 'sample', 'README.md'),
];
const wanted = new Map<string, string>();
try {
  for (const page of pages) wanted.set(page, await fillBlocks(page, await textOf(page), render));
} finally {
  shell.close();
}
for (const [id, defect] of defects)
  wanted.set(join('docs', 'defects', `${id}.md`), defectPage(defect, new Set(defects.keys())));
if (runs.length > 0) wanted.set(join('docs', 'line-buffer.svg'), await runsChart(runs));

/** File -> number of the first line that differs. */
const stale = new Map<string, number>();
for (const [file, text] of wanted) {
  const now = (await textOf(file)).split('\n');
  const then = text.split('\n');
  const differs = Array.from({ length: Math.max(now.length, then.length) }, (_, at) => now[at] !== then[at]);
  if (differs.includes(true)) stale.set(file, differs.indexOf(true) + 1);
}
const generated = await readdir(join(root, 'docs', 'defects')).catch(() => []);
for (const name of generated.filter((file) => !wanted.has(join('docs', 'defects', file)))) {
  console.error(`docs/defects/${name}: no such defect in patterns/defects, remove the page`);
  process.exitCode = 1;
}
for (const command of skipped) console.error(`left as it is, a program is missing: ${command}`);

if (!check) {
  await mkdir(join(root, 'docs', 'defects'), { recursive: true });
  for (const file of stale.keys()) await writeFile(join(root, file), wanted.get(file) ?? '');
  console.log(stale.size === 0 ? 'docs: nothing to do' : `docs: wrote ${[...stale.keys()].join(', ')}`);
} else if (stale.size > 0) {
  for (const [file, line] of stale) console.error(`${file}:${line}: out of date`);
  console.error('Run "npm run docs" and look at what changed.');
  process.exitCode = 1;
} else {
  console.log(`docs: ${wanted.size} pages are up to date`);
}
