/**
 * Writes what the compiler does not: the compiled patterns and defects, the search of the scan, and the bundled bins.
 * Run by `npm run build` behind the compiler, in one process: what they read YAML and schemas with takes longer to
 * load than to run.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../lib/package-root.js';

await Promise.all([
  import('./compile-patterns.js').then(() => import('./compile-scanner.js')),
  import('./compile-defects.js'),
  import('./bundle-cli.js'),
]);

// The first run keeps what V8 has compiled for all that follow.
if (process.exitCode === undefined) {
  const root = packageRoot();
  const sample = join(root, 'docs', 'sample', 'messages.log');
  execFileSync(process.execPath, [join(root, 'dist', 'bin', 'analyze.cjs'), '--fail-on', 'never', sample]);
}
