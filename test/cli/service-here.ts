/** `analyze` as a service in this process, for what needs no process of its own: that costs a tenth. */
import { run } from '../../lib/cli/run.js';
import { type FakeIo, type FakeIoOptions, fakeIo } from './fake-io.js';

const DEADLINE_MS = 20_000;
const LOOK_MS = 5;

export interface ServiceHere {
  readonly io: FakeIo;
  readonly out: () => string;
  readonly err: () => string;
  /** When both outputs satisfy it; rejects with what there is after twenty seconds, or when it ended. */
  until(what: string, isThere: (out: string, err: string) => boolean): Promise<void>;
  /** As SIGTERM does. Gives the exit code. */
  end(): Promise<number>;
}

export function serviceHere(args: readonly string[], options: FakeIoOptions = {}): ServiceHere {
  const io = fakeIo(options);
  let isOver = false;
  const ended = run(['analyze', ...args], io).finally(() => {
    isOver = true;
  });
  return {
    io,
    out: io.out,
    err: io.err,
    async until(what, isThere) {
      const deadline = performance.now() + DEADLINE_MS;
      while (!isThere(io.out(), io.err())) {
        if (isOver || performance.now() > deadline)
          throw new Error(`not ${what}: ${io.out().slice(-2_000)} | ${io.err().slice(-2_000)}`);
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    },
    end() {
      io.interrupt('SIGTERM');
      return ended;
    },
  };
}
