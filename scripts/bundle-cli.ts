/**
 * Writes the bins: each a small file that loads the core, which is everything else in one file. Two hundred modules
 * take longer to find and load than the analysis of a small log takes. What few runs need (YAML, schemas, globs, gRPC)
 * stays outside. Run by `npm run build`; it reads the sources.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { packageRoot } from '../lib/package-root.js';

const root = packageRoot();
const source = (name: string) => join(root, 'lib', 'cli', `${name}.ts`);
const bin = join(root, 'dist', 'bin');
// CommonJS starts sooner than ESM, and is what V8 takes back compiled.
const options: BuildOptions = {
  outdir: bin,
  outExtension: { '.js': '.cjs' },
  bundle: true,
  format: 'cjs',
  target: 'node20',
  // Not `node`: that condition would choose rxjs's CommonJS build, which cannot be shaken.
  platform: 'neutral',
  conditions: ['es2015', 'import'],
  mainFields: ['module', 'main'],
  external: ['@grpc/*', 'node:*', 'ajv', 'ajv/*', 'fast-glob', 're2js', 'smol-toml', 'split2', 'yaml'],
  // What V8 takes back compiled cannot `import()`: packages are required.
  supported: { 'dynamic-import': false },
  // Names stay: they stand in what is reported of a defect.
  minifySyntax: true,
  minifyWhitespace: true,
  define: { 'import.meta.url': 'moduleUrl' },
  banner: { js: "const moduleUrl=require('node:url').pathToFileURL(__filename).href;" },
  logLevel: 'warning',
};

/** esbuild writes strings in ASCII, but not regular expressions; there, too, an escape stands for its character. */
function inAscii(code: string): string {
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

async function buildCore(): Promise<void> {
  const { outputFiles } = await build({
    ...options,
    entryPoints: [source('core')],
    entryNames: '[name]-[hash]',
    write: false,
  });
  for (const { path, text } of outputFiles) await writeFile(path, inAscii(text));
}

await rm(bin, { recursive: true, force: true });
await mkdir(bin, { recursive: true });
await Promise.all([
  buildCore(),
  build({ ...options, entryPoints: ['analyze', 'leaktrail', 'reproduce'].map(source) }),
]);
