/**
 * Runs all test files of one room in one process, which `run.ts` starts: to start one costs more than most of them
 * take. A room that takes long is divided by the names of its files, so that its parts run side by side. Each file still
 * runs alone, `npx tap dist/test/scan/scanner.test.js`.
 */
import { readdirSync } from 'node:fs';

/** `url`: of a file in the room. `named`: only files whose name is so, all of them without it. */
export async function runAll(url: string, named = /^/): Promise<void> {
  for (const name of readdirSync(new URL('.', url)).toSorted())
    if (/\.test\.js$/.test(name) && named.test(name)) await import(new URL(name, url).href);
}
