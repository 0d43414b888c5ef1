/**
 * Removes from dist/ what has no source any more, so that no old test runs and no old module is packed. What the
 * compiler can go on from stays: most builds come right after another. Run by `npm run build`, before the compiler.
 */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

const STATE = join('dist', 'tsconfig.build.tsbuildinfo');
const COMPILED = /\.(?:d\.ts|js)$/;

const built = statSync(STATE, { throwIfNoEntry: false })?.mtimeMs;
// Without its state the compiler writes everything anyway.
if (built === undefined) rmSync('dist', { recursive: true, force: true });
else if (!prune(built)) rmSync(STATE);

/** False where the compiler has to write all again: a file was changed behind its back, or is missing. */
function prune(built) {
  let sound = true;
  const sources = new Set();
  for (const entry of readdirSync('dist', { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !COMPILED.test(entry.name)) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const source = relative('dist', path).replace(COMPILED, '.ts');
    if (!existsSync(source)) rmSync(path);
    else if (statSync(path).mtimeMs > built) sound = false;
    sources.add(relative('dist', path));
  }
  for (const path of [...sources]) {
    const other = path.endsWith('.d.ts') ? path.replace(COMPILED, '.js') : path.replace(COMPILED, '.d.ts');
    if (!sources.has(other)) sound = false;
  }
  return sound;
}
