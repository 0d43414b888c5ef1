/**
 * Puts each bin and what it needs at start into a few files: two hundred small modules take longer to find and
 * load than the analysis of a small log. What few runs need (YAML, schemas, globs, gRPC) stays outside. Run by
 * `npm run build`, over the files that the compiler wrote; it reads the sources, which are never bundled already.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { packageRoot } from '../lib/package-root.js';

const cli = join(packageRoot(), 'dist', 'lib', 'cli');
const sources = join(packageRoot(), 'lib', 'cli');
await rm(join(cli, 'chunks'), { recursive: true, force: true });
await build({
  entryPoints: [join(sources, 'analyze.ts'), join(sources, 'leaktrail.ts'), join(sources, 'reproduce.ts')],
  outdir: cli,
  allowOverwrite: true,
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  target: 'node20',
  // Not `node`: that condition would choose rxjs's CommonJS build, which cannot be shaken.
  platform: 'neutral',
  conditions: ['es2015', 'import'],
  mainFields: ['module', 'main'],
  external: ['@grpc/*', 'node:*', 'ajv', 'ajv/*', 'fast-glob', 're2js', 'smol-toml', 'split2', 'yaml'],
  logLevel: 'warning',
});
