/**
 * Loads what the bins have in common from the one file that the build put it into, with what V8 has compiled of it in
 * an earlier run: to compile it takes as long as to analyse a small log. That is kept beside the file, as Python keeps
 * its bytecode. Where it cannot be written, each run compiles anew.
 */
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import { Script } from 'node:vm';

export type Core = typeof import('./core.js');

/** What so many versions of Node, or of its flags, compiled is kept. */
const KEPT = 4;

/**
 * `directory`: where the build put it, under a name that tells its content. `atExit` is given what is to be done when
 * the process ends. Throws where there is none.
 */
export function loadCore(
  directory: string,
  atExit: (keep: () => void) => void = (keep) => process.once('exit', keep),
): Core {
  const names = readdirSync(directory);
  const name = names.find((each) => /^core-\w+\.cjs$/.test(each));
  if (name === undefined) throw new Error(`${directory} holds no core-*.cjs: run "npm run build"`);
  const file = join(directory, name);
  // One for each version of V8, its flags, and what the processor can do.
  const compiled = `${name}-${cachedDataVersionTag().toString(16)}.cache`;
  const isKept = names.includes(compiled);
  const cachedData = isKept ? readOrNothing(join(directory, compiled)) : undefined;
  // The build writes ASCII, which is read fastest so.
  const code = readFileSync(file, 'latin1');
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${code}\n})`, {
    filename: file,
    ...(cachedData && { cachedData }),
  });
  const module = { exports: {} as Core };
  script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file));
  const core = module.exports;
  const isFull = !isKept && names.filter((each) => each.endsWith('.cache')).length >= KEPT;
  // A damaged one is refused.
  if (!isFull && (cachedData === undefined || script.cachedDataRejected === true))
    atExit(() => {
      // V8 compiles most functions when they are called: behind a run that called few, little would be kept.
      if (core.hasAnalysed()) keep(join(directory, compiled), script.createCachedData());
    });
  return core;
}

function readOrNothing(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Whole or not at all: others may start at any moment. */
function keep(file: string, compiled: Buffer): void {
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, compiled);
    renameSync(draft, file);
  } catch {
    // A directory of somebody else, a full disk: the run has done what it was asked for.
    forget(draft);
  }
}

function forget(draft: string): void {
  try {
    rmSync(draft, { force: true });
  } catch {}
}
