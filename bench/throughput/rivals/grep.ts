/** GNU grep with fixed strings, in the C locale, which is its fastest. */
import { spawnSync } from 'node:child_process';
import type { Rival } from './rival.js';

export function grep(): Rival {
  const { stdout, error } = spawnSync('grep', ['--version'], { encoding: 'utf8' });
  return {
    name: 'grep -F',
    version: error === undefined ? (/grep \(.*?\) (\S+)/.exec(stdout)?.[0] ?? 'unknown') : null,
    note: 'counts matching lines, no analysis',
    env: { LC_ALL: 'C' },
    command: (log, literals) => ['grep', '-c', '-F', '-f', literals, log],
  };
}
