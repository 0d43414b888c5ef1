/**
 * When a run stops: at a signal, or when nobody reads its report any more. A service has two seconds then, since
 * whoever stops it kills it if it does not go, and half a second more to save its state; what was left undone is said.
 */
import { duration } from '../report/time.js';
import { FAILED, INTERRUPTED } from './exit-code.js';
import type { Io } from './io.js';

/** What a run does after a signal, in this order, and what is said where it has no time left for it. */
const UNDONE = {
  reading: 'there was no time for a report; what was not saved is read again',
  saving:
    'the state is not saved, and the report may not be whole: the next run goes on from the state before, if there is any',
  reporting: 'the report is not whole; what was not saved is read again',
  closing: 'the file of --output may not have the whole report',
  flushing: 'the report was not written whole: nobody reads standard output',
} as const;

export type Stage = keyof typeof UNDONE;

export interface Stopping {
  readonly signal: AbortSignal;
  /** Settles when the reading is to stop. */
  readonly stopped: Promise<void>;
  /** What is being done now; `reading` to begin with. */
  enter(stage: Stage): void;
  /** The run is over: signals do what they did before. */
  done(): void;
}

/** After a signal a service has so long, ms. */
const DRAIN_MS = 2_000;
/** Saving that begins late, because the machine is busy, has so long nevertheless, ms. */
const LEAST_MS = 500;
/** After that it is over, whatever is being done, ms. */
const LAST_MS = DRAIN_MS + LEAST_MS;

/** npm passes on a Ctrl-C that the terminal has sent to all of us, ms: both are one. */
const SAME_SIGNAL_MS = 300;

/** `now`: ms, only differences count. */
export function createStopping(
  io: Io,
  isService: boolean,
  now: () => number = () => performance.now(),
): Stopping {
  const controller = new AbortController();
  const ends: (() => void)[] = [];
  let stage: Stage = 'reading';
  let enteredMs = now();
  let signalledMs = 0;
  const stopped = new Promise<void>((resolve) => {
    controller.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  let endTimer = () => {};
  const giveUpAfter = (ms: number): void => {
    endTimer();
    endTimer = io.every(ms, giveUp);
  };
  const giveUp = (): void => {
    const at = now();
    const leftMs = Math.min(enteredMs + LEAST_MS, signalledMs + LAST_MS) - at;
    if (stage === 'saving' && leftMs > 0) {
      giveUpAfter(leftMs);
      return;
    }
    io.stderr.write(
      `analyze: ended ${duration((at - signalledMs) / 1000)} after the signal: ${UNDONE[stage]}\n`,
    );
    io.exit(FAILED);
  };
  ends.push(
    io.onSignal((signal) => {
      if (controller.signal.aborted) {
        // A second one does not wait. What is unpacked on disk has no name, and goes with the process.
        if (signal !== 'SIGHUP' && now() - signalledMs > SAME_SIGNAL_MS) io.exit(INTERRUPTED);
        return;
      }
      signalledMs = now();
      controller.abort();
      if (isService) giveUpAfter(DRAIN_MS);
    }),
  );
  io.stdout.onBroken(() => controller.abort());
  return {
    signal: controller.signal,
    stopped,
    enter(next) {
      stage = next;
      enteredMs = now();
    },
    done() {
      for (const end of ends) end();
      endTimer();
    },
  };
}
