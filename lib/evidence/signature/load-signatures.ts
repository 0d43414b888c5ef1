/** The signatures of a run: compiled when the package was built. */
import { join } from 'node:path';
import { loadCompiled } from '../../compiled-data.js';
import { packageRoot } from '../../package-root.js';
import type { Signature } from './signature.js';

/** The compiled signatures, relative to the package. */
export const COMPILED_SIGNATURES = join('dist', 'signatures.json');

/** Reads them. Throws where the package was not built. */
export function loadSignatures(root: string = packageRoot()): Promise<readonly Signature[]> {
  return loadCompiled<readonly Signature[]>(COMPILED_SIGNATURES, root);
}
