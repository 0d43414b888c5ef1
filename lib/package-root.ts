/**
 * Where the package lies, whether it runs from `dist/` or from its TypeScript sources: the nearest directory
 * upwards whose package.json is leaktrail's own.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const roots = new Map<string, string>();

export function packageRoot(from: string = dirname(fileURLToPath(import.meta.url))): string {
  const known = roots.get(from);
  if (known !== undefined) return known;
  for (let directory = from; ; directory = dirname(directory)) {
    if (nameOfPackage(directory) === 'leaktrail') {
      roots.set(from, directory);
      return directory;
    }
    if (dirname(directory) === directory) throw new Error(`${from} is not inside the leaktrail package`);
  }
}

function nameOfPackage(directory: string): string | null {
  try {
    const { name } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as { name?: string };
    return name ?? null;
  } catch {
    return null;
  }
}
