/**
 * What every bin does at first: keeps the heap small, hears early signals, and says its version, which scripts ask for
 * often. All else comes with the core.
 */
import './small-heap.js';
import { join } from 'node:path';
import { packageRoot } from '../package-root.js';
import { takeEarly } from './early-signals.js';
import { loadCore } from './load-core.js';
import { packageVersion } from './version.js';

export function startBin(...prefix: readonly string[]): void {
  const [, , word, ...more] = process.argv;
  if (word === '--version' && more.length === 0) process.stdout.write(`${packageVersion()}\n`);
  else void loadCore(join(packageRoot(), 'dist', 'bin')).start(prefix, takeEarly);
}
