/** What a dump counts: calls that hang hold what they hold, there is nothing to estimate but the bytes. */
import type { Defect } from './defect.js';
import type { StopDump } from './stop-dump.js';
import type { Leak } from './types.js';

/** `single`: dockerd so old that a call holds one goroutine. Null where no call of the dump hangs. */
export function dumpLeak(defect: Defect, dump: StopDump, single: boolean): Leak | null {
  const perCall = defect.leakPerCall;
  const { hung, locked } = dump;
  if (perCall === null || hung + locked === 0) return null;
  const exactly = (count: number) => ({ min: count, max: count });
  return {
    goroutines: exactly(hung * (single ? 1 : perCall.goroutines) + locked),
    fds: exactly((hung + locked) * perCall.fds),
    // A call that waits for the lock has the handler's goroutine only.
    bytes: {
      min: Math.round((hung + locked / 2) * perCall.bytes.min),
      max: Math.round((hung + locked / 2) * perCall.bytes.max),
    },
    perDay: null,
    basis: [
      hung > 0 ? `The dump shows ${calls(hung)} waiting for ever` : '',
      locked > 0
        ? `${hung > 0 ? 'and' : 'The dump shows'} ${calls(locked)} waiting for the container's lock`
        : '',
      hung > 0 ? `; ${perCall.derivation}` : '',
    ]
      .filter((part) => part !== '')
      .join(' ')
      .replace(' ;', ';'),
  };
}

function calls(count: number): string {
  return count === 1 ? '1 stop call' : `${count} stop calls`;
}
