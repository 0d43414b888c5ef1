/**
 * What `leaktrail patterns list` and `leaktrail patterns show ID` tell, as data.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../package-root.js';
import type { Meaning, Pattern, PatternLibrary, Role } from './types.js';

export interface PatternSummary {
  readonly id: string;
  readonly title: string;
  readonly component: string;
  readonly role: Role;
  readonly means: Meaning;
  readonly versions: string | null;
  /** True for a pattern that a user brought. */
  readonly own: boolean;
}

/** Sorted by id. */
export function listPatterns(library: PatternLibrary): PatternSummary[] {
  return library.patterns
    .map(({ id, title, component, role, means, versions, linear }) => ({
      id,
      title,
      component,
      role,
      means,
      versions,
      own: linear,
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The pattern and its file's text, samples and all; null for an unknown id. `directories` as in loadPatterns. */
export async function showPattern(
  library: PatternLibrary,
  id: string,
  directories: readonly string[] = [],
  root: string = packageRoot(),
): Promise<{ readonly pattern: Pattern; readonly file: string; readonly text: string } | null> {
  const pattern = library.patterns.find((each) => each.id === id);
  if (pattern === undefined) return null;
  const places = pattern.linear ? [...directories].reverse() : [join(root, 'patterns')];
  const [first = '', ...rest] = id.split('.');
  for (const place of places) {
    for (const path of [join(first, `${rest.join('.')}.yaml`), join(...id.split('.')).concat('.yaml')]) {
      const file = join(place, path);
      const text = await readFile(file, 'utf8').catch(() => null);
      if (text !== null) return { pattern, file, text };
    }
  }
  return null;
}
