/**
 * Runs all test files of one room in one process: to start one costs more than most of them take. Each still runs
 * alone, `npx tap dist/test/scan/scanner.test.js`.
 */
import { readdirSync } from 'node:fs';

/** `url`: of a file in the room. */
export async function runAll(url: string): Promise<void> {
  for (const name of readdirSync(new URL('.', url)).toSorted())
    if (/\.test\.js$/.test(name)) await import(new URL(name, url).href);
}
