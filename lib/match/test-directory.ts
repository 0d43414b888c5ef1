/**
 * What `leaktrail patterns test [DIR]` runs: reads a directory of pattern files and tests them beside the
 * built-in ones. Without a directory the built-in ones are tested themselves, from their YAML sources.
 */
import { join } from 'node:path';
import { packageRoot } from '../package-root.js';
import { createCompiler } from './compile.js';
import { loadLinearEngine } from './expression.js';
import { loadPatterns } from './load.js';
import type { Problem } from './problem.js';
import { readPatternDirectory } from './read-directory.js';
import { type SelfTest, testPatterns } from './self-test.js';

export interface DirectoryTest extends SelfTest {
  /** Files that could not be compiled, hence not be tested. */
  readonly problems: readonly Problem[];
}

export async function testDirectory(
  directory: string | null = null,
  root: string = packageRoot(),
): Promise<DirectoryTest> {
  const compiler = await createCompiler(join(root, 'docs', 'schema'));
  if (directory === null) {
    const { files, components, problems } = await readPatternDirectory(
      join(root, 'patterns'),
      compiler,
      null,
    );
    const { origins, quoters } = components ?? { origins: {}, quoters: [] };
    const library = { patterns: files.map(({ pattern }) => pattern), origins, quoters };
    return { ...testPatterns(files, library), problems };
  }
  const loaded = await loadPatterns([directory], root);
  const { files } = await readPatternDirectory(directory, compiler, await loadLinearEngine());
  const usable = files.filter(({ pattern }) => loaded.origins[pattern.origin] !== undefined);
  return { ...testPatterns(usable, loaded, loaded.compileLinear), problems: loaded.problems };
}
