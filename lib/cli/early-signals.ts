/**
 * Imported first by the bins that may follow: a service is asked by SIGUSR2 and SIGHUP, and either would end a process
 * that does not listen. Half of its start goes by before the rest is loaded; what comes until then is kept.
 */
import type { RequestSignal } from './io.js';

const pending = new Set<RequestSignal>();
const keepers = new Map<RequestSignal, () => void>();

// Node would open its debugger to every user of the machine; whoever meant SIGUSR2 is asked nothing worse.
process.on('SIGUSR1', () => {});

// Other runs leave the signals as they are: there is nothing to ask of them.
if (process.argv.some((word) => /^--(?:follow|journal)(?:=|$)/.test(word)))
  for (const signal of ['SIGHUP', 'SIGUSR2'] as const) {
    const keep = () => void pending.add(signal);
    keepers.set(signal, keep);
    process.on(signal, keep);
  }

/** Called by who listens to it from now on. Returns whether it has come already. */
export function takeEarly(signal: RequestSignal): boolean {
  const keep = keepers.get(signal);
  if (keep !== undefined) process.off(signal, keep);
  keepers.delete(signal);
  return pending.delete(signal);
}
