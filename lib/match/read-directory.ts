/**
 * Reads all pattern files below a directory: the package's own when it is built or tested, a user's when one is
 * named. A bad file is reported and left out; the rest keeps working.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { reasonOf } from '../ingest/input-error.js';
import type { Compiler, Components, PatternFile } from './compile.js';
import type { CompileExpression } from './expression.js';
import type { Problem } from './problem.js';

export interface PatternDirectory {
  /** In order of their path. */
  readonly files: readonly PatternFile[];
  /** What `components.yaml` adds, where there is one. */
  readonly components: Components | null;
  readonly problems: readonly Problem[];
}

/** More than this below one directory is not a pattern directory but a mistyped path. */
export const DIRECTORY_FILES_LIMIT = 2_000;

/** `linear`: the engine for expressions that are not ours. Never throws for what lies in the directory. */
export async function readPatternDirectory(
  directory: string,
  compiler: Compiler,
  linear: CompileExpression | null,
): Promise<PatternDirectory> {
  const problems: Problem[] = [];
  const files: PatternFile[] = [];
  let components: Components | null = null;
  for (const path of await yamlFiles(directory, problems)) {
    const file = join(directory, path);
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      problems.push(unreadable(file, 'a pattern file', error));
      return null;
    });
    if (text === null) continue;
    if (path === 'components.yaml') {
      const compiled = compiler.components(file, text);
      if (compiled.ok) components = compiled.value;
      else problems.push(...compiled.problems);
      continue;
    }
    const id = path.slice(0, -'.yaml'.length).split(sep).join('.');
    const compiled = compiler.pattern(file, text, { id, linear });
    if (compiled.ok) files.push(compiled.value);
    else problems.push(...compiled.problems);
  }
  return { files, components, problems };
}

/** Hold files of another kind. */
const OTHER_KINDS = ['defects', 'signatures', 'bundle.yaml'];

/** Relative paths, sorted. */
async function yamlFiles(directory: string, problems: Problem[]): Promise<string[]> {
  const found: string[] = [];
  const pending = [directory];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const current = next;
    const entries = await readdir(current, { withFileTypes: true }).catch((error: unknown) => {
      problems.push(unreadable(current, 'a directory with patterns', error));
      return [];
    });
    for (const entry of entries) {
      const path = join(current, entry.name);
      const isOtherKind = current === directory && OTHER_KINDS.includes(entry.name);
      if (isOtherKind) continue;
      if (entry.isDirectory() && !entry.name.startsWith('.')) pending.push(path);
      else if (entry.isFile() && entry.name.endsWith('.yaml')) found.push(relative(directory, path));
    }
    if (found.length > DIRECTORY_FILES_LIMIT) {
      problems.push(problem(directory, `at most ${DIRECTORY_FILES_LIMIT} pattern files`, 'more', ''));
      return [];
    }
  }
  return found.sort();
}

function unreadable(file: string, expected: string, error: unknown): Problem {
  const hint = 'Let leaktrail read it, or take it out from below --patterns.';
  return problem(file, `${expected} that can be read`, reasonOf(error), hint);
}

function problem(file: string, expected: string, found: string, hint: string): Problem {
  return { file, line: null, column: null, key: '', expected, found, hint };
}
