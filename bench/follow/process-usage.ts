/**
 * What a running process has used up to now, as Linux keeps it in /proc. Nothing is asked of the process itself, so
 * that measuring does not disturb it.
 */
import { readFileSync } from 'node:fs';

export interface ProcessUsage {
  /** User and system time of all its threads; the kernel counts in steps of 10 ms. */
  readonly cpuSeconds: number;
  /** Resident set, bytes. */
  readonly rssBytes: number;
  /** Peak of the resident set since it began. */
  readonly peakBytes: number;
  /** What its system calls have read, from files, pipes and /proc alike. */
  readonly readBytes: number;
}

/** USER_HZ: the same on every platform that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Throws where the process is gone. */
export function usageOf(pid: number): ProcessUsage {
  const proc = (name: string): string => readFileSync(`/proc/${pid}/${name}`, 'utf8');
  return {
    cpuSeconds: cpuSecondsOf(proc('stat')),
    rssBytes: field(proc('status'), 'VmRSS') * 1024,
    peakBytes: field(proc('status'), 'VmHWM') * 1024,
    readBytes: field(proc('io'), 'rchar'),
  };
}

/** From the text of /proc/PID/stat. The name of the program, in parentheses, may hold blanks and parentheses. */
export function cpuSecondsOf(stat: string): number {
  const behindName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // utime and stime are the 14th and 15th field, the state behind the name the 3rd.
  return (Number(behindName[11]) + Number(behindName[12])) / TICKS_PER_SECOND;
}

function field(text: string, name: string): number {
  const found = new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text);
  if (found === null) throw new Error(`/proc has no ${name}`);
  return Number(found[1]);
}
