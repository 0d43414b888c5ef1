/** The names that a state has beside its own: a glob may match them, and nobody wants them read as logs. */
import { realpathSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

const BESIDE = /^\.(?:damaged|lock|previous|tmp|told)(?:\.|$)/;

/** Whether a path is the state `path`, or one of the files that are written for it. */
export function isOfState(path: string): (other: string) => boolean {
  const directories = new Set([dirname(resolve(path)), realDirectory(path)]);
  const name = basename(path);
  return (other) => {
    const found = basename(other);
    if (!found.startsWith(name) || !directories.has(dirname(resolve(other)))) return false;
    return found === name || BESIDE.test(found.slice(name.length));
  };
}

function realDirectory(path: string): string {
  const directory = dirname(resolve(path));
  try {
    return realpathSync(directory);
  } catch {
    return directory;
  }
}
