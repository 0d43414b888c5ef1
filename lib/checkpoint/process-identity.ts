/**
 * Who a process is, so that it is known again: its number alone is given to another one soon after. On Linux the
 * time of its start within this boot makes it unique; elsewhere the number has to do.
 */
import { readFileSync, readlinkSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from the boot to its start; null where that cannot be known. */
  readonly start: string | null;
  readonly boot: string | null;
  /** Its PID namespace: a number in one container is another process in the next. */
  readonly namespace: string | null;
}

export interface Processes {
  readonly self: ProcessIdentity;
  /** `unknown`: it is, or was, in another container of this machine. */
  look(other: ProcessIdentity): 'runs' | 'gone' | 'unknown';
}

export function nodeProcesses(): Processes {
  const self: ProcessIdentity = {
    pid: process.pid,
    start: statOf('self')?.start ?? null,
    boot: orNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    namespace: orNull(() => readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')),
  };
  return {
    self,
    look(other) {
      if (differ(other.boot, self.boot)) return 'gone';
      if (differ(other.namespace, self.namespace)) return 'unknown';
      if (self.start === null) return answersSignals(other.pid) ? 'runs' : 'gone';
      const stat = statOf(other.pid);
      // Killed and not yet waited for by its parent, it is in the table still.
      if (stat === null || stat.state === 'Z' || stat.state === 'X') return 'gone';
      return differ(other.start, stat.start) ? 'gone' : 'runs';
    },
  };
}

function differ(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && one !== other;
}

/** See proc(5), fields 3 and 22 of `stat`; the name in field 2 may hold blanks and brackets. */
function statOf(pid: number | 'self'): { readonly state: string; readonly start: string } | null {
  const text = orNull(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', start: fields[19] ?? '' };
}

function answersSignals(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function orNull<Value>(read: () => Value): Value | null {
  try {
    return read();
  } catch {
    return null;
  }
}
