/** The whole command as a user runs it, and its scan stage by itself. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Rival } from './rival.js';

/** From the project's root. */
const ANALYZE = 'dist/bin/analyze.cjs';
const SCAN_ONLY = fileURLToPath(new URL('../scan-only.js', import.meta.url));

function ownVersion(): string {
  const about: unknown = JSON.parse(readFileSync('package.json', 'utf8'));
  const version = typeof about === 'object' && about !== null && 'version' in about ? about.version : null;
  return typeof version === 'string' ? version : 'unknown';
}

export function leaktrail(): Rival {
  return {
    name: 'leaktrail analyze',
    version: existsSync(ANALYZE) ? ownVersion() : null,
    note: existsSync(ANALYZE) ? 'the whole command: scan, analysis, report' : `${ANALYZE} is not built`,
    command: (log) => [process.execPath, ANALYZE, '--fail-on', 'never', log],
  };
}

export function scanOnly(): Rival {
  return {
    name: 'leaktrail scan stage',
    version: ownVersion(),
    note: 'candidate lines with line numbers, no analysis',
    command: (log, literals) => [process.execPath, SCAN_ONLY, log, literals],
  };
}
