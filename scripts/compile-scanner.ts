/**
 * Compiles the search of the scan stage: lib/scan/teddy/assembly into dist/teddy.wasm, and the fingerprints of the
 * built-in literals into dist/fingerprints.json, so that a run starts without choosing them. Run by `npm run build`,
 * behind the patterns.
 */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom } from '../bench/random.js';
import { nodeLogChunks } from '../bench/throughput/generate.js';
import { BLOCK_LITERALS } from '../lib/evidence/trace/trace-literals.js';
import { loadPatterns } from '../lib/match/load.js';
import { matcherOf } from '../lib/match/match.js';
import { packageRoot } from '../lib/package-root.js';
import { stopLiterals } from '../lib/scan/searches.js';
import { type CompiledFingerprints, FINGERPRINT_FILE, MODULE_FILE } from '../lib/scan/teddy/compiled.js';
import { chooseFingerprints } from '../lib/scan/teddy/fingerprints.js';
import { createPlaces } from '../lib/scan/teddy/sample-places.js';

const root = packageRoot();
/** What the choice is made by: half of it logs of daemons, half what fills the log of an ordinary node. */
const SAMPLE_BYTES = 32 * 1024;
/** As much of it is shipped. */
const SHIPPED_BYTES = 4 * 1024;
/** Taken from so many bytes at once. */
const PIECE_BYTES = 64;
const EFFORT = { choices: Number.POSITIVE_INFINITY, rounds: 2 } as const;

const SOURCE = join(root, 'lib', 'scan', 'teddy', 'assembly', 'teddy.ts');

async function compileModule(): Promise<void> {
  const target = join(root, MODULE_FILE);
  if ((await isNewer(target, SOURCE)) && (await isNewer(target, join(root, 'scripts', 'compile-scanner.ts'))))
    return;
  // The compiler takes two seconds, half of them to load.
  const { default: asc } = await import('assemblyscript/asc');
  const { error, stderr } = await asc.main([
    ...[SOURCE, '--outFile', target, '--runtime', 'stub', '--use', 'abort=', '--importMemory'],
    ...['--enable', 'simd', '--optimizeLevel', '3', '--shrinkLevel', '0', '--noAssert'],
  ]);
  if (error !== null) throw new Error(`teddy.ts: ${error.message}\n${stderr.toString()}`);
}

async function isNewer(made: string, from: string): Promise<boolean> {
  const [a, b] = await Promise.all([made, from].map((path) => stat(path).catch(() => null)));
  return a != null && b != null && a.mtimeMs > b.mtimeMs;
}

async function sample(): Promise<Buffer> {
  const captures = join(root, 'test', 'fixtures', 'captures');
  const names = (await readdir(captures)).filter((name) => name.endsWith('.log')).sort();
  const daemons = Buffer.concat(await Promise.all(names.map((name) => readFile(join(captures, name)))));
  const ordinary = Buffer.concat([...nodeLogChunks({ bytes: 1 << 20, seed: 7, interesting: 0 })]);
  const random = createRandom(7);
  const piece = (_: unknown, index: number): Buffer => {
    const from = index % 2 === 0 ? daemons : ordinary;
    const at = random.int(from.length - PIECE_BYTES);
    return from.subarray(at, at + PIECE_BYTES);
  };
  return Buffer.concat(Array.from({ length: SAMPLE_BYTES / PIECE_BYTES }, piece));
}

async function compileFingerprints(): Promise<void> {
  const matcher = matcherOf(await loadPatterns());
  const literals = stopLiterals({ ...matcher, blockLiterals: BLOCK_LITERALS }).map(({ literal }) => literal);
  const text = await sample();
  const needles = literals.map((literal) => Buffer.from(literal));
  const chosen = chooseFingerprints(needles, createPlaces(text), [], EFFORT);
  const compiled: CompiledFingerprints = {
    ofLiteral: Object.fromEntries(chosen.map((fingerprint, index) => [literals[index], fingerprint])),
    sample: text.toString('base64', 0, SHIPPED_BYTES),
  };
  await writeFile(join(root, FINGERPRINT_FILE), `${JSON.stringify(compiled)}\n`);
}

await Promise.all([compileModule(), compileFingerprints()]);
