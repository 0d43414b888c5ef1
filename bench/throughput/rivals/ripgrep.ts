/** ripgrep as npm ships it. Distributions carry versions that are several times slower, so the version is stated. */
import { spawnSync } from 'node:child_process';
import { rgPath } from '@vscode/ripgrep';
import type { Rival } from './rival.js';

const LEAST_MAJOR = 15;

export function ripgrep(): Rival {
  const version = /ripgrep (\d+)\.\S+/.exec(spawnSync(rgPath, ['--version'], { encoding: 'utf8' }).stdout);
  const old = version !== null && Number(version[1]) < LEAST_MAJOR;
  return {
    name: 'ripgrep',
    version: version?.[0] ?? null,
    note: old
      ? `OLDER than ${LEAST_MAJOR}: much slower, compare with nothing`
      : 'counts matching lines, no analysis',
    command: (log, literals) => [rgPath, '--no-config', '-c', '-F', '-f', literals, log],
  };
}
