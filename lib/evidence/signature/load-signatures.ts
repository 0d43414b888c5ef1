/** The signatures of a run: compiled when the package was built. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../package-root.js';
import type { Signature } from './signature.js';

/** The compiled signatures, relative to the package. */
export const COMPILED_SIGNATURES = join('dist', 'signatures.json');

/** Reads them. Throws where the package was not built. */
export async function loadSignatures(root: string = packageRoot()): Promise<readonly Signature[]> {
  const file = join(root, COMPILED_SIGNATURES);
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) throw new Error(`${file} is missing: run "npm run build" in ${root}`);
  return JSON.parse(text) as Signature[];
}
