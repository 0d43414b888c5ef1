/** The defects of a run: compiled when the package was built. */
import { join } from 'node:path';
import { loadCompiled } from '../compiled-data.js';
import { packageRoot } from '../package-root.js';
import type { Defect } from './defect.js';
import type { DefectId } from './types.js';

/** The compiled defects, relative to the package. */
export const COMPILED_DEFECTS = join('dist', 'defects.json');

/** Reads them. Throws where the package was not built. */
export async function loadDefects(root: string = packageRoot()): Promise<ReadonlyMap<DefectId, Defect>> {
  const defects = await loadCompiled<readonly Defect[]>(COMPILED_DEFECTS, root);
  return new Map(defects.map((defect) => [defect.id, defect]));
}
