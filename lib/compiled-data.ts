/**
 * Reads what the build compiled into `dist/`: patterns, defects, signatures. Each file is read once in a process,
 * since every run of it works with the same data, which nobody changes.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from './package-root.js';

const reading = new Map<string, Promise<unknown>>();

/** `name`: relative to the package, `dist/patterns.json`. Throws where the package was not built. */
export function loadCompiled<T>(name: string, root: string = packageRoot()): Promise<T> {
  const file = join(root, name);
  const begun = reading.get(file);
  if (begun !== undefined) return begun as Promise<T>;
  const read = parse<T>(file, root);
  reading.set(file, read);
  // The next attempt looks again.
  read.catch(() => reading.delete(file));
  return read;
}

async function parse<T>(file: string, root: string): Promise<T> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) throw new Error(`${file} is missing: run "npm run build" in ${root}`);
  return JSON.parse(text) as T;
}
