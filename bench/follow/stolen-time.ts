/**
 * How much of a virtual machine's time its host gave to others: what waits for that is not what is measured, and one
 * such second makes a latency of its own. From /proc/stat, proc(5).
 */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** USER_HZ. */
const TICKS_PER_SECOND = 100;
/** Of the words of the line, `cpu` among them. */
const STEAL = 8;

/** Of the text of /proc/stat: seconds that were taken from all processors since the machine started; 0 where none is kept. */
export function stolenSecondsOf(stat: string): number {
  const ticks = Number(/^cpu .*/m.exec(stat)?.[0].split(/ +/)[STEAL]);
  return Number.isFinite(ticks) ? ticks / TICKS_PER_SECOND : 0;
}

/** Gives what gives the share of the processors' time that was taken since. */
export function watchStolen(): () => number {
  const now = () => ({ stolen: stolenSecondsOf(readFileSync('/proc/stat', 'utf8')), ms: performance.now() });
  const before = now();
  return () => {
    const { stolen, ms } = now();
    return (stolen - before.stolen) / (((ms - before.ms) / 1000) * cpus().length);
  };
}
