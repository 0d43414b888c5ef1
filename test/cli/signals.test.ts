/** Which signal means what, on a terminal that lives, that is closed, and without one. */
import t from 'tap';
import type { RequestSignal } from '../../lib/cli/io.js';
import { createSignals } from '../../lib/cli/signals.js';

function pretend({ hasTerminal = false, early = [] as RequestSignal[] } = {}) {
  const listeners = new Map<string, Set<() => void>>();
  const timers: (() => void)[] = [];
  const came = new Set(early);
  const terminal = { isGone: false };
  const heard: string[] = [];
  const signals = createSignals({
    listen(signal, listener) {
      const set = listeners.get(signal) ?? new Set();
      listeners.set(signal, set.add(listener));
      return () => set.delete(listener);
    },
    cameEarly: (signal) => came.delete(signal),
    hasTerminal,
    isTerminalGone: () => terminal.isGone,
    after: (_ms, listener) => void timers.push(listener),
  });
  return {
    signals,
    heard,
    terminal,
    raise(signal: string) {
      for (const listener of listeners.get(signal) ?? []) listener();
    },
    aMomentLater() {
      for (const timer of timers.splice(0)) timer();
    },
    listening: () => [...listeners.values()].reduce((sum, { size }) => sum + size, 0),
    listenAsService() {
      const ends = [
        signals.onSignal((signal) => heard.push(signal)),
        signals.onRequest('SIGHUP', () => heard.push('reload')),
        signals.onRequest('SIGUSR2', () => heard.push('list')),
      ];
      return () => {
        for (const end of ends) end();
      };
    },
  };
}

t.test('SIGHUP asks a service without a terminal to reload, and ends any other run', async (t) => {
  const service = pretend();
  const end = service.listenAsService();
  service.raise('SIGHUP');
  service.aMomentLater();
  t.same(service.heard, ['reload']);
  t.equal(service.signals.hungUp(), false);
  end();
  t.equal(service.listening(), 0);

  const other = pretend();
  other.signals.onSignal((signal) => other.heard.push(signal));
  other.raise('SIGHUP');
  other.raise('SIGTERM');
  t.same(other.heard, ['SIGHUP', 'SIGTERM']);
});

t.test('on a terminal it reloads while that is there, and ends the run when it was closed', async (t) => {
  const kept = pretend({ hasTerminal: true });
  kept.listenAsService();
  kept.raise('SIGHUP');
  kept.aMomentLater();
  t.same(kept.heard, ['reload']);
  t.equal(kept.signals.hungUp(), false);

  const closed = pretend({ hasTerminal: true });
  closed.listenAsService();
  closed.terminal.isGone = true;
  closed.raise('SIGHUP');
  t.same(closed.heard, ['SIGHUP']);
  t.equal(closed.signals.hungUp(), true);
});

t.test('also where the shell tells it a moment before the terminal goes', async (t) => {
  const closing = pretend({ hasTerminal: true });
  closing.listenAsService();
  closing.raise('SIGHUP');
  closing.terminal.isGone = true;
  closing.aMomentLater();
  t.same(closing.heard, ['reload', 'SIGHUP']);
  t.equal(closing.signals.hungUp(), true);
});

t.test('what came before anybody listened is heard, once, and with its meaning', async (t) => {
  const early = pretend({ early: ['SIGUSR2', 'SIGHUP'] });
  early.listenAsService();
  await Promise.resolve();
  t.same(early.heard.toSorted(), ['list', 'reload']);

  const closed = pretend({ hasTerminal: true, early: ['SIGHUP'] });
  closed.terminal.isGone = true;
  closed.listenAsService();
  await Promise.resolve();
  t.same(closed.heard, ['SIGHUP']);
});
