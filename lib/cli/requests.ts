/**
 * What a service is asked by signals while it goes on: SIGUSR2 lists what is open, SIGHUP reads the patterns again. It
 * listens before there is anything that could answer, and answers then.
 */
import type { Io, RequestSignal } from './io.js';

export interface Requests {
  /** Answers from now on, and what came before. */
  answer(answers: Readonly<Record<RequestSignal, () => void>>): void;
  done(): void;
}

const SIGNALS = ['SIGHUP', 'SIGUSR2'] as const;

export function listenToRequests(io: Pick<Io, 'onRequest'>): Requests {
  const early = new Set<RequestSignal>();
  let known: Parameters<Requests['answer']>[0] | null = null;
  const ends = SIGNALS.map((signal) =>
    io.onRequest(signal, () => {
      if (known === null) early.add(signal);
      else known[signal]();
    }),
  );
  return {
    answer(answers) {
      known = answers;
      for (const signal of early) answers[signal]();
      early.clear();
    },
    done() {
      for (const end of ends) end();
    },
  };
}
