/**
 * What `npm run build` makes for the search: the WebAssembly module, the fingerprints of the built-in literals, and a
 * sample of logs by which those of other literals are chosen. It is read when the first source is.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../package-root.js';
import type { Fingerprint } from './fingerprints.js';
import { type Module, webAssembly } from './web-assembly.js';

/** Relative to the package. */
export const MODULE_FILE = join('dist', 'teddy.wasm');
export const FINGERPRINT_FILE = join('dist', 'fingerprints.json');

export interface CompiledFingerprints {
  readonly ofLiteral: Readonly<Record<string, Fingerprint>>;
  /** Base64. */
  readonly sample: string;
}

let compiled: Module | null | undefined;

/** Null where this machine has no SIMD, or no WebAssembly at all. Throws where the package was not built. */
export function teddyModule(): Module | null {
  if (compiled !== undefined) return compiled;
  compiled = null;
  if (webAssembly !== undefined) {
    const code = readFileSync(join(packageRoot(), MODULE_FILE));
    if (webAssembly.validate(code)) compiled = new webAssembly.Module(code);
  }
  return compiled;
}

export function compiledFingerprints(): CompiledFingerprints {
  return JSON.parse(readFileSync(join(packageRoot(), FINGERPRINT_FILE), 'utf8')) as CompiledFingerprints;
}
