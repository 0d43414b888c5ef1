/** The defects of a run: compiled when the package was built. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../package-root.js';
import type { Defect } from './defect.js';
import type { DefectId } from './types.js';

/** The compiled defects, relative to the package. */
export const COMPILED_DEFECTS = join('dist', 'defects.json');

/** Reads them. Throws where the package was not built. */
export async function loadDefects(root: string = packageRoot()): Promise<ReadonlyMap<DefectId, Defect>> {
  const file = join(root, COMPILED_DEFECTS);
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) throw new Error(`${file} is missing: run "npm run build" in ${root}`);
  return new Map((JSON.parse(text) as Defect[]).map((defect) => [defect.id, defect]));
}
