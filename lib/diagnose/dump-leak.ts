/** What a dump counts: calls that hang hold what they hold, there is nothing to estimate but the bytes. */
import type { Defect } from './defect.js';
import type { StopDump } from './stop-dump.js';
import type { Leak } from './types.js';

/** `single`: dockerd so old that a call holds one goroutine. Null where no call of the dump hangs. */
export function dumpLeak(defect: Defect, dump: StopDump, single: boolean): Leak | null {
  const perCall = defect.leakPerCall;
  const { hung, locked, holding } = dump;
  if (perCall === null || hung + locked === 0) return null;
  const exactly = (count: number) => ({ min: count, max: count });
  const waiting = locked - holding;
  const parts = [
    hung > 0 ? `${calls(hung)} waiting for ever` : '',
    waiting > 0 ? `${calls(waiting)} waiting for the container's lock` : '',
    holding > 0 ? `${calls(holding)} holding that lock behind containerd` : '',
  ].filter((part) => part !== '');
  return {
    goroutines: exactly(hung * (single ? 1 : perCall.goroutines) + locked),
    fds: exactly((hung + locked) * perCall.fds),
    // A call that waits for the lock has the handler's goroutine only.
    bytes: {
      min: Math.round((hung + locked / 2) * perCall.bytes.min),
      max: Math.round((hung + locked / 2) * perCall.bytes.max),
    },
    perDay: null,
    basis: `The dump shows ${parts.join(' and ')}${hung > 0 ? `; ${perCall.derivation}` : ''}`,
  };
}

/** Nothing is held any more, for the reason given. */
export function noLeak(basis: string): Leak {
  const none = { min: 0, max: 0 };
  return { goroutines: none, fds: none, bytes: none, perDay: null, basis };
}

function calls(count: number): string {
  return count === 1 ? '1 stop call' : `${count} stop calls`;
}
