/**
 * All that the bins have in common, as one thing to load: the command line with the real process behind it. The build
 * puts it into one file.
 */
import type { RequestSignal } from './io.js';
import { main } from './process-io.js';
import { run } from './run.js';

let analysed = false;

/** Runs the command line behind `prefix` and exits with its code. */
export function start(
  prefix: readonly string[],
  cameEarly: (signal: RequestSignal) => boolean,
): Promise<void> {
  const loadPipeline = async () => {
    analysed = true;
    return (await import('../analyze.js')).createAnalysis;
  };
  return main((argv, io) => run([...prefix, ...argv], io, { loadPipeline }), cameEarly);
}

/** True once this run has needed what most runs need. */
export function hasAnalysed(): boolean {
  return analysed;
}
