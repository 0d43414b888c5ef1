/**
 * Which signal means what. SIGHUP has two meanings: a service is asked to read its patterns again, and whoever runs on
 * a terminal is told that this was closed. The terminal itself tells them apart, at once or a moment later.
 */
import type { Io, RequestSignal, StopSignal } from './io.js';

export interface SignalSources {
  /** Listens to a signal of the process. Returns what stops listening. */
  listen(signal: NodeJS.Signals, heard: () => void): () => void;
  /** Whether it came before anybody listened. Asked once. */
  cameEarly(signal: RequestSignal): boolean;
  /** Whether the process was started to write to a terminal. */
  readonly hasTerminal: boolean;
  /** Whether that terminal was closed since. */
  isTerminalGone(): boolean;
  /** Calls the listener once, so many ms later. */
  after(ms: number, listener: () => void): void;
}

export interface Signals extends Pick<Io, 'onSignal' | 'onRequest'> {
  /** Whether a SIGHUP told that the terminal was closed: the process is to leave by it. */
  hungUp(): boolean;
}

const STOPS = ['SIGINT', 'SIGTERM'] as const;

/** A shell that ends, or a window that is closed, sends SIGHUP before its terminal goes, ms. */
const MOMENT_MS = 1_000;

export function createSignals(sources: SignalSources): Signals {
  const { after, cameEarly, hasTerminal, isTerminalGone, listen } = sources;
  const stops = new Set<(signal: StopSignal) => void>();
  const requests = new Map<string, () => void>();
  let hungUp = false;
  let stopHangups: (() => void) | null = null;

  const stop = (signal: StopSignal): void => {
    for (const listener of [...stops]) listener(signal);
  };
  const hangUp = (): void => {
    hungUp = true;
    stop('SIGHUP');
  };
  const heardHangup = (): void => {
    const request = requests.get('SIGHUP');
    if (hasTerminal && isTerminalGone()) hangUp();
    else if (request === undefined) stop('SIGHUP');
    else {
      request();
      if (hasTerminal)
        after(MOMENT_MS, () => {
          if (isTerminalGone()) hangUp();
        });
    }
  };
  /** One listener for both meanings, for as long as anybody wants to know of either. */
  const listenToHangups = (): void => {
    stopHangups ??= listen('SIGHUP', heardHangup);
    if (cameEarly('SIGHUP')) queueMicrotask(heardHangup);
  };
  const unlisten = (): void => {
    if (stops.size > 0 || requests.has('SIGHUP')) return;
    stopHangups?.();
    stopHangups = null;
  };

  return {
    onSignal(listener) {
      stops.add(listener);
      const ends = STOPS.map((signal) => listen(signal, () => listener(signal)));
      listenToHangups();
      return () => {
        stops.delete(listener);
        for (const end of ends) end();
        unlisten();
      };
    },
    onRequest(signal, listener) {
      requests.set(signal, listener);
      const end = signal === 'SIGHUP' ? unlisten : listen(signal, listener);
      if (signal === 'SIGHUP') listenToHangups();
      else if (cameEarly(signal)) queueMicrotask(listener);
      return () => {
        requests.delete(signal);
        end();
      };
    },
    hungUp: () => hungUp,
  };
}
