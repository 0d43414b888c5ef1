/**
 * Loads what the bins have in common from the one file that the build put it into, with what V8 has compiled of it in
 * an earlier run: to compile it takes as long as to analyse a small log. That is kept beside the file, as Python keeps
 * its bytecode. Where it cannot be written, each run compiles anew.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { fileOfCompiled, keepCompiled, readCompiled } from './compiled-code.js';

export type Core = typeof import('./core.js');

/**
 * `directory`: where the build put it, under a name that tells its content. `atExit` is given what is to be done when
 * the process ends. Throws where there is none.
 */
export function loadCore(
  directory: string,
  atExit: (keep: () => void) => void = (keep) => process.once('exit', keep),
): Core {
  const name = readdirSync(directory).find((each) => /^core-\w+\.cjs$/.test(each));
  if (name === undefined) throw new Error(`${directory} holds no core-*.cjs: run "npm run build"`);
  const file = join(directory, name);
  const compiled = fileOfCompiled(file);
  const cachedData = compiled === null ? null : readCompiled(compiled, file);
  // The build writes ASCII, which is read fastest so.
  const code = readFileSync(file, 'latin1');
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${code}\n})`, {
    filename: file,
    ...(cachedData && { cachedData }),
  });
  const module = { exports: {} as Core };
  script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file));
  const core = module.exports;
  if (compiled !== null && (cachedData === null || script.cachedDataRejected === true))
    atExit(() => {
      // V8 compiles most functions when they are called: behind a run that called few, little would be kept.
      if (core.hasAnalysed()) keepCompiled(compiled, () => script.createCachedData());
    });
  return core;
}
