/**
 * Brings together the patterns of a run: the built-in ones, compiled when the package was built, and those of
 * user directories. Parsing YAML and checking schemas costs start-up time only where a user directory is named.
 */
import { join } from 'node:path';
import { loadCompiled } from '../compiled-data.js';
import { packageRoot } from '../package-root.js';
import { createCompiler } from './compile.js';
import { type CompileExpression, loadLinearEngine } from './expression.js';
import type { Problem } from './problem.js';
import { readPatternDirectory } from './read-directory.js';
import type { Pattern, PatternLibrary } from './types.js';

export interface LoadedPatterns extends PatternLibrary {
  /** What `createMatcher` needs for users' patterns; undefined where there are none. */
  readonly compileLinear: CompileExpression | undefined;
  /** Files that were left out, and why. */
  readonly problems: readonly Problem[];
  /** Sentences worth telling: a built-in pattern was replaced. */
  readonly notices: readonly string[];
}

/** The compiled library, relative to the package. */
export const COMPILED_FILE = join('dist', 'patterns.json');

/** Reads the built-in patterns. Throws where the package was not built. */
export function loadBuiltinPatterns(root: string = packageRoot()): Promise<PatternLibrary> {
  return loadCompiled<PatternLibrary>(COMPILED_FILE, root);
}

/**
 * Reads the built-in patterns and those below `directories`, later ones winning. A pattern with the id of a
 * built-in one replaces it; a `components.yaml` at the top of a directory adds origins or replaces them.
 */
export async function loadPatterns(
  directories: readonly string[] = [],
  root: string = packageRoot(),
): Promise<LoadedPatterns> {
  const builtin = await loadBuiltinPatterns(root);
  if (directories.length === 0) return { ...builtin, compileLinear: undefined, problems: [], notices: [] };
  const [compiler, compileLinear] = await Promise.all([
    createCompiler(join(root, 'docs', 'schema')),
    loadLinearEngine(),
  ]);
  const patterns = new Map<string, Pattern>(builtin.patterns.map((pattern) => [pattern.id, pattern]));
  let { origins, quoters } = builtin;
  const problems: Problem[] = [];
  const notices: string[] = [];
  for (const directory of directories) {
    const read = await readPatternDirectory(directory, compiler, compileLinear);
    problems.push(...read.problems);
    if (read.components !== null) {
      origins = { ...origins, ...read.components.origins };
      quoters = [...quoters, ...read.components.quoters];
    }
    for (const { file, pattern } of read.files) {
      if (origins[pattern.origin] === undefined) {
        problems.push(unknownOrigin(file, pattern.origin, Object.keys(origins)));
        continue;
      }
      if (patterns.has(pattern.id)) notices.push(`${pattern.id}: ${file} replaces the pattern of that id`);
      patterns.set(pattern.id, pattern);
    }
  }
  return { patterns: [...patterns.values()], origins, quoters, compileLinear, problems, notices };
}

export function unknownOrigin(file: string, found: string, known: readonly string[]): Problem {
  const hint = 'Origins are defined in components.yaml.';
  return {
    file,
    line: null,
    column: null,
    key: 'origin',
    expected: `one of ${known.join(', ')}`,
    found,
    hint,
  };
}
